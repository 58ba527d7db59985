"""Maximum mean discrepancy with a sum of Gaussian kernels, as in MMD-GAN: Li et al., NIPS 2017,
arXiv 1705.08584.

Unlike the other losses these are scalars of two whole sets of features, real [N, d] and fake
[M, d], not means over examples: on several replicas give the sets of all of them.
"""

import tensorflow as tf

BANDWIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0)
# Inside the root, because its derivative at zero is not a number.
_ROOT_EPSILON = 1e-12


def squared_mmd(real, fake, bandwidths=BANDWIDTHS):
    """mean k(x, x') + mean k(g, g') - 2 mean k(x, g), the pairs of a feature with itself included.

    k(a, b) = sum over s of exp(-||a - b||^2 / (2 s^2)), as in the released code: the sum over
    `bandwidths` s, not their mean, so the largest value is twice their number. Biased: it is zero
    for equal sets and never negative but for rounding.
    """

    def mean_kernel(a, b):
        # The constant 1 of every kernel drops out, and with it the rounding of numbers near 1.
        squares = tf.reduce_sum(tf.square(a[:, None] - b[None]), axis=-1)
        return sum(tf.reduce_mean(tf.math.expm1(-0.5 * squares / s**2)) for s in bandwidths)

    return mean_kernel(real, real) + mean_kernel(fake, fake) - 2.0 * mean_kernel(real, fake)


def mmd(real, fake, bandwidths=BANDWIDTHS):
    """The root of `squared_mmd`."""
    squared = tf.maximum(squared_mmd(real, fake, bandwidths), 0.0)
    return tf.sqrt(squared + _ROOT_EPSILON)


def mean_order(real, fake):
    """The mean over features of min(0, mean real - mean fake): the released code's feasible set.

    Zero where no feature is larger on samples than on data, on average.
    """
    return tf.reduce_mean(
        tf.minimum(tf.reduce_mean(real, axis=0) - tf.reduce_mean(fake, axis=0), 0.0)
    )
