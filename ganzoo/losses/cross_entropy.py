"""The games of Goodfellow et al. 2014, "Generative Adversarial Nets", arXiv 1406.2661."""

import tensorflow as tf

from ganzoo.losses.vectors import vector


def discriminator_loss(real_logits, fake_logits):
    """-log D(x) - log(1 - D(G(z))) = softplus(-a(x)) + softplus(a(G(z))); equation 1, not halved.

    Its minimum over D for a fixed generator is log 4 - 2 JS(data || generator).
    """
    return tf.nn.softplus(-vector(real_logits)) + tf.nn.softplus(vector(fake_logits))


def minimax_generator_loss(fake_logits):
    """log(1 - D(G(z))) = -softplus(a(G(z))); equation 1. Derivative to the logit: -sigmoid(a)."""
    return -tf.nn.softplus(vector(fake_logits))


def non_saturating_generator_loss(fake_logits):
    """-log D(G(z)) = softplus(-a(G(z))); section 3. Derivative to the logit: sigmoid(a) - 1."""
    return tf.nn.softplus(-vector(fake_logits))
