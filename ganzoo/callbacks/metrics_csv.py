"""The logs of every epoch as a CSV file."""

import csv
import io
from pathlib import Path

import keras

from ganzoo.callbacks.atomic import replace_text


class MetricsCsv(keras.callbacks.Callback):
    """Keeps one row per complete epoch in a CSV file.

    The first columns are `epoch` (complete epochs, from 1) and `iteration` (training steps); the
    others are the logs, a column for each name ever logged, empty where an epoch has none. The file
    is replaced as a whole, so it is readable at any moment. Rows of epochs after the one that `fit`
    starts with (`initial_epoch`) are dropped: they belong to an attempt that was given up.

    Args:
        path: file to write.
    """

    def __init__(self, path):
        super().__init__()
        self.path = Path(path)

    def on_train_begin(self, logs=None):
        self._rows = read_metrics(self.path)

    def on_epoch_begin(self, epoch, logs=None):
        kept = [row for row in self._rows if int(row["epoch"]) <= epoch]
        if len(kept) < len(self._rows):
            self._rows = kept
            self._write()

    def on_epoch_end(self, epoch, logs=None):
        if getattr(self.model, "stop_reason", None):
            return
        row = {"epoch": epoch + 1, "iteration": int(self.model.iteration.numpy()), **(logs or {})}
        self._rows.append({name: str(value) for name, value in row.items()})
        self._write()

    def _write(self):
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._rows)
        replace_text(self.path, text.getvalue())


def read_metrics(path):
    """The rows of a metrics file as a list of dicts of strings; none if there is no file."""
    path = Path(path)
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return [
            {name: value for name, value in row.items() if value != ""}
            for row in csv.DictReader(file)
        ]
