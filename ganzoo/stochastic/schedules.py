"""Numbers that change with the step, for temperatures and slopes.

They are Keras `LearningRateSchedule`s, which are nothing but serializable functions of a step:
`schedule(optimizer.iterations)` inside `train_step` is a float32 scalar.
"""

import numbers

import keras
import tensorflow as tf


def _positive(name, value):
    """A finite number above 0, as a float."""
    if not isinstance(value, numbers.Real) or not 0 < value < float("inf"):
        raise ValueError(f"{name}={value!r}: give a number above 0")
    return float(value)


@keras.saving.register_keras_serializable("ganzoo")
class ExponentialToFloor(keras.optimizers.schedules.LearningRateSchedule):
    """max(floor, initial * exp(-rate * t)) with t = every * floor(step / every).

    The temperature of Jang et al. 2016, arXiv 1611.01144: initial 1, floor 0.5, a rate between 1e-5
    and 1e-4, lowered every 500 or 1000 steps.

    Args:
      initial: value at step 0, at least `floor`.
      rate: number above 0, per step.
      floor: number above 0.
      every: integer of at least 1, the steps between two changes.

    Raises:
      ValueError: an argument outside of its range.
    """

    def __init__(self, initial, rate, floor, every=1):
        self.initial = _positive("initial", initial)
        self.rate = _positive("rate", rate)
        self.floor = _positive("floor", floor)
        if floor > initial:
            raise ValueError(f"floor={floor!r}: give a number of at most initial={initial!r}")
        if not isinstance(every, numbers.Integral) or every < 1:
            raise ValueError(f"every={every!r}: give an integer of at least 1")
        self.every = int(every)

    def __call__(self, step):
        # In integers: a quotient of floats may round up to the next change.
        changed = tf.cast(step, tf.int64) // self.every * self.every
        return tf.maximum(
            self.floor, self.initial * tf.exp(-self.rate * tf.cast(changed, tf.float32))
        )

    def get_config(self):
        return {
            "initial": self.initial,
            "rate": self.rate,
            "floor": self.floor,
            "every": self.every,
        }


@keras.saving.register_keras_serializable("ganzoo")
class LinearToCeiling(keras.optimizers.schedules.LearningRateSchedule):
    """min(ceiling, initial + rate * step).

    For slopes that are annealed: Chung, Ahn and Bengio 2016, arXiv 1609.01704.

    Args:
      initial: value at step 0, above 0.
      rate: number above 0, per step.
      ceiling: largest value, at least `initial`.

    Raises:
      ValueError: an argument outside of its range.
    """

    def __init__(self, initial, rate, ceiling):
        self.initial = _positive("initial", initial)
        self.rate = _positive("rate", rate)
        self.ceiling = _positive("ceiling", ceiling)
        if ceiling < initial:
            raise ValueError(f"ceiling={ceiling!r}: give a number of at least initial={initial!r}")

    def __call__(self, step):
        return tf.minimum(self.ceiling, self.initial + self.rate * tf.cast(step, tf.float32))

    def get_config(self):
        return {"initial": self.initial, "rate": self.rate, "ceiling": self.ceiling}
