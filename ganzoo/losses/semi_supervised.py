"""The bound of an example without a label: Kingma et al. 2014, arXiv 1406.5298."""

import tensorflow as tf


def unlabelled_loss(labelled_losses, log_q):
    """U(x) = sum over y of q(y|x) L(x, y) - H(q(y|x)), [N], of L [N, C] and log q(y|x) [N, C]."""
    return tf.reduce_sum(tf.exp(log_q) * (labelled_losses + log_q), axis=-1)
