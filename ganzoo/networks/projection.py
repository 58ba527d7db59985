"""Players of the projection GAN: Miyato and Koyama, ICLR 2018, arXiv 1802.05637.

The label enters the generator through conditional batch normalization alone, and the discriminator
as an inner product with its features. Kernels of the discriminator are spectrally normalized.
"""

import math

import keras

from ganzoo.layers import (
    ConditionalBatchNormalization,
    Conv2D,
    Conv2DTranspose,
    SpectralNormalization,
)
from ganzoo.networks.dcgan import stages
from ganzoo.networks.mlp import samples


def dcgan_conditional_generator(data_shape, latent_dim, num_classes, width=64, name="generator"):
    """Latent [N, latent_dim] and label [N] to images [N, height, width, channels] in [-1, 1].

    The convolutions of `dcgan_generator`, of `width` maps before the output, with conditional batch
    normalization and Glorot-uniform weights.
    """
    count = stages(data_shape)
    height, image_width, channels = data_shape
    latent, label = keras.Input((latent_dim,), name="latent"), _label()

    maps = width * 2 ** (count - 1)
    small = (height // 2**count, image_width // 2**count, maps)
    hidden = keras.layers.Dense(math.prod(small), use_bias=False)(latent)
    hidden = keras.layers.Reshape(small)(hidden)
    for stage in range(count):
        hidden = ConditionalBatchNormalization(num_classes)([hidden, label])
        hidden = keras.layers.ReLU()(hidden)
        is_last = stage == count - 1
        hidden = Conv2DTranspose(
            channels if is_last else maps // 2 ** (stage + 1),
            5,
            strides=2,
            padding="same",
            use_bias=is_last,
        )(hidden)
    outputs = keras.layers.Activation("tanh", dtype="float32")(hidden)
    return keras.Model([latent, label], outputs, name=name)


def mlp_conditional_generator(
    data_shape, latent_dim, num_classes, units=(128, 128, 128), activation="relu", name="generator"
):
    """Latent [N, latent_dim] and label [N] to unbounded samples [N, *data_shape].

    `units` gives the widths of the hidden layers, each with conditional batch normalization.
    He-normal weights.
    """
    latent, label = keras.Input((latent_dim,), name="latent"), _label()
    hidden = latent
    for width in units:
        hidden = keras.layers.Dense(width, use_bias=False, kernel_initializer="he_normal")(hidden)
        hidden = ConditionalBatchNormalization(num_classes)([hidden, label])
        hidden = keras.layers.Activation(activation)(hidden)
    return keras.Model([latent, label], samples(hidden, data_shape), name=name)


def dcgan_projection_critic(data_shape, num_classes, width=64, name="critic"):
    """Images [N, height, width, channels] and label [N] to scores [N, 1].

    Strided 5x5 convolutions with ReLU, `width` maps after the first and twice as many after every
    later one, phi(x) their sum over the image, and the projection.
    """
    image, label = keras.Input(data_shape, name="sample"), _label()
    hidden = image
    for stage in range(stages(data_shape)):
        convolution = Conv2D(width * 2**stage, 5, strides=2, padding="same")
        hidden = keras.layers.ReLU()(SpectralNormalization(convolution)(hidden))
    maps = keras.layers.Activation("linear", dtype="float32")(hidden)
    features = keras.ops.sum(maps, axis=(1, 2))
    return keras.Model([image, label], _projection(features, label, num_classes), name=name)


def mlp_projection_critic(
    data_shape, num_classes, units=(128, 128), activation="relu", name="critic"
):
    """Samples [N, *data_shape] and label [N] to scores [N, 1].

    `units` gives the widths of the hidden layers, the last of which is phi(x); then the projection.
    """
    sample, label = keras.Input(data_shape, name="sample"), _label()
    hidden = keras.layers.Flatten()(sample) if len(data_shape) > 1 else sample
    for width in units:
        hidden = SpectralNormalization(keras.layers.Dense(width))(hidden)
        hidden = keras.layers.Activation(activation)(hidden)
    features = keras.layers.Activation("linear", dtype="float32")(hidden)
    return keras.Model([sample, label], _projection(features, label, num_classes), name=name)


def _label():
    return keras.Input((), dtype="int32", name="label")


def _projection(features, label, num_classes):
    """psi(phi) + <v_y, phi> [N, 1] of features phi [N, F]: equation 3, psi linear."""
    psi = keras.layers.Dense(1, dtype="float32", name="psi")
    classes = keras.layers.Embedding(
        num_classes,
        features.shape[-1],
        embeddings_initializer="glorot_uniform",
        dtype="float32",
        name="classes",
    )
    of_class = SpectralNormalization(classes, dtype="float32")(label)
    return keras.layers.Add(dtype="float32")(
        [
            SpectralNormalization(psi, dtype="float32")(features),
            keras.layers.Dot(axes=1, dtype="float32")([features, of_class]),
        ]
    )
