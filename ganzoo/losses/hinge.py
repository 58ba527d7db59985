"""Hinge losses: Lim and Ye 2017, arXiv 1705.02894; Tran et al. 2017, arXiv 1702.08896."""

import tensorflow as tf

from ganzoo.losses.vectors import vector


def discriminator_loss(real_scores, fake_scores):
    """max(0, 1 - a(x)) + max(0, 1 + a(G(z))); equal to 2 at a = 0."""
    return tf.nn.relu(1.0 - vector(real_scores)) + tf.nn.relu(1.0 + vector(fake_scores))


def generator_loss(fake_scores):
    """-a(G(z))."""
    return -vector(fake_scores)
