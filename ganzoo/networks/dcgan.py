"""DCGAN's networks (Radford, Metz, Chintala, ICLR 2016, arXiv 1511.06434), for any image side.

Strided 5x5 convolutions, no pooling; batch normalization everywhere except at the generator's
output and the discriminator's input; no hidden dense layer unless `dense_units` asks for one; ReLU
in the generator, LeakyReLU 0.2 in the discriminator; weights N(0, 0.02), normalization gains
N(1, 0.02); no bias before a normalization. The number of stages follows from the image: halve while
the side stays even and at least 4, twice at the least, so that 64 pixels give the paper's four
stages from 4x4 and 28 pixels give two from 7x7.

Class-conditional networks append the one-hot label to the latent, to every convolution's input and
to the features that enter a dense layer, as in the paper's released MNIST code.

A channel is a color, or one category of a one-hot image: a palette of 16 gives (32, 32, 16).
"""

import math

import keras

from ganzoo.layers import (
    BatchNormalization,
    ConcatenateLabel,
    Conv2D,
    Conv2DTranspose,
    DiffAugment,
    DropReference,
    MinibatchDiscrimination,
    ReferenceBatch,
    SpectralNormalization,
    VirtualBatchNormalization,
)

NORMALIZATIONS = ("batch", "layer", None)


