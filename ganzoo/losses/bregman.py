"""Bregman divergences, the costs of the relaxed Wasserstein distance.

Guo, Hong, Lin, Yang, "Relaxed Wasserstein with Applications to GANs", 2017, arXiv 1705.07164.
A strictly convex potential phi gives B(x, y) = phi(x) - phi(y) - <grad phi(y), x - y> >= 0, which
is 0 only where x = y and is not symmetric in general.
"""

import tensorflow as tf

POTENTIALS = ("kl", "squared_euclidean")


def potential(name, x):
    """phi(x), [N], of x [N, ...]: sum of x log x of "kl" (x > 0), 1/2 |x|^2 otherwise."""
    values = tf.math.xlogy(x, x) if name == "kl" else 0.5 * tf.square(x)
    return tf.reduce_sum(values, axis=list(range(1, x.shape.rank)))


def potential_gradient(name, x):
    """grad phi(x), of the shape of x: 1 + log x of "kl" (x > 0), x otherwise."""
    return 1.0 + tf.math.log(x) if name == "kl" else x


def divergence(name, x, y):
    """B(x, y), [N]: sum of x log(x / y) - x + y of "kl", 1/2 |x - y|^2 otherwise."""
    slope = potential_gradient(name, y) * (x - y)
    first_order = potential(name, y) + tf.reduce_sum(slope, axis=list(range(1, x.shape.rank)))
    return potential(name, x) - first_order
