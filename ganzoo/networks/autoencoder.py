"""Auto-encoders that play the critic or the energy, of the parts of DCGAN or of perceptrons."""

import keras

from ganzoo.layers import ReconstructionEnergy
from ganzoo.networks.dcgan import dcgan_critic, dcgan_generator
from ganzoo.networks.mlp import mlp_critic, mlp_generator


def dcgan_autoencoder(
    data_shape, latent_dim, width=64, normalization="batch", initializer="dcgan", name="autoencoder"
):
    """Images to their codes [N, latent_dim] and reconstructions [N, *data_shape] in [-1, 1].

    The convolutions of `dcgan_critic` down, those of `dcgan_generator` up; the two are the layers
    "encoder" and "decoder". The arguments are those of `dcgan_critic`.
    """
    settings = {"width": width, "normalization": normalization, "initializer": initializer}
    return _autoencoder(
        dcgan_critic(data_shape, **settings, output_units=latent_dim, name="encoder"),
        dcgan_generator(data_shape, latent_dim, **settings, name="decoder"),
        name,
    )


def mlp_autoencoder(
    data_shape,
    latent_dim,
    units=(128, 128),
    activation="relu",
    output_activation=None,
    name="autoencoder",
):
    """Samples to their codes [N, latent_dim] and reconstructions [N, *data_shape].

    `units` gives the widths of the hidden layers of the encoder, and in reverse of the decoder;
    these two are the layers "encoder" and "decoder". `output_activation` as in `mlp_generator`.
    """
    return _autoencoder(
        mlp_critic(
            data_shape, units=units, activation=activation, output_units=latent_dim, name="encoder"
        ),
        mlp_generator(
            data_shape,
            latent_dim,
            units=units[::-1],
            activation=activation,
            output_activation=output_activation,
            name="decoder",
        ),
        name,
    )


def dcgan_energy(data_shape, code_dim=64, width=64, name="energy"):
    """Images to the energy [N, 1] of their reconstruction by `dcgan_autoencoder`.

    No normalization, He-normal weights: the gradient to one image is that of its own energy.
    """
    autoencoder = dcgan_autoencoder(
        data_shape, code_dim, width=width, normalization=None, initializer="he_normal"
    )
    return _energy(autoencoder, data_shape, name)


def mlp_energy(
    data_shape,
    code_dim=8,
    units=(128, 128),
    activation="relu",
    output_activation=None,
    name="energy",
):
    """Samples to the energy [N, 1] of their reconstruction by `mlp_autoencoder`."""
    autoencoder = mlp_autoencoder(data_shape, code_dim, units, activation, output_activation)
    return _energy(autoencoder, data_shape, name)


def _autoencoder(encoder, decoder, name):
    sample = keras.Input(encoder.input_shape[1:], name="sample")
    code = encoder(sample)
    return keras.Model(sample, [code, decoder(code)], name=name)


def _energy(autoencoder, data_shape, name):
    sample = keras.Input(data_shape, name="sample")
    _, reconstruction = autoencoder(sample)
    return keras.Model(sample, ReconstructionEnergy()([sample, reconstruction]), name=name)
