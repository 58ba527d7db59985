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
    replace(
        Path(output) / "figures" / f"{name}.png",
        lambda temporary: picture.save(temporary, optimize=True),
    )
