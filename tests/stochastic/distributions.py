"""Distributions with batch shape [N] from float32 logits, and uniform draws for them."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.noise import uniform


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


def draws(logits, seed=0):
    """Uniform draws of the shape of logits, which may be an array."""
    return uniform(tf.shape(logits), [seed, 1])


def draws_of(samples):
    """float64 uniform draws so close to 0 and 1 that small logits do not change the samples."""
    return tf.constant(1e-9 + (1 - 2e-9) * samples)
