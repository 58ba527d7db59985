"""Small convolutional networks of an image and its class, for adversarial classification."""

import keras

from ganzoo.layers import Conv2D


def convolutional_classifier(data_shape, num_classes, width=16, name="classifier"):
    """Images [N, height, width, channels] to the logits of their classes [N, num_classes].

    Two strided convolutions, 5x5 with `width` maps and 3x3 with twice as many, a dense layer of
    8 `width` units, and the dense output. ReLU, He-normal weights, no normalization.
    """
    image = keras.Input(data_shape, name="image")
    hidden = keras.layers.ReLU()(_features(image, width, keras.layers.ReLU))
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(hidden)
    return keras.Model(image, logits, name=name)


def pair_discriminator(data_shape, num_classes, width=16, name="discriminator"):
    """Images [N, height, width, channels] and K labels of each, [N, K, num_classes], to logits.

    Returns one logit for each pair of an image and one of its labels, [N, K]; labels are one-hot,
    or class probabilities. The layers of the image are those of `convolutional_classifier` with
    LeakyReLU 0.2. The label enters the dense layer of 8 `width` units beside the features of the
    convolutions: that layer on the concatenation of both is the sum of a part of the image and a
    part of the label. So the convolutions and their dense part run once for each image, whatever K
    is, and another label costs 8 `width` units.
    """
    image = keras.Input(data_shape, name="image")
    labels = keras.Input((None, num_classes), name="labels")
    units = 8 * width
    of_image = keras.layers.Reshape((1, units))(_features(image, width, _leaky_relu))
    of_label = keras.layers.Dense(
        units, use_bias=False, kernel_initializer="he_normal", name="label"
    )(labels)
    hidden = _leaky_relu()(keras.layers.Add()([of_image, of_label]))
    logits = keras.layers.Dense(1, dtype="float32", name="logit")(hidden)
    logits = keras.layers.Reshape((-1,), dtype="float32")(logits)
    return keras.Model([image, labels], logits, name=name)


def _features(image, width, activation):
    """[N, 8 width] of images, before the activation."""
    hidden = image
    for maps, kernel_size in ((width, 5), (2 * width, 3)):
        hidden = Conv2D(
            maps, kernel_size, strides=2, padding="same", kernel_initializer="he_normal"
        )(hidden)
        hidden = activation()(hidden)
    hidden = keras.layers.Flatten()(hidden)
    return keras.layers.Dense(8 * width, kernel_initializer="he_normal")(hidden)


def _leaky_relu():
    return keras.layers.LeakyReLU(0.2)
