"""How an experiment leaves its numbers and its figure."""

import csv
import io
from pathlib import Path

from ganzoo.callbacks.atomic import replace
from ganzoo.callbacks.pictures import save_animation
from ganzoo.cli import environment

_GAP = 8  # pixels between the pictures of a gallery


def check_steps(steps, part):
    """Of trainings in parts of so many steps, which would leave out what is no whole part.

    Raises:
      ValueError: `steps` is no positive multiple of `part`.
    """
    if steps < 1 or steps % part:
        raise ValueError(f"steps={steps}: give a multiple of {part}")


def in_epochs(steps, most):
    """The arguments of `fit` for so many steps, as epochs of `most` or one of fewer.

    Raises:
      ValueError: `steps` is above `most` and no multiple of it.
    """
    if steps > most and steps % most:
        raise ValueError(f"steps={steps}: give a multiple of {most}, or fewer")
    return {"epochs": max(1, steps // most), "steps_per_epoch": min(steps, most)}


def write_rows(output, name, rows, seeds):
    """Writes `<output>/results/<name>.csv` in one step, with the columns of the protocol.

    Args:
      output: directory.
      name: of the experiment.
      rows: list of dicts with the same keys.
      seeds: the integers that the numbers depend on.

    Returns:
      The rows as they were written: with seeds, hardware and commit.
    """
    protocol = {"seeds": " ".join(map(str, seeds)), **_origin()}
    rows = [{**row, **protocol} for row in rows]
    _write(_results_path(output, name), rows)
    return rows


def write_figure(output, name, figure, dots_per_inch=120):
    """Writes a Matplotlib figure as `<output>/figures/<name>.png` of 256 colors, in one step."""
    write_picture(output, name, picture_of(figure, dots_per_inch))


def picture_of(figure, dots_per_inch=120, colors=256):
    """A Matplotlib figure as a Pillow image of so many colors."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dots_per_inch)
    return Image.open(buffer).convert("RGB").quantize(colors, dither=Image.Dither.NONE)


def write_picture(output, name, picture):
    """Writes a Pillow image as `<output>/figures/<name>.png`, in one step."""
    path = Path(output) / "figures" / f"{name}.png"
    replace(path, lambda temporary: picture.save(temporary, optimize=True))


class Gallery:
    """Pictures of one size, one of every training, laid out as `<output>/figures/<name>.png`.

    Each is kept in `<output>/figures/<name>/` as well, so that an experiment that is resumed
    completes the figure; what is missing is white.

    Args:
      output: directory.
      name: of the experiment.
      layout: the names of the pictures, row by row.
    """

    def __init__(self, output, name, layout):
        self.output, self.name, self.layout = output, name, layout

    def add(self, cell, picture):
        """Keeps a Pillow image as the picture of that name, and draws the figure anew."""
        from PIL import Image

        write_picture(self.output, f"{self.name}/{cell}", picture)
        width, height = picture.width + _GAP, picture.height + _GAP
        columns = max(map(len, self.layout))
        size = (columns * width - _GAP, len(self.layout) * height - _GAP)
        canvas = Image.new("RGB", size, "white")
        for row, cells in enumerate(self.layout):
            for column, kept in enumerate(cells):
                path = Path(self.output) / "figures" / self.name / f"{kept}.png"
                if path.exists():
                    canvas.paste(Image.open(path), (column * width, row * height))
        write_picture(self.output, self.name, canvas.quantize(64))


def write_animation(output, name, frames):
    """Writes Pillow images of one size as `<output>/figures/<name>.gif`, in one step."""
    path = Path(output) / "figures" / f"{name}.gif"
    replace(path, lambda temporary: save_animation(temporary, frames))


class Table:
    """Rows of `<output>/results/<name>.csv` that are found again when an experiment is resumed.

    Every row records hardware and commit of its own; values that are read back are strings.
    """

    def __init__(self, output, name):
        self.path = _results_path(output, name)
        self.rows = []
        if self.path.exists():
            with self.path.open(encoding="utf-8") as file:
                self.rows = list(csv.DictReader(file))

    def matching(self, **values):
        """The rows with these values."""
        return [
            row
            for row in self.rows
            if all(name in row and str(row[name]) == str(values[name]) for name in values)
        ]

    def has(self, **values):
        """Whether there is a row with these values."""
        return bool(self.matching(**values))

    def add(self, *rows):
        """Appends rows (dicts with the keys of the others) and writes the file in one step."""
        if not rows:
            return
        origin = _origin()
        self.rows += [{**row, **origin} for row in rows]
        _write(self.path, self.rows)


def _results_path(output, name):
    return Path(output) / "results" / f"{name}.csv"


def _origin():
    return {"hardware": environment.hardware(), "commit": environment.commit()}


def _write(path, rows):
    def write(temporary):
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    replace(path, write)
