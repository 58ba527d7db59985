"""The conditionals g(x | z) of discrete data, by name, from the logits of a generator."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

NAMES = ("bernoulli", "categorical")


def independent(name, logits):
    """A `tfd.Independent` with batch shape [N]; its log-probability sums over an event.

    "bernoulli": logits [N, *event], samples in {0, 1}. "categorical": logits [N, *sites, C],
    samples one-hot along the last axis. Samples are float32.

    Raises:
      ValueError: another name.
    """
    if name == "bernoulli":
        base = tfd.Bernoulli(logits=logits, dtype=tf.float32)
    elif name == "categorical":
        base = tfd.OneHotCategorical(logits=logits, dtype=tf.float32)
    else:
        raise ValueError(f"distribution={name!r}: choose one of {', '.join(map(repr, NAMES))}")
    return tfd.Independent(base, logits.shape.rank - 1 - base.event_shape.rank)
