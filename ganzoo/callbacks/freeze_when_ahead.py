"""Freezes a player that is ahead until its opponent has caught up."""

import keras


class FreezeWhenAhead(keras.callbacks.Callback):
    """Freezes a network where a logged value passes one threshold, until it passes another.

    Two thresholds, because with one a player at the boundary would stop and go at every step. Which
    side is ahead follows from them: with `freeze_at` below `thaw_at` the network is frozen from
    `freeze_at` down (a loss), else from `freeze_at` up (an accuracy), and in both cases it moves
    again once the value has come back to `thaw_at`. The value is the mean over the last execution
    of train steps, `steps_per_execution` of them, taken before their updates; a frozen network's
    losses are still computed. No network is frozen while all others are: none would move again.

    That it is frozen is a weight of the model, saved with it: a resumed training goes on with it.

    Args:
      network: such as "discriminator".
      monitor: a value of the model's `logged`, such as "discriminator_accuracy".
      freeze_at, thaw_at: the thresholds, different from each other.

    Raises:
      ValueError: equal thresholds; a network or a value that the model has not.
    """

    def __init__(self, network, monitor, freeze_at, thaw_at):
        super().__init__()
        if not (freeze_at < thaw_at or freeze_at > thaw_at):
            raise ValueError(
                f"freeze_at={freeze_at!r}, thaw_at={thaw_at!r}: give two different numbers, "
                "thaw_at where the opponent has caught up"
            )
        self.network = network
        self.monitor = monitor
        self.freeze_at = freeze_at
        self.thaw_at = thaw_at

    def set_model(self, model):
        super().set_model(model)
        self._gate = model.gate(self.network)
        if self.monitor not in model.logged:
            raise ValueError(
                f"monitor={self.monitor!r}: {model.name} logs {', '.join(model.logged)}"
            )
        [self._mean] = [metric for metric in model.metrics if metric.name == self.monitor]

    def on_epoch_begin(self, epoch, logs=None):
        self._total = self._count = 0.0  # as the means of the epoch

    def on_train_batch_end(self, batch, logs=None):
        total, count = float(self._mean.total.numpy()), float(self._mean.count.numpy())
        value = (total - self._total) / (count - self._count)
        self._total, self._count = total, count
        is_frozen = bool(self._gate.numpy())
        sign = 1.0 if self.freeze_at < self.thaw_at else -1.0
        if is_frozen and sign * value >= sign * self.thaw_at:
            self._gate.assign(0.0)
        elif not is_frozen and sign * value <= sign * self.freeze_at and self._others_move():
            self._gate.assign(1.0)

    def _others_move(self):
        others = [name for name in self.model.network_names if name != self.network]
        return not all(name in self.model.frozen_networks() for name in others)
