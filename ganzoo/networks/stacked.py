"""Perceptrons of M1+M2 (Kingma et al., NIPS 2014, arXiv 1406.5298): a VAE, and M2 on its latents.

z1 are the latents of the VAE, z2 those of M2, of `latent_dim` dimensions each. Where a network
gives a Gaussian of M2, the weights of its output have a standard deviation of 0.001 at first, that
of the released code, so the Gaussian starts at N(0, I): log variances of both signs and a few units
would let the loss start at millions.
"""

import keras

from ganzoo.networks.mlp import mlp_classifier, mlp_encoder, mlp_generator


def feature_encoder(
    data_shape, latent_dim, units=(500, 500), activation="softplus", name="feature_encoder"
):
    """Samples [N, *data_shape] to mean and log variance of q(z1|x): [N, 2 latent_dim]."""
    return mlp_encoder(data_shape, latent_dim, units=units, activation=activation, name=name)


def feature_decoder(
    data_shape, latent_dim, units=(500, 500), activation="softplus", name="feature_decoder"
):
    """z1 [N, latent_dim] to logits [N, *data_shape]."""
    return mlp_generator(data_shape, latent_dim, units=units, activation=activation, name=name)


def latent_encoder(latent_dim, num_classes, units=(500,), activation="softplus", name="encoder"):
    """z1 [N, latent_dim] and label [N] to mean and log variance of q(z2|z1, y)."""
    return mlp_encoder(
        (latent_dim,), latent_dim, num_classes, units, activation, _small(), name=name
    )


def latent_classifier(
    latent_dim, num_classes, units=(500,), activation="softplus", name="classifier"
):
    """z1 [N, latent_dim] to the logits of q(y|z1), [N, num_classes]."""
    return mlp_classifier((latent_dim,), num_classes, units, activation, name)


def latent_decoder(latent_dim, num_classes, units=(500,), activation="softplus", name="decoder"):
    """z2 [N, latent_dim] and label [N] to mean and log variance of p(z1|y, z2)."""
    return mlp_generator(
        (2 * latent_dim,),
        latent_dim,
        num_classes,
        units,
        activation,
        output_initializer=_small(),
        name=name,
    )


def _small():
    return keras.initializers.RandomNormal(stddev=0.001)
