"""Samples of every epoch as pictures, and the training as an animation."""

import re
from pathlib import Path

import keras
import numpy as np

from ganzoo.callbacks.atomic import replace
from ganzoo.callbacks.pictures import sample_picture, save_animation, vector_plot

_PLOTTED_VECTORS = 2000
_TEXT_LINES = 24


class SampleGrid(keras.callbacks.Callback):
    """Saves `epoch_0001.png`, `epoch_0002.png`, ... and, after training, `training.gif`.

    Every epoch shows the same latents (the same seed) and, for a class-conditional model, the same
    labels: column j shows class j. Images become a grid, vectors a plot over the data, texts (the
    model's `symbols` are characters) 24 lines. The animation is made of the pictures on disk, so it
    is complete after a training in several goes; pictures of epochs after the one that `fit` starts
    with are dropped.

    Args:
        directory: where the pictures go.
        rows: int, rows of the grid.
        columns: int, columns of the grid, at most the number of classes of a conditional model;
            None takes that number, up to ten, and eight for other models.
        seed: int, seed of the latents.
        data: float array [N, D], the data to plot vectors over; images need none.
    """

    def __init__(self, directory, rows=8, columns=None, seed=0, data=None):
        super().__init__()
        self.directory = Path(directory)
        self.rows = rows
        self.columns = columns
        self.seed = seed
        self.data = data

    def on_train_begin(self, logs=None):
        if len(self.model.data_shape) == 1 and self.data is None:
            raise ValueError(
                "The model generates vectors: give SampleGrid the data to plot them over, data=x."
            )
        self._started = False

    def on_epoch_begin(self, epoch, logs=None):
        if not self._started:
            self._started = True
            for path in self._pictures(after=epoch):
                path.unlink()

    def on_epoch_end(self, epoch, logs=None):
        if getattr(self.model, "stop_reason", None):
            return
        picture = self._draw(f"epoch {epoch + 1}")
        replace(self.directory / f"epoch_{epoch + 1:04d}.png", picture.save)

    def on_train_end(self, logs=None):
        from PIL import Image

        frames = [Image.open(path).convert("RGB") for path in self._pictures()]
        if frames:
            replace(self.directory / "training.gif", lambda path: save_animation(path, frames))

    def _pictures(self, after=0):
        """Paths of the pictures of the epochs above `after`, in order."""
        numbered = []
        for path in self.directory.glob("epoch_*.png"):
            number = re.fullmatch(r"epoch_(\d+)", path.stem)
            if number and int(number[1]) > after:
                numbered.append((int(number[1]), path))
        return [path for _, path in sorted(numbered)]

    def _draw(self, title):
        if len(self.model.data_shape) == 1:
            count = min(_PLOTTED_VECTORS, len(self.data))
            return vector_plot(self.model.generate(count, seed=self.seed), self.data[:count], title)
        columns = self.columns
        if columns is None:
            columns = min(self.model.num_classes, 10) if self.model.uses_labels else 8
        symbols = getattr(self.model, "symbols", None)
        count = self.rows * columns
        if symbols is not None and isinstance(symbols[0], str):
            count = _TEXT_LINES
        labels = np.arange(count) % columns if self.model.uses_labels else None
        samples = self.model.generate(count, label=labels, seed=self.seed)
        return sample_picture(samples, columns, self.model.value_range, symbols)
