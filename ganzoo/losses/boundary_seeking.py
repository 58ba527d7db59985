"""BGAN on continuous data: Hjelm et al., ICLR 2018, "Boundary-Seeking GANs", arXiv 1702.08431."""

import tensorflow as tf

from ganzoo.losses.vectors import vector


def generator_loss(fake_logits, log_z=0.0):
    """1/2 (log D(G(z)) - log(1 - D(G(z))) - log Z)^2 = 1/2 (a(G(z)) - log Z)^2; section 3.1.

    Zero on the decision boundary. `log_z` is the log of Z = E[exp a(G(z))], the normalizer of the
    importance weights; the printed loss has log Z = 0.
    """
    return 0.5 * tf.square(vector(fake_logits) - log_z)


def log_mean_exp(fake_logits):
    """log of the batch mean of exp a(G(z)): the estimate of log Z from one minibatch, a scalar."""
    fake_logits = vector(fake_logits)
    count = tf.cast(tf.size(fake_logits), fake_logits.dtype)
    return tf.reduce_logsumexp(fake_logits) - tf.math.log(count)
