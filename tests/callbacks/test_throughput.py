import time

import keras
import pytest

from ganzoo.callbacks import Throughput


class Slow(keras.callbacks.Callback):
    def __init__(self, step=0.0, epoch=0.0):
        super().__init__()
        self.step, self.epoch = step, epoch

    def on_train_batch_begin(self, batch, logs=None):
        time.sleep(self.step)

    def on_epoch_end(self, epoch, logs=None):
        time.sleep(self.epoch)


def test_counts_images_of_steps_without_the_first_call(counter, fit):
    history = fit(counter(), [Throughput(images_per_step=20), Slow(step=0.05)], epochs=2)
    first, second = history.history["images_per_second"]
    assert first == pytest.approx(20 / 0.05, rel=0.3)
    assert second == pytest.approx(20 / 0.05, rel=0.3)


def test_other_callbacks_between_epochs_do_not_count(counter, fit):
    fast = fit(counter(), [Throughput(1), Slow(step=0.02, epoch=0.5)], epochs=2)
    assert fast.history["images_per_second"][1] > 25
