"""Stein variational gradients: Liu and Wang 2016, arXiv 1608.04471; amortized by a sampler: Wang
and Liu 2016, "Learning to Draw Samples", arXiv 1611.01722."""

import tensorflow as tf
import tensorflow_probability as tfp

# A single particle, or equal ones, have no median distance.
_MINIMAL_BANDWIDTH = 1e-12


def direction(points, particles, scores):
    """phi(x_i) = mean over j of k(x_j, x_i) s(x_j) + d k(x_j, x_i) / d x_j, [N, d].

    The direction in which moving the particles lowers KL(particles || p) fastest: the first term
    draws them to high density, the second drives them apart. k(x, y) = exp(-||x - y||^2 / h), with
    h the median of the squared distances over all pairs of particles, divided by log(M + 1), as in
    the released code for MNIST; that for CelebA has a quarter of it.

    Args:
      points: [N, d], the x_i, some or all of the particles.
      particles: [M, d], all x_j.
      scores: [M, d], s(x_j) = d log p(x_j) / d x_j.
    """
    # Around their center, or the differences of close particles drown in roundings.
    center = tf.reduce_mean(particles, axis=0)
    points, particles = points - center, particles - center
    count = tf.cast(tf.shape(particles)[0], particles.dtype)
    median = tfp.stats.percentile(
        _squared_distances(particles, particles), 50.0, interpolation="midpoint"
    )
    bandwidth = tf.maximum(median / tf.math.log(count + 1.0), _MINIMAL_BANDWIDTH)
    kernel = tf.exp(-_squared_distances(points, particles) / bandwidth)
    repulsion = tf.reduce_sum(kernel, axis=1, keepdims=True) * points - kernel @ particles
    return (kernel @ scores + 2.0 / bandwidth * repulsion) / count


def generator_loss(samples, directions):
    """-<phi(G(z)), G(z)>, [N], of constants phi: its gradient to the weights is -J^T phi."""
    return -tf.reduce_sum(tf.stop_gradient(directions) * samples, axis=-1)


def _squared_distances(a, b):
    norms = [tf.reduce_sum(tf.square(values), axis=-1) for values in (a, b)]
    products = tf.matmul(a, b, transpose_b=True)
    return tf.maximum(norms[0][:, None] + norms[1] - 2.0 * products, 0.0)
