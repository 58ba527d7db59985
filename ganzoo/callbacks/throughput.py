"""Training images per second."""

import time

import keras


class Throughput(keras.callbacks.Callback):
    """Logs `images_per_second` of each epoch.

    The clock runs from the first step of the epoch to its last, and in the first epoch from the
    second call of the train function, because the first one compiles it. Validation and what other
    callbacks do between epochs are left out if this is the first of the callbacks.

    Args:
        images_per_step: int, examples that one training step reads
            (`batch_size * model.minibatches_per_step`).
    """

    def __init__(self, images_per_step):
        super().__init__()
        self.images_per_step = images_per_step

    def on_train_begin(self, logs=None):
        self._compiled = False

    def on_epoch_begin(self, epoch, logs=None):
        self._iteration = int(self.model.iteration.numpy())
        self._begin = self._end = None

    def on_train_batch_begin(self, batch, logs=None):
        if self._begin is None and (self._compiled or batch > 0):
            self._begin = time.perf_counter()
            self._first_step = batch
        self._compiled = True

    def on_test_begin(self, logs=None):
        self._stop()

    def on_epoch_end(self, epoch, logs=None):
        self._stop()
        if self._begin is not None:
            steps = int(self.model.iteration.numpy()) - self._iteration - self._first_step
            seconds = self._end - self._begin
            logs["images_per_second"] = round(self.images_per_step * steps / seconds, 1)

    def _stop(self):
        if self._begin is not None and self._end is None:
            # Reading a variable waits for the steps that an accelerator has still to finish.
            int(self.model.iteration.numpy())
            self._end = time.perf_counter()
