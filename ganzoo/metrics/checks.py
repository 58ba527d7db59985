"""Checks of what the metrics are given; every message says what to do."""

import numbers

import numpy as np


def feature_pair(real, generated, minimum=2):
    """Returns two checked feature matrices, [N, F] and [M, F], of one floating-point type.

    float32 stays float32, so that wide features are compared in fast arithmetic; everything else
    becomes float64.

    Raises:
        ValueError: when either is not a finite matrix of at least `minimum` rows, or their widths
            differ.
    """
    real = features(real, "real", minimum)
    generated = features(generated, "generated", minimum)
    same_width(real, generated, "real", "generated")
    dtype = np.result_type(real, generated)
    return real.astype(dtype, copy=False), generated.astype(dtype, copy=False)


def features(values, name, minimum=2):
    """Returns `values` as a finite float matrix [N, F], N >= `minimum`, or raises ValueError."""
    values = np.asarray(values)
    if values.dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold numbers, got an array of {values.dtype}.")
    if values.ndim != 2:
        raise ValueError(
            f"{name} must have shape [samples, features], got {values.shape}. Flatten images with "
            "reshape(len(images), -1), or pass them through an extractor."
        )
    if len(values) < minimum:
        raise ValueError(
            f"{name} has {len(values)} samples, this score needs at least {minimum}. "
            "Give it more samples."
        )
    if values.shape[1] == 0:
        raise ValueError(f"{name} has no features: its shape is {values.shape}.")
    if values.dtype != np.float32:
        values = values.astype(np.float64)
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values).all(axis=1)).sum())
        raise ValueError(
            f"{name} holds NaN or infinite values in {bad} of its {len(values)} samples. Look for "
            "the training step at which the generator diverged; do not drop these samples."
        )
    return values


def at_least_one(**counts):
    """Raises ValueError unless every one of the named numbers is an integer above 0."""
    for name, value in counts.items():
        if not isinstance(value, numbers.Integral) or value < 1:
            raise ValueError(f"{name}={value!r}: give an integer of at least 1.")


def same_width(first, second, first_name, second_name):
    """Raises ValueError unless both matrices have the same number of columns."""
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"{first_name} has {first.shape[1]} features and {second_name} {second.shape[1]}. "
            "Compute both with the same extractor, on images of the same shape."
        )


def neighbors(k, count, name):
    """Raises ValueError unless each of `count` samples has a k-th neighbor among the others."""
    positive_integer(k, "the number of neighbors k")
    if k >= count:
        raise ValueError(
            f"k = {k} neighbors need at least {k + 1} samples, {name} has {count}. "
            "Give more samples or a smaller k."
        )


def positive_integer(value, name):
    """Raises ValueError unless `value` is an integer of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} must be an integer of at least 1, got {value!r}.")


def binary(values, name):
    """Returns `values` as a matrix [N, D] of 0 and 1 in uint8, N >= 1, or raises ValueError."""
    values = features(values, name, minimum=1)
    other = (values != 0.0) & (values != 1.0)
    if other.any():
        raise ValueError(
            f"{name} must hold only 0 and 1, got {values[other][0]:g}. Draw samples from the "
            "probabilities, or threshold them, first."
        )
    return values.astype(np.uint8)


def distribution(values, name):
    """Returns `values` as a float64 distribution [K], or raises ValueError."""
    values = np.asarray(values)
    if values.dtype.kind not in "fiub" or values.ndim != 1:
        raise ValueError(
            f"{name} must be one probability for each state, shape [states], got {values.dtype} of "
            f"shape {values.shape}."
        )
    values = values.astype(np.float64)
    if not ((values >= 0.0).all() and abs(values.sum() - 1.0) < 1e-5):
        raise ValueError(
            f"{name} must be probabilities, at least 0 and of sum 1; the smallest is "
            f"{values.min(initial=np.inf):g}, their sum {values.sum():g}. Divide counts by their "
            "sum, in float64."
        )
    return values


def probabilities(values):
    """Returns `values` as float64 [N, C] whose rows are distributions, or raises ValueError."""
    values = features(values, "probabilities", minimum=1).astype(np.float64)
    wrong = (values < 0.0).any(axis=1) | (np.abs(values.sum(axis=1) - 1.0) > 1e-3)
    if wrong.any():
        raise ValueError(
            f"{int(wrong.sum())} of {len(values)} rows of probabilities are negative somewhere or "
            "do not sum to 1. Apply a softmax to logits first."
        )
    return values