def stages(data_shape):
    """How many times an image of shape (height, width, channels) is halved.

    Raises:
      ValueError: not an image, or a side under 8 or not divisible by 4.
    """
    if len(data_shape) != 3:
        raise ValueError(
            f"data_shape={tuple(data_shape)} is not an image: give (height, width, channels), or "
            'choose the perceptron with {"architecture": "mlp"}'
        )
    sides = data_shape[:2]
    if any(side < 8 or side % 4 for side in sides):
        raise ValueError(
            f"data_shape={tuple(data_shape)}: DCGAN networks take sides that are divisible by 4 "
            f"and at least 8; resize or pad the images, for example to "
            f"{tuple(max(8, -(-side // 4) * 4) for side in sides)}"
        )
    count = 2
    while all(side % 2 ** (count + 1) == 0 and side // 2 ** (count + 1) >= 4 for side in sides):
        count += 1
    return count


def dcgan_generator(
    data_shape,
    latent_dim,
    num_classes=None,
    width=64,
    normalization="batch",
    initializer="dcgan",
    dense_units=None,
    output_activation="tanh",
    reference_size=64,
    name="generator",
):
    """Latent [N, latent_dim] (and label [N]) to images [N, height, width, channels], float32.

    `width` is the number of maps before the output; every earlier stage has twice as many.
    `normalization` and `initializer` are those of `dcgan_critic`; a generator's normalization may
    also be "virtual", by the statistics of `reference_size` latents that are always the same and go
    through the network with every batch. `dense_units` puts a hidden dense layer before the one
    that makes the first maps, and normalizes both by unit instead of by map, as in the released
    code of boundary-seeking GAN (arXiv 1702.08431) and InfoGAN (arXiv 1606.03657).
    `output_activation` is "tanh" for images in [-1, 1], None for the logits of discrete images.
    """
    count = stages(data_shape)
    height, image_width, channels = data_shape
    latent = keras.Input((latent_dim,), name="latent")
    label = None if num_classes is None else keras.Input((), dtype="int32", name="label")
    inputs = latent if label is None else [latent, label]
    is_virtual = normalization == "virtual"
    if is_virtual:
        latent = ReferenceBatch(reference_size, name="reference_batch")(latent)
    if is_virtual and label is not None:
        in_turn = [i % num_classes for i in range(reference_size)]
        label = keras.ops.concatenate([keras.ops.convert_to_tensor(in_turn, "int32"), label])

    def normalize(hidden):
        if is_virtual:
            gain = keras.initializers.RandomNormal(mean=1.0, stddev=0.02)
            return VirtualBatchNormalization(reference_size, gamma_initializer=gain)(hidden)
        return _normalize(hidden, normalization)

    def dense(units, inputs):
        return keras.layers.Dense(
            units, use_bias=normalization is None, kernel_initializer=_initial(initializer)
        )(_condition(inputs, label, num_classes))

    maps = width * 2 ** (count - 1)
    small = (height // 2**count, image_width // 2**count, maps)
    if dense_units is None:
        hidden = keras.layers.Reshape(small)(dense(math.prod(small), latent))
        hidden = keras.layers.ReLU()(normalize(hidden))
    else:
        hidden = latent
        for units in (dense_units, math.prod(small)):
            hidden = keras.layers.ReLU()(normalize(dense(units, hidden)))
        hidden = keras.layers.Reshape(small)(hidden)
    for stage in range(count - 1):
        hidden = Conv2DTranspose(
            maps // 2 ** (stage + 1),
            5,
            strides=2,
            padding="same",
            use_bias=normalization is None,
            kernel_initializer=_initial(initializer),
        )(_condition(hidden, label, num_classes))
        hidden = keras.layers.ReLU()(normalize(hidden))
    hidden = Conv2DTranspose(
        channels, 5, strides=2, padding="same", kernel_initializer=_initial(initializer)
    )(_condition(hidden, label, num_classes))
    outputs = keras.layers.Activation(output_activation or "linear", dtype="float32")(hidden)
    if is_virtual:
        outputs = DropReference(reference_size, dtype="float32")(outputs)
    return keras.Model(inputs, outputs, name=name)


def dcgan_critic(
    data_shape,
    num_classes=None,
    width=64,
    normalization="batch",
    initializer="dcgan",
    dense_units=None,
    output_bias=True,
    output_units=1,
    minibatch_kernels=None,
    augmentation=(),
    name="critic",
):
    """Images [N, height, width, channels] (and label [N]) to one score or logit each, [N, 1].

    `width` is the number of maps after the first convolution; every later stage has twice as many.
    `normalization` is "batch", "layer" (over height, width and channels, one gain a channel),
    "spectral" (of the weights of every layer, none of activations) or None. `initializer` is
    "dcgan" (N(0, 0.02)) or any Keras initializer; without normalization "he_normal" keeps the scale
    of the activations. `dense_units` puts a hidden dense layer before the output. A Wasserstein
    loss does not depend on the output's bias; `output_bias=False` leaves it out. `output_units`
    features take the place of the score where a loss compares features.
    `minibatch_kernels` appends so many features of minibatch discrimination before the output,
    `augmentation` is the policy of `DiffAugment` for the images.
    """
    normalized_weights = lambda layer: layer  # noqa: E731
    if normalization == "spectral":
        normalized_weights, normalization = SpectralNormalization, None
    count = stages(data_shape)
    image = keras.Input(data_shape, name="sample")
    label = None if num_classes is None else keras.Input((), dtype="int32", name="label")

    hidden = DiffAugment(augmentation)(image) if augmentation else image
    for stage in range(count):
        first = stage == 0
        convolution = Conv2D(
            width * 2**stage,
            5,
            strides=2,
            padding="same",
            use_bias=first or normalization is None,
            kernel_initializer=_initial(initializer),
        )
        hidden = normalized_weights(convolution)(_condition(hidden, label, num_classes))
        if not first:
            hidden = _normalize(hidden, normalization)
        hidden = keras.layers.LeakyReLU(0.2)(hidden)
    hidden = _condition(keras.layers.Flatten()(hidden), label, num_classes)
    if dense_units is not None:
        dense = keras.layers.Dense(
            dense_units,
            use_bias=normalization is None,
            kernel_initializer=_initial(initializer),
        )
        hidden = normalized_weights(dense)(hidden)
        hidden = keras.layers.LeakyReLU(0.2)(_normalize(hidden, normalization))
        hidden = _condition(hidden, label, num_classes)
    if minibatch_kernels:
        hidden = MinibatchDiscrimination(minibatch_kernels)(hidden)
    output = keras.layers.Dense(
        output_units,
        use_bias=output_bias,
        kernel_initializer=_initial(initializer),
        dtype="float32",
    )
    outputs = normalized_weights(output)(hidden)
    return keras.Model(image if label is None else [image, label], outputs, name=name)


def dcgan_encoder(
    data_shape, latent_dim, width=64, normalization="batch", initializer="dcgan", name="encoder"
):
    """Images [N, height, width, channels] to mean and log variance of q(z|x): [N, 2 latent_dim].

    The convolutions of `dcgan_critic` with ReLU, normalized from the first on, as in the released
    code of VAE/GAN (arXiv 1512.09300); there a dense layer of 2048 precedes the output. The
    arguments are those of `dcgan_critic`.
    """
    count = stages(data_shape)
    image = keras.Input(data_shape, name="sample")
    hidden = image
    for stage in range(count):
        hidden = Conv2D(
            width * 2**stage,
            5,
            strides=2,
            padding="same",
            use_bias=normalization is None,
            kernel_initializer=_initial(initializer),
        )(hidden)
        hidden = keras.layers.ReLU()(_normalize(hidden, normalization))
    outputs = keras.layers.Dense(
        2 * latent_dim, kernel_initializer=_initial(initializer), dtype="float32"
    )(keras.layers.Flatten()(hidden))
    return keras.Model(image, outputs, name=name)


def dcgan_reconstructing_critic(
    data_shape,
    width=64,
    normalization="batch",
    initializer="dcgan",
    code_dim=None,
    name="critic",
):
    """Images [N, height, width, channels] to [reconstructions of that shape, codes [N, s]].

    The convolutions of `dcgan_critic`, whose last maps are the code, and their mirror image. Small
    images have fewer pixels than those maps have values, and the network may learn to copy any
    image; with `code_dim` a linear layer of that many units is the code. The last layer is linear:
    a discriminator must be able to give a sample any energy. The other arguments are those of
    `dcgan_critic`.
    """
    count = stages(data_shape)
    image = keras.Input(data_shape, name="sample")
    if code_dim is not None:
        settings = {"width": width, "normalization": normalization, "initializer": initializer}
        encoder = dcgan_critic(data_shape, **settings, output_units=code_dim, name="encoder")
        decoder = dcgan_generator(
            data_shape, code_dim, **settings, output_activation=None, name="decoder"
        )
        code = encoder(image)
        return keras.Model(image, [decoder(code), code], name=name)
    hidden = image
    for stage in range(count):
        hidden = Conv2D(
            width * 2**stage,
            5,
            strides=2,
            padding="same",
            use_bias=stage == 0 or normalization is None,
            kernel_initializer=_initial(initializer),
        )(hidden)
        if stage > 0:
            hidden = _normalize(hidden, normalization)
        hidden = keras.layers.LeakyReLU(0.2)(hidden)
    code = keras.layers.Flatten()(hidden)
    hidden = keras.layers.Reshape(hidden.shape[1:])(code)
    for stage in reversed(range(count - 1)):
        hidden = Conv2DTranspose(
            width * 2**stage,
            5,
            strides=2,
            padding="same",
            use_bias=normalization is None,
            kernel_initializer=_initial(initializer),
        )(hidden)
        hidden = keras.layers.ReLU()(_normalize(hidden, normalization))
    hidden = Conv2DTranspose(
        data_shape[-1], 5, strides=2, padding="same", kernel_initializer=_initial(initializer)
    )(hidden)
    reconstruction = keras.layers.Activation("linear", dtype="float32")(hidden)
    return keras.Model(image, [reconstruction, code], name=name)


def _initial(initializer):
    if initializer == "dcgan":
        return keras.initializers.RandomNormal(stddev=0.02)
    return keras.initializers.get(initializer)


def _condition(hidden, label, num_classes):
    return hidden if label is None else ConcatenateLabel(num_classes)([hidden, label])


def _normalize(hidden, normalization):
    if normalization == "batch":
        gain = keras.initializers.RandomNormal(mean=1.0, stddev=0.02)
        return BatchNormalization(gamma_initializer=gain)(hidden)
    if normalization == "layer":
        return keras.layers.GroupNormalization(groups=1)(hidden)
    if normalization is None:
        return hidden
    raise ValueError(
        f"normalization={normalization!r}: choose one of {NORMALIZATIONS}, or 'spectral' in a "
        "critic"
    )
