"""Relativistic average GAN: Jolicoeur-Martineau, ICLR 2019, arXiv 1807.00734.

Every score is compared with the mean score of the other side: with `real_mean` and `fake_mean` the
means of a(x) and a(G(z)) over the minibatch, r = a(x) - fake_mean and f = a(G(z)) - real_mean. A
constant added to all scores changes nothing. The halves are those of the released code.
"""

import tensorflow as tf

from ganzoo.losses.vectors import vector


def discriminator_loss(real_logits, fake_logits, real_mean, fake_mean):
    """1/2 softplus(-r) + 1/2 softplus(f): data are more realistic than samples on average."""
    real_excess, fake_excess = vector(real_logits) - fake_mean, vector(fake_logits) - real_mean
    return 0.5 * tf.nn.softplus(-real_excess) + 0.5 * tf.nn.softplus(fake_excess)


def generator_loss(real_logits, fake_logits, real_mean, fake_mean):
    """1/2 softplus(r) + 1/2 softplus(-f): the same with the sides exchanged."""
    return discriminator_loss(fake_logits, real_logits, fake_mean, real_mean)
