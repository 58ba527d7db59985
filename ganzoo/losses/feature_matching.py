"""Feature matching: Salimans et al., "Improved Techniques for Training GANs", NIPS 2016,
arXiv 1606.03498, section 3.1.

The one loss of this package that is a function of means over the batch and not a mean of one: it
takes two vectors and returns a scalar.
"""

import tensorflow as tf


def generator_loss(real_mean, fake_mean):
    """||E f(x) - E f(G(z))||_2^2 of means [F] over the (global) batch: a scalar."""
    return tf.reduce_sum(tf.square(real_mean - fake_mean))
