"""Energies of an autoencoding discriminator, low where data are.

EBGAN: Zhao, Mathieu, LeCun, ICLR 2017, arXiv 1609.03126; MAGAN: Wang, Cully, Chang, Demiris, 2017,
arXiv 1704.03817.
"""

import tensorflow as tf

from ganzoo.losses.vectors import vector


def reconstruction_error(samples, reconstructions):
    """D(x), the mean over the features of (Dec(Enc(x)) - x)^2: [N], float32, for x [N, ...].

    EBGAN's equation 13 has a norm; the mean does not grow with the size of an image.
    """
    difference = tf.cast(reconstructions, tf.float32) - tf.cast(samples, tf.float32)
    return tf.reduce_mean(tf.square(difference), axis=list(range(1, difference.shape.rank)))


def discriminator_loss(real_energy, fake_energy, margin):
    """D(x) + max(0, m - D(G(z))); EBGAN's equation 1."""
    return vector(real_energy) + tf.nn.relu(margin - vector(fake_energy))


def generator_loss(fake_energy):
    """D(G(z)); EBGAN's equation 2."""
    return vector(fake_energy)
