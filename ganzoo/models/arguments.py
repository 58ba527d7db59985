"""Checks of hyper-parameters: each returns the value, or says what it got and what it takes."""

import numbers

import keras

import ganzoo.stochastic.schedules  # noqa: F401, its classes are known by name once imported


def integer(name, value, minimum):
    """An integer of at least `minimum`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < minimum:
        raise ValueError(f"{name}={value!r}: give an integer of at least {minimum}")
    return int(value)


def real(name, value):
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not abs(value) < 1e30:
        raise ValueError(f"{name}={value!r}: give a finite number")
    return float(value)


def positive(name, value):
    """A finite number above 0."""
    if real(name, value) <= 0:
        raise ValueError(f"{name}={value!r}: give a number above 0")
    return float(value)


def non_negative(name, value):
    """A finite number of at least 0."""
    if real(name, value) < 0:
        raise ValueError(f"{name}={value!r}: give a number of at least 0")
    return float(value)


def fraction(name, value):
    """A number in [0, 1)."""
    if not 0 <= real(name, value) < 1:
        raise ValueError(f"{name}={value!r}: give a number in [0, 1)")
    return float(value)


def label_targets(real_target, fake_target):
    """The labels of data and of samples, as a dict: 0 <= fake_target < real_target <= 1."""
    if not 0 <= real("fake_target", fake_target) < real("real_target", real_target) <= 1:
        raise ValueError(
            f"real_target={real_target!r}, fake_target={fake_target!r}: give numbers with "
            "0 <= fake_target < real_target <= 1; one-sided smoothing is real_target=0.9 alone"
        )
    return {"real_target": float(real_target), "fake_target": float(fake_target)}


def schedule(name, value):
    """A Keras schedule of the iteration, or its configuration as a dict, or a number above 0."""
    if isinstance(value, keras.optimizers.schedules.LearningRateSchedule):
        return value
    if isinstance(value, dict):
        return keras.saving.deserialize_keras_object(value)
    return positive(name, value)


def symbols(value):
    """None, or a tuple of strings or of (red, green, blue)."""
    if value is None:
        return None
    return tuple(
        symbol if isinstance(symbol, str) else tuple(int(v) for v in symbol) for symbol in value
    )


def choice(name, value, options):
    """One of `options`."""
    if value not in options:
        raise ValueError(f"{name}={value!r}: choose one of {', '.join(map(repr, options))}")
    return value
