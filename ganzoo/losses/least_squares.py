"""LSGAN: Mao et al., "Least Squares Generative Adversarial Networks", arXiv 1611.04076."""

import tensorflow as tf

from ganzoo.losses.vectors import vector


def discriminator_loss(real_scores, fake_scores, fake_target, real_target):
    """1/2 (a(x) - b)^2 + 1/2 (a(G(z)) - a0)^2; equation 2, b = real_target, a0 = fake_target."""
    return 0.5 * tf.square(vector(real_scores) - real_target) + 0.5 * tf.square(
        vector(fake_scores) - fake_target
    )


def generator_loss(fake_scores, generator_target):
    """1/2 (a(G(z)) - c)^2; equation 2, c = generator_target."""
    return 0.5 * tf.square(vector(fake_scores) - generator_target)
