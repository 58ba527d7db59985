"""Relaxed samples with a pathwise gradient: Gumbel-softmax, or the Concrete distribution.

Jang, Gu and Poole 2016, arXiv 1611.01144; Maddison, Mnih and Teh 2016, arXiv 1611.00712.
"""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.straight_through import logits_of, positive, with_gradient_of


def gumbel_softmax(distribution, temperature, seed, hard=False):
    """Samples [N, *event], differentiable in the logits l and the temperature tau.

    softmax((l + G) / tau) with G = -log(-log U), or sigma((l + log U - log(1 - U)) / tau) for
    Bernoulli, U uniform. At every temperature the largest entry is a draw of the distribution. The
    gradient of a cost at relaxed samples is that of its expectation over relaxed samples, which
    nears the one over hard samples as the temperature falls, while its variance grows.

    A discriminator tells relaxed samples from hard data by their not being 0 or 1. `hard=True` is
    the straight-through form (Jang et al., section 2.2): the values are exactly the one-hot argmax,
    or 1[y > 1/2], and the gradient is that of the relaxed sample with the same seed.

    Args:
      distribution: see `straight_through.logits_of`.
      temperature: number above 0, or a scalar tensor: see `schedules.ExponentialToFloor`.
      seed: int tensor [2].
      hard: whether the values are rounded.

    Raises:
      ValueError: another distribution, or a temperature that is not above 0.
    """
    logits, temperature = logits_of(distribution), positive("temperature", temperature)
    if isinstance(distribution.distribution, tfd.Bernoulli):
        # tfd.RelaxedBernoulli but for its sigmoid, whose gradient is not a number at z above 88.
        z = tfd.Logistic(logits / temperature, 1.0 / temperature).sample(seed=seed)
        soft, rounded = tf.sigmoid(z), z > 0.0
    else:
        soft = tfd.RelaxedOneHotCategorical(temperature, logits=logits).sample(seed=seed)
        rounded = tf.one_hot(tf.argmax(soft, axis=-1), soft.shape[-1])
    return with_gradient_of(soft, rounded) if hard else soft
