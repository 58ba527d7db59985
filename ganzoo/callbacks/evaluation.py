"""Scores of the model among the logs of an epoch."""

import keras


class Evaluation(keras.callbacks.Callback):
    """Adds `score(model)` to the logs every few epochs and after the last one.

    Put it before the callbacks that write the logs.

    Args:
        score: function of the model that returns a dict of floats.
        every: int, epochs between two evaluations.
    """

    def __init__(self, score, every=1):
        super().__init__()
        if every < 1:
            raise ValueError(f"every must be at least 1 epoch, got {every}.")
        self.score = score
        self.every = every

    def on_epoch_end(self, epoch, logs=None):
        if getattr(self.model, "stop_reason", None):
            return
        if (epoch + 1) % self.every == 0 or epoch + 1 == self.params["epochs"]:
            logs.update({name: float(value) for name, value in self.score(self.model).items()})
