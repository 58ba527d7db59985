"""The games of Goodfellow et al. 2014, "Generative Adversarial Nets", arXiv 1406.2661."""

import tensorflow as tf

from ganzoo.losses.vectors import vector

# From here on exp(a) goes on along its tangent: its gradient for one sample would outweigh those of
# 22,000 others at a = 0, and exp(89) is infinite in float32.
LARGEST_EXPONENT = 10.0


def discriminator_loss(real_logits, fake_logits, real_target=1.0, fake_target=0.0):
    """-log D(x) - log(1 - D(G(z))) = softplus(-a(x)) + softplus(a(G(z))); equation 1, not halved.

    Its minimum over D for a fixed generator is log 4 - 2 JS(data || generator).

    Smoothed labels replace -log D by -t log D - (1 - t) log(1 - D), with t = alpha = `real_target`
    on data and 1 - t = 1 - beta, beta = `fake_target`, on samples (Salimans et al. 2016, arXiv
    1606.03498, section 3.4): then D* = (alpha p + beta q) / (p + q), p the density of the data and
    q that of the generator. One-sided, the paper's advice, is beta = 0: with beta > 0 the optimum
    has modes where q has them and p has none, and holds samples there.
    """
    return _cross_entropy(real_logits, real_target) + _cross_entropy(fake_logits, fake_target)


def _cross_entropy(logits, target):
    logits = vector(logits)
    return target * tf.nn.softplus(-logits) + (1.0 - target) * tf.nn.softplus(logits)


def discriminator_accuracy(real_logits, fake_logits):
    """1/2 (1[a(x) > 0] + 1[a(G(z)) < 0]): 1 if both are told, 1/2 on average for guesses."""
    right = (vector(real_logits) > 0.0, vector(fake_logits) < 0.0)
    return 0.5 * (tf.cast(right[0], tf.float32) + tf.cast(right[1], tf.float32))


def minimax_generator_loss(fake_logits):
    """log(1 - D(G(z))) = -softplus(a(G(z))); equation 1. Derivative to the logit: -sigmoid(a)."""
    return -tf.nn.softplus(vector(fake_logits))


def non_saturating_generator_loss(fake_logits):
    """-log D(G(z)) = softplus(-a(G(z))); section 3. Derivative to the logit: sigmoid(a) - 1."""
    return tf.nn.softplus(-vector(fake_logits))


def maximum_likelihood_generator_loss(fake_logits):
    """-1/2 exp(a(G(z))): Goodfellow 2016, arXiv 1701.00160, section 3.2; a = log D / (1 - D).

    With D at its optimum the gradient of the mean is that of KL(data || generator) / 2. Derivative
    to the logit: -exp(a) / 2, up to a = `LARGEST_EXPONENT`, and constant beyond.
    """
    logits = vector(fake_logits)
    bounded = tf.minimum(logits, LARGEST_EXPONENT)
    return -0.5 * tf.exp(bounded) * (1.0 + logits - bounded)
