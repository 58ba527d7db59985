"""Distributions with batch shape [N] from float32 logits."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd


def bernoulli(logits):
    """Independent bits for logits [N, D...]."""
    logits = tf.convert_to_tensor(logits, tf.float32)
    base = tfd.Bernoulli(logits=logits, dtype=tf.float32)
    return tfd.Independent(base, logits.shape.rank - 1)


def categorical(logits):
    """Independent one-hot sites for logits [N, sites..., C]."""
    logits = tf.convert_to_tensor(logits, tf.float32)
    base = tfd.OneHotCategorical(logits=logits, dtype=tf.float32)
    return tfd.Independent(base, logits.shape.rank - 2)
