"""The logs and the sample pictures for TensorBoard."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf


class TensorBoard(keras.callbacks.Callback):
    """Writes every logged value and the pictures of `SampleGrid` as TensorBoard summaries.

    The step of the summaries is the epoch. Put it after `Checkpoints`, so that an epoch that is
    trained again after an interruption is not shown twice.

    Args:
        directory: where the event files go.
        pictures: directory of `SampleGrid`, or None.
    """

    def __init__(self, directory, pictures=None):
        super().__init__()
        self.directory = Path(directory)
        self.pictures = pictures and Path(pictures)

    def on_train_begin(self, logs=None):
        self._writer = tf.summary.create_file_writer(str(self.directory))

    def on_epoch_end(self, epoch, logs=None):
        from PIL import Image

        if getattr(self.model, "stop_reason", None):
            return
        with self._writer.as_default(step=epoch + 1):
            for name, value in (logs or {}).items():
                tf.summary.scalar(name, value)
            picture = self.pictures and self.pictures / f"epoch_{epoch + 1:04d}.png"
            if picture and picture.exists():
                pixels = np.asarray(Image.open(picture).convert("RGB"))
                tf.summary.image("samples", pixels[None])
        self._writer.flush()

    def on_train_end(self, logs=None):
        self._writer.close()
