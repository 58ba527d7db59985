"""Hard samples whose backward pass takes them for their mean: the straight-through estimator.

Bengio, Leonard and Courville 2013, arXiv 1308.3432. Biased: for a cost f the expected gradient with
respect to the mean p is E[f'(b)], which is right where f is linear. The pretended derivative db/dp
is 1; from p = sigma(slope * l) or softmax(slope * l) the gradient goes on to the logits l. The
functions return samples, to which the caller applies the cost.
"""

import numbers

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.noise import hard_sample, logits_of


def positive(name, value):
    """`value` as a float32 tensor. Only Python numbers are checked to be above 0, not tensors."""
    if isinstance(value, numbers.Real) and not 0 < value < float("inf"):
        raise ValueError(f"{name}={value!r}: give a number above 0")
    return tf.convert_to_tensor(value, tf.float32)


def with_gradient_of(soft, hard):
    """The value of `hard`, to the bit, with the gradient of `soft`; both of one shape.

    A finite number minus itself is 0 exactly; (hard + soft) - stop(soft) would round to values
    beside 1.
    """
    return tf.stop_gradient(tf.cast(hard, soft.dtype)) + (soft - tf.stop_gradient(soft))


def deterministic_step(distribution, slope=1.0):
    """1[p >= 1/2], or the one-hot argmax of the logits: the most probable sample, [N, *event].

    The generator's output of Hjelm et al. 2017, arXiv 1702.08431, first version, equation 3. The
    comparison is l >= 0, which needs no sigmoid; among equal logits the first is the largest.

    Args:
      distribution: see `noise.logits_of`.
      slope: number above 0 by which the logits are multiplied; felt by the gradient alone.

    Raises:
      ValueError: another distribution, or a slope that is not above 0.
    """
    distribution = _sharpened(distribution, slope)
    logits = logits_of(distribution)
    if isinstance(distribution.distribution, tfd.Bernoulli):
        hard = logits >= 0.0
    else:
        hard = tf.one_hot(tf.argmax(logits, axis=-1), logits.shape[-1])
    return with_gradient_of(distribution.mean(), hard)


def straight_through(distribution, uniform, slope=1.0):
    """Samples of the shape of `uniform`, exactly 0 or 1, with the gradient of their mean.

    With a slope the samples are those of sigma(slope * l) or softmax(slope * l). Slope annealing
    (Chung, Ahn and Bengio 2016, arXiv 1609.01704) raises it during training, so that the mean comes
    closer to the sample and the bias shrinks: see `schedules.LinearToCeiling`.

    Args:
      distribution: see `noise.logits_of`.
      uniform: draws in (0, 1), [N, *event] or [M, N, *event].
      slope: number above 0, or a scalar tensor.

    Raises:
      ValueError: another distribution, draws of another shape, or a slope that is not above 0.
    """
    distribution = _sharpened(distribution, slope)
    return with_gradient_of(distribution.mean(), hard_sample(distribution, uniform))


def _sharpened(distribution, slope):
    """The distribution with its logits times the slope."""
    logits = positive("slope", slope) * logits_of(distribution)
    return distribution.copy(distribution=distribution.distribution.copy(logits=logits))
