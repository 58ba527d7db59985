"""Penalties on the gradient of a critic with respect to its input.

`critic` is a function from samples [N, ...] to scores [N, 1] that treats every example by itself:
under batch normalization the gradient of one score involves the whole batch and the penalty loses
its meaning. Each function returns one value for each example, [N].
"""

import tensorflow as tf

# Inside the root, because the derivative of a norm at zero is not a number.
_NORM_EPSILON = 1e-12


def squared_gradient_norm(critic, samples):
    """||d critic(x) / dx||_2^2 over all axes of an example but the batch."""
    with tf.GradientTape() as tape:
        tape.watch(samples)
        scores = critic(samples)
    gradient = tape.gradient(scores, samples)
    return tf.reduce_sum(tf.square(gradient), axis=range(1, len(samples.shape)))


def interpolate(real, fake, epsilon):
    """epsilon x + (1 - epsilon) G(z) by batch index; epsilon is [N, 1, ..., 1]."""
    return epsilon * real + (1.0 - epsilon) * fake


def two_sided_penalty(critic, samples):
    """(||d critic(x) / dx||_2 - 1)^2: Gulrajani et al. 2017, arXiv 1704.00028, equation 3."""
    norm = tf.sqrt(squared_gradient_norm(critic, samples) + _NORM_EPSILON)
    return tf.square(norm - 1.0)


def r1_penalty(critic, real):
    """1/2 ||d critic(x) / dx||_2^2 at data: R1 of Mescheder et al. 2018, arXiv 1801.04406, eq. 9.

    The factor gamma is the caller's.
    """
    return 0.5 * squared_gradient_norm(critic, real)


def r2_penalty(critic, fake):
    """1/2 ||d critic(x) / dx||_2^2 at samples, constants: R2, arXiv 1801.04406, equation 10.

    The factor gamma is the caller's.
    """
    return 0.5 * squared_gradient_norm(critic, fake)
