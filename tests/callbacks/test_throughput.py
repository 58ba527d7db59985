import keras
import pytest

from ganzoo.callbacks import Throughput, throughput


@pytest.fixture
def clock(monkeypatch):
    """A clock that only moves when it is told to: list with one number, the seconds."""
    now = [0.0]
    monkeypatch.setattr(throughput.time, "perf_counter", lambda: now[0])
    return now


class Pass(keras.callbacks.Callback):
    """Lets time pass: compiling takes 100 s, a step 0.5 s, and what follows an epoch 7 s."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.compiled = False

    def on_train_batch_end(self, batch, logs=None):
        self.clock[0] += 0.5 if self.compiled else 100.0
        self.compiled = True

    def on_test_end(self, logs=None):
        self.clock[0] += 30.0

    def on_epoch_end(self, epoch, logs=None):
        self.clock[0] += 7.0


def test_images_of_the_steps_alone_count(counter, fit, clock):
    history = fit(counter(), [Throughput(images_per_step=20), Pass(clock)], epochs=3)
    assert history.history["images_per_second"] == [40.0, 40.0, 40.0]


def test_validation_does_not_count(counter, fit, clock):
    callbacks = [Throughput(images_per_step=20), Pass(clock)]
    history = fit(counter(), callbacks, epochs=2, validated=True)
    assert history.history["images_per_second"] == [40.0, 40.0]
