"""Small models of both kinds of discrete data, and their formulas written out a second time.

Bernoulli logits, samples and draws are [N, 3], categorical ones [N, 2, 3]: the rank tells.
"""

import numpy as np
import tensorflow as tf

from tests.models.steps import bits, mean, one_hot, small

KINDS = ("bernoulli", "categorical")


def model_of(name, distribution, **settings):
    """A model that trains eagerly by plain gradient descent."""
    if distribution == "bernoulli":
        return small(name, **settings)
    second = "critic" if name.startswith("wgan") else "discriminator"
    networks = {
        "generator": {"architecture": "mlp", "units": (5,), "activation": "tanh"},
        second: {"architecture": "mlp", "units": (6,), "activation": "tanh"},
    }
    shape = (2, 3)
    return small(name, data_shape=shape, distribution=distribution, **networks, **settings)


def data_of(distribution, count=5):
    return bits(count) if distribution == "bernoulli" else one_hot(count)


def probabilities(logits):
    return tf.sigmoid(logits) if len(logits.shape) == 2 else tf.nn.softmax(logits)


def perturbed(logits, uniform):
    """l + log u - log(1 - u), or log p - log(-log u)."""
    if len(logits.shape) == 2:
        return logits + tf.math.log(uniform) - tf.math.log(1.0 - uniform)
    return tf.nn.log_softmax(logits) - tf.math.log(-tf.math.log(uniform))


def hard(logits, uniform):
    """1 where u > 1 - p, or the category with the largest log p - log(-log u)."""
    if len(logits.shape) == 2:
        return tf.cast(uniform > 1.0 - tf.sigmoid(logits), tf.float32)
    return tf.one_hot(tf.argmax(perturbed(logits, uniform), axis=-1), 3)


def log_likelihood(logits, samples):
    """log g(x | z) [N] from probabilities."""
    p = probabilities(logits)
    if len(logits.shape) == 2:
        p = samples * p + (1.0 - samples) * (1.0 - p)
        return tf.reduce_sum(tf.math.log(p), axis=-1)
    return tf.reduce_sum(tf.math.log(tf.reduce_sum(samples * p, axis=-1)), axis=-1)


def over_event(values):
    """Sum over all axes but the first, [N]."""
    return tf.reduce_sum(tf.reshape(values, [len(values), -1]), axis=-1)


def gradient_at(function, points):
    """d function(x)_n / dx_n, [N, ...], through a Jacobian."""
    with tf.GradientTape() as tape:
        tape.watch(points)
        values = function(points)[:, None]
    return tf.reshape(tape.batch_jacobian(values, points), tf.shape(points))


def scores(discriminator, samples):
    return tf.squeeze(discriminator(samples), axis=-1)


def game(discriminator, real, fake):
    """-log D(x) - log(1 - D(G(z))), the mean."""
    real_term = mean(tf.math.log(tf.sigmoid(discriminator(real))))
    return -real_term - mean(tf.math.log(1.0 - tf.sigmoid(discriminator(fake))))


def share_above_zero(values):
    return float(np.mean(np.array(values) > 0.0))
