"""The seven pairs of networks of the robustness grid, for images of any side that DCGAN takes.

Figure 2 of "Improved Training of Wasserstein GANs" (Gulrajani et al. 2017, arXiv 1704.00028) and
its released code, which is for 64 pixels and width 64.
"""

import keras
import tensorflow as tf

from ganzoo.layers import BatchNormalization, Conv2D, Conv2DTranspose
from ganzoo.networks import dcgan_critic, dcgan_generator, mlp_generator
from ganzoo.networks.dcgan import stages

ARCHITECTURES = (
    "baseline",
    "generator without normalization, constant width",
    "generator a perceptron of four layers of 512",
    "no normalization",
    "gated multiplicative nonlinearities",
    "tanh everywhere",
    "101 layers",
)
_RESIDUAL_BLOCKS = 33  # of three convolutions; with the first and the last layer 101
_BRANCH_SCALE = 0.3
_OUTPUT_SCALE = 0.2


def generator(architecture, data_shape, latent_dim, width):
    """Latents [N, d] to images [N, *data_shape] in [-1, 1], by the name of an architecture."""
    if architecture == ARCHITECTURES[0]:
        return dcgan_generator(data_shape, latent_dim, width=width)
    if architecture == ARCHITECTURES[1]:
        return _plain_generator(data_shape, latent_dim, [width] * stages(data_shape), "relu", False)
    if architecture == ARCHITECTURES[2]:
        return mlp_generator(data_shape, latent_dim, units=(512,) * 4, output_activation="tanh")
    if architecture == ARCHITECTURES[3]:
        return dcgan_generator(data_shape, latent_dim, width=width, normalization=None)
    if architecture == ARCHITECTURES[6]:
        return _residual_generator(data_shape, latent_dim, width)
    maps = [width * 2**stage for stage in range(stages(data_shape))][::-1]
    activation = "gate" if architecture == ARCHITECTURES[4] else "tanh"
    return _plain_generator(data_shape, latent_dim, maps, activation, True)


def critic(architecture, data_shape, width, normalization):
    """Images to scores [N, 1]; `normalization` is "batch" or "layer", where there is one."""
    if architecture == ARCHITECTURES[3]:
        return dcgan_critic(data_shape, width=width, normalization=None)
    if architecture == ARCHITECTURES[4]:
        return _plain_critic(data_shape, width, "gate", normalization)
    if architecture == ARCHITECTURES[5]:
        return _plain_critic(data_shape, width, "tanh", normalization)
    if architecture == ARCHITECTURES[6]:
        return _residual_critic(data_shape, width, normalization)
    return dcgan_critic(data_shape, width=width, normalization=normalization)


@keras.saving.register_keras_serializable("ganzoo")
class Gate(keras.layers.Layer):
    """sigmoid(u) tanh(v) of the even and the odd channels of [..., 2 C]: [..., C]."""

    def call(self, inputs):
        return tf.sigmoid(inputs[..., ::2]) * tf.tanh(inputs[..., 1::2])

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] // 2)


def _activate(hidden, activation):
    return Gate()(hidden) if activation == "gate" else keras.layers.Activation(activation)(hidden)


def _maps_before(activation, maps):
    return 2 * maps if activation == "gate" else maps


def _normalize(hidden, normalization):
    if normalization == "batch":
        return BatchNormalization()(hidden)
    if normalization == "layer":
        return keras.layers.GroupNormalization(groups=1)(hidden)
    return hidden


def _small(data_shape):
    return [side // 2 ** stages(data_shape) for side in data_shape[:2]]


def _first_maps(latents, data_shape, maps):
    height, width = _small(data_shape)
    hidden = keras.layers.Dense(height * width * maps)(latents)
    return keras.layers.Reshape((height, width, maps))(hidden)


def _plain_generator(data_shape, latent_dim, maps, activation, normalized):
    """Transposed 5x5 convolutions with `maps` before each of them."""
    normalization = "batch" if normalized else None
    latents = keras.Input((latent_dim,))
    hidden = _first_maps(latents, data_shape, _maps_before(activation, maps[0]))
    hidden = _activate(_normalize(hidden, normalization), activation)
    for count in maps[1:]:
        hidden = Conv2DTranspose(_maps_before(activation, count), 5, strides=2, padding="same")(
            hidden
        )
        hidden = _activate(_normalize(hidden, normalization), activation)
    hidden = Conv2DTranspose(data_shape[-1], 5, strides=2, padding="same")(hidden)
    outputs = keras.layers.Activation("tanh", dtype="float32")(hidden)
    return keras.Model(latents, outputs, name="generator")


def _plain_critic(data_shape, width, activation, normalization):
    images = hidden = keras.Input(data_shape)
    for stage in range(stages(data_shape)):
        maps = _maps_before(activation, width * 2**stage)
        hidden = Conv2D(maps, 5, strides=2, padding="same")(hidden)
        if stage:
            hidden = _normalize(hidden, normalization)
        hidden = _activate(hidden, activation)
    scores = keras.layers.Dense(1, dtype="float32")(keras.layers.Flatten()(hidden))
    return keras.Model(images, scores, name="critic")


def _blocks_of(data_shape):
    """How many residual blocks each resolution has, the smallest first, changes of it included."""
    resolutions = stages(data_shape) + 1
    return [
        _RESIDUAL_BLOCKS // resolutions + (index < _RESIDUAL_BLOCKS % resolutions)
        for index in range(resolutions)
    ]


def _block(hidden, normalization, resample=None):
    """hidden + 0.3 * (ReLU, 1x1 to half the maps, ReLU, 3x3, ReLU, 1x1, normalization)."""
    maps = hidden.shape[-1]
    shortcut = hidden
    if resample == "up":
        shortcut = hidden = keras.layers.UpSampling2D()(hidden)
    branch = hidden
    for count, side in ((maps // 2, 1), (maps // 2, 3), (maps, 1)):
        branch = keras.layers.Activation("relu")(branch)
        branch = Conv2D(count, side, padding="same", kernel_initializer="he_normal")(branch)
    branch = keras.layers.Rescaling(_BRANCH_SCALE)(_normalize(branch, normalization))
    outputs = keras.layers.Add()([shortcut, branch])
    return keras.layers.AveragePooling2D(2)(outputs) if resample == "down" else outputs


def _residual_generator(data_shape, latent_dim, width):
    latents = keras.Input((latent_dim,))
    hidden = _first_maps(latents, data_shape, width)
    for index, blocks in enumerate(_blocks_of(data_shape)):
        for block in range(blocks):
            hidden = _block(hidden, "batch", "up" if index and not block else None)
    hidden = keras.layers.Activation("relu")(hidden)
    hidden = Conv2D(data_shape[-1], 3, padding="same")(hidden)
    hidden = keras.layers.Rescaling(_OUTPUT_SCALE)(hidden)
    outputs = keras.layers.Activation("tanh", dtype="float32")(hidden)
    return keras.Model(latents, outputs, name="generator")


def _residual_critic(data_shape, width, normalization):
    images = keras.Input(data_shape)
    hidden = Conv2D(width, 3, padding="same")(images)
    for index, blocks in enumerate(_blocks_of(data_shape)[::-1]):
        for block in range(blocks):
            hidden = _block(hidden, normalization, "down" if index and not block else None)
    hidden = keras.layers.Activation("relu")(hidden)
    scores = keras.layers.Dense(1, dtype="float32")(keras.layers.Flatten()(hidden))
    outputs = keras.layers.Rescaling(_OUTPUT_SCALE, dtype="float32")(scores)
    return keras.Model(images, outputs, name="critic")
