"""Perceptrons of M1+M2 (Kingma et al., NIPS 2014, arXiv 1406.5298): a VAE, and M2 on its latents.

z1 are the latents of the VAE, z2 those of M2, of `latent_dim` dimensions each. Where networks give a
Gaussian of M2, the weights of the output start at N(0, 0.001), the scale of the released code: every
Gaussian starts at N(0, I). A variance that is wrong by orders would give a density of z1 that is.
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
