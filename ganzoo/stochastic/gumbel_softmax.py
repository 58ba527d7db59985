"""Relaxed samples with a pathwise gradient: Gumbel-softmax, or the Concrete distribution.

Jang, Gu and Poole 2016, arXiv 1611.01144; Maddison, Mnih and Teh 2016, arXiv 1611.00712.
"""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.noise import perturbed_logits, rounded
from ganzoo.stochastic.straight_through import positive, with_gradient_of


def gumbel_softmax(distribution, temperature, uniform, hard=False):
    """Samples of the shape of `uniform`, differentiable in the logits l and the temperature tau.

    softmax((l + G) / tau) with G = -log(-log U), or sigma((l + log U - log(1 - U)) / tau) for
    Bernoulli, U uniform. At every temperature the largest entry is a draw of the distribution. The
    gradient of a cost at relaxed samples is that of its expectation over relaxed samples, which
    nears the one over hard samples as the temperature falls, while its variance grows.

    A discriminator tells relaxed samples from hard data by their not being 0 or 1. `hard=True` is
    the straight-through form (Jang et al., section 2.2): the values are exactly the one-hot argmax,
    or 1[y > 1/2], and the gradient is that of the relaxed sample at the same uniform draws.

    Args:
      distribution: see `noise.logits_of`.
      temperature: number above 0, or a scalar tensor: see `schedules.ExponentialToFloor`.
      uniform: draws U in (0, 1), [N, *event] or [M, N, *event].
      hard: whether the values are rounded.

    Raises:
      ValueError: another distribution, draws of another shape, or a temperature that is not above
        0.
    """
    z = perturbed_logits(distribution, uniform)
    soft = relaxed(distribution, z, temperature)
    return with_gradient_of(soft, rounded(distribution, z)) if hard else soft


def relaxed(distribution, z, temperature):
    """sigma(z / temperature), or softmax(z / temperature) where the samples are one-hot."""
    bernoulli = isinstance(distribution.distribution, tfd.Bernoulli)
    return (tf.sigmoid if bernoulli else tf.nn.softmax)(z / positive("temperature", temperature))
