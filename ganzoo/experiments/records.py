"""How an experiment leaves its numbers and its figure."""

import csv
import io
from pathlib import Path

from ganzoo.callbacks.atomic import replace
from ganzoo.cli import environment


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
    protocol = {
        "seeds": " ".join(map(str, seeds)),
        "hardware": environment.hardware(),
        "commit": environment.commit(),
    }
    rows = [{**row, **protocol} for row in rows]

    def write(temporary):
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    replace(Path(output) / "results" / f"{name}.csv", write)
    return rows


def write_figure(output, name, figure, dots_per_inch=120):
    """Writes a Matplotlib figure as `<output>/figures/<name>.png` of 256 colors, in one step."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dots_per_inch)
    picture = Image.open(buffer).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    path = figure_path(output, name)
    replace(path, lambda temporary: picture.save(temporary, optimize=True))


def figure_path(output, name):
    """`<output>/figures/<name>.png`."""
    return Path(output) / "figures" / f"{name}.png"


class Table:
    """Rows of `<output>/results/<name>.csv` that are found again when an experiment is resumed.

    Every row records hardware and commit of its own; values that are read back are strings.
    """

    def __init__(self, output, name):
        self.path = Path(output) / "results" / f"{name}.csv"
        self.rows = []
        if self.path.exists():
            with self.path.open(encoding="utf-8") as file:
                self.rows = list(csv.DictReader(file))

    def has(self, **values):
        """Whether there is a row with these values."""
        wanted = {name: str(value) for name, value in values.items()}.items()
        return any(
            wanted <= {name: str(value) for name, value in row.items()}.items() for row in self.rows
        )

    def add(self, *rows):
        """Appends rows (dicts with the keys of the others) and writes the file in one step."""
        if not rows:
            return
        protocol = {"hardware": environment.hardware(), "commit": environment.commit()}
        self.rows += [{**row, **protocol} for row in rows]

        def write(temporary):
            with open(temporary, "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(self.rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(self.rows)

        replace(self.path, write)
