"""Freezes a player for chosen iterations."""

import numbers

import keras


class FreezeOnSchedule(keras.callbacks.Callback):
    """Freezes a network of a model in intervals of its iterations.

    A frozen network does not move, nor does its optimizer; its losses are still logged. The other
    networks train on. The intervals count iterations over the whole training, so a resumed one
    keeps to them. With `steps_per_execution` an interval begins and ends between executions: at the
    first one that starts inside, or after it.

    Args:
      network: such as "discriminator".
      intervals: pairs (start, stop) of iterations, from 0, start included, stop not; None as stop
        is the end of the training.

    Raises:
      ValueError: intervals that are none; a network that the model has not.
    """

    def __init__(self, network, intervals):
        super().__init__()
        self.network = network
        self.intervals = [_interval(*pair) for pair in intervals]

    def set_model(self, model):
        super().set_model(model)
        self._gate = model.gate(self.network)

    def on_train_batch_begin(self, batch, logs=None):
        iteration = int(self.model.iteration.numpy())
        frozen = any(start <= iteration < stop for start, stop in self.intervals)
        if frozen != bool(self._gate.numpy()):
            self._gate.assign(float(frozen))


def _interval(start, stop):
    end = float("inf") if stop is None else stop
    if not isinstance(start, numbers.Integral) or not 0 <= start < end:
        raise ValueError(
            f"interval ({start!r}, {stop!r}): give iterations (start, stop) with 0 <= start < "
            "stop, or None for the end of the training"
        )
    return start, end
