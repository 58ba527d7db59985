"""Latents and labels for samples on demand: the same for a model and for its export."""

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.data import checks
from ganzoo.models import arguments
from ganzoo.stochastic import noise

DISTRIBUTIONS = ("normal", "uniform", "logistic")
_PART = 250  # samples that are decoded at once, which bounds the memory of activations


def draw(distribution, shape, seed):
    """float32 of `shape`; `seed` is int [2].

    "normal": N(0, I); "uniform": U(-1, 1); "logistic": the logistic distribution, mean 0, scale 1.
    """
    if distribution == "normal":
        return noise.normal(shape, seed)
    if distribution == "logistic":
        return tfd.Logistic(0.0, 1.0).quantile(noise.uniform(shape, seed))
    return tf.random.stateless_uniform(shape, seed, -1.0, 1.0, alg="philox")


def sample(sampler, num_samples, latent_dim, seed=None):
    """`sampler([num_samples, latent_dim], seed)` for the integer `seed`; None draws one."""
    arguments.integer("num_samples", num_samples, 1)
    seed = arguments.integer("seed", fresh_seed() if seed is None else seed, 0)
    return sampler([num_samples, latent_dim], tf.constant([seed, 0], tf.int64))


def harden(distribution, probabilities, seed=None):
    """Hard samples of probabilities [N, *event]: in {0, 1}, float32.

    Args:
      distribution: "bernoulli", or "categorical": one-hot along the last axis.
      probabilities: of a 1, or of the categories.
      seed: integer, or int64 scalar tensor, of the draw; None takes the most probable values: 1
        from a probability of 1/2 on, the first of the largest.
    """
    if seed is not None:
        seed = tf.stack([tf.cast(seed, tf.int64), 1])  # 0 there is the seed of the latents
        uniform = noise.uniform(tf.shape(probabilities), seed)
    if distribution == "bernoulli":
        threshold = 1.0 - uniform if seed is not None else 0.5
        return tf.cast(probabilities >= threshold, tf.float32)
    keys = tf.math.log(probabilities)
    if seed is not None:
        keys -= tf.math.log(-tf.math.log(uniform))
    return tf.one_hot(tf.argmax(keys, axis=-1), probabilities.shape[-1])


def labels_for(num_classes, num_samples, label=None):
    """int32 [num_samples] for a conditional model (None otherwise); None takes classes in turn."""
    if num_classes is None:
        if label is not None:
            raise ValueError(f"label={label!r}: this model is not conditional; leave it out")
        return None
    if label is None:
        return np.arange(num_samples, dtype=np.int32) % num_classes
    if np.ndim(label) == 0:
        label = np.full(num_samples, label)
    checks.check_labels(label, num_classes, num_samples, name="label")
    return np.asarray(label, np.int32)


def in_parts(decode, latents, labels=None):
    """decode(latents, labels) over parts of the batch, concatenated."""
    parts = []
    for start in range(0, len(latents), _PART):
        part = slice(start, start + _PART)
        parts.append(decode(latents[part], None if labels is None else labels[part]))
    return tf.concat(parts, axis=0)


def fresh_seed():
    """A seed from the operating system."""
    return int(np.random.SeedSequence().entropy % 2**31)
