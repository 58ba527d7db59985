"""The draws that all estimators start from, and the hard samples that they determine."""

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd


def uniform(shape, seed):
    """Stateless draws from the open interval (0, 1), float32 of `shape`, for an int `seed` [2].

    A sampler for `GenerativeModel.draw`. The same seed gives the same draws; XLA has its own.
    """
    # Multiples of 2^-23 in [0, 1) plus the smallest normal number: 0 becomes that number, whose
    # logarithm is finite, the others do not change, and the largest is 1 - 2^-23.
    smallest = np.finfo(np.float32).tiny
    return tf.random.stateless_uniform(shape, seed, smallest, 1.0, tf.float32, alg="philox")


def normal(shape, seed):
    """Stateless draws from N(0, I), float32 of `shape`, for an int `seed` [2]."""
    # The algorithm is named because the automatic choice may differ between devices.
    return tf.random.stateless_normal(shape, seed, alg="philox")


def logits_of(distribution):
    """Logits [N, *event] of a distribution of this package; a ValueError for any other.

    These are a `tfd.Independent` of `tfd.Bernoulli(logits=...)` or of
    `tfd.OneHotCategorical(logits=...)` with batch shape [N].
    """
    if (
        not isinstance(distribution, tfd.Independent)
        or not isinstance(distribution.distribution, (tfd.Bernoulli, tfd.OneHotCategorical))
        or distribution.distribution.logits is None
        or distribution.batch_shape.rank not in (1, None)
    ):
        raise ValueError(
            f"distribution={distribution!r}: give a tfd.Independent of tfd.Bernoulli(logits=...) "
            "or of tfd.OneHotCategorical(logits=...) with batch shape [N]"
        )
    return tf.convert_to_tensor(distribution.distribution.logits)


def perturbed_logits(distribution, uniform):
    """z = l + log u - log(1 - u), or l - log(-log u) for one-hot samples, of the shape of u.

    Logistic noise at each bit, Gumbel noise at each category. Differentiable in the logits l.

    Args:
      distribution: see `logits_of`.
      uniform: u in (0, 1), [N, *event] or [M, N, *event] for M samples of each of N latents.

    Raises:
      ValueError: another distribution, or u of another shape.
    """
    logits = logits_of(distribution)
    if not uniform.shape[-logits.shape.rank :].is_compatible_with(logits.shape):
        raise ValueError(
            f"uniform draws of shape {uniform.shape}: give {logits.shape}, as the logits have, or "
            "that behind the number of samples"
        )
    bernoulli = isinstance(distribution.distribution, tfd.Bernoulli)
    return (tfd.Logistic if bernoulli else tfd.Gumbel)(logits, 1.0).quantile(uniform)


def rounded(distribution, z):
    """1[z > 0], or the one-hot argmax of z: the hard sample behind `perturbed_logits`, constant."""
    if isinstance(distribution.distribution, tfd.Bernoulli):
        return tf.cast(z > 0.0, z.dtype)
    return tf.one_hot(tf.argmax(z, axis=-1), z.shape[-1], dtype=z.dtype)


def hard_sample(distribution, uniform):
    """Exact draws of the distribution of the shape of `uniform`, 0 or 1, without a gradient.

    Every estimator of this package has these samples at the same uniform draws, so estimators may
    be compared at common random numbers. Arguments and errors are those of `perturbed_logits`.
    """
    return rounded(distribution, perturbed_logits(distribution, uniform))
