"""Discriminators with more than a score: of classes (AC-GAN) and of codes (InfoGAN).

The further heads read the features that enter the layer of the score.
"""

import keras

from ganzoo.layers import BatchNormalization
from ganzoo.networks.dcgan import dcgan_critic
from ganzoo.networks.mlp import hidden_layers, mlp_critic


def dcgan_classifying_critic(data_shape, num_classes, width=64, name="critic"):
    """Images [N, height, width, channels] to [score [N, 1], class logits [N, num_classes]].

    `dcgan_critic` with batch normalization and a second dense output.
    """
    return _with_classes(dcgan_critic(data_shape, width=width), num_classes, name)


def mlp_classifying_critic(
    data_shape, num_classes, units=(128, 128), activation="relu", name="critic"
):
    """Samples [N, *data_shape] to [score [N, 1], class logits [N, num_classes]].

    `mlp_critic` with a second dense output.
    """
    critic = mlp_critic(data_shape, units=units, activation=activation)
    return _with_classes(critic, num_classes, name)


def dcgan_coding_critic(
    data_shape,
    categories=10,
    uniform_codes=2,
    width=64,
    dense_units=1024,
    head_units=128,
    name="critic",
):
    """Images to [score [N, 1], category logits [N, categories], code means [N, uniform_codes]].

    `dcgan_critic` with batch normalization and a hidden dense layer of `dense_units`. On that layer
    stand the score and the head of the codes: a dense layer of `head_units` with batch
    normalization and LeakyReLU 0.2, and the two outputs. InfoGAN's MNIST network (arXiv 1606.03657,
    appendix C.1) with 5x5 kernels instead of 4x4.
    """
    critic = dcgan_critic(data_shape, width=width, dense_units=dense_units)
    hidden = keras.layers.Dense(head_units, use_bias=False)(_features(critic))
    hidden = keras.layers.LeakyReLU(0.2)(BatchNormalization()(hidden))
    return _with_codes(critic, hidden, categories, uniform_codes, name)


def mlp_coding_critic(
    data_shape,
    categories=10,
    uniform_codes=2,
    units=(128, 128),
    head_units=(128,),
    activation="relu",
    name="critic",
):
    """Samples to [score [N, 1], category logits [N, categories], code means [N, uniform_codes]].

    `mlp_critic`; on its last hidden layer stand the score and the head of the codes, hidden layers
    of `head_units` and the two outputs. No normalization.
    """
    critic = mlp_critic(data_shape, units=units, activation=activation)
    hidden = hidden_layers(_features(critic), head_units, activation)
    return _with_codes(critic, hidden, categories, uniform_codes, name)


def _features(critic):
    """What enters the layer of the score, [N, F]."""
    return critic.layers[-1].input


def _with_classes(critic, num_classes, name):
    logits = keras.layers.Dense(num_classes, dtype="float32", name="classes")(_features(critic))
    return keras.Model(critic.input, [critic.output, logits], name=name)


def _with_codes(critic, hidden, categories, uniform_codes, name):
    logits = keras.layers.Dense(categories, dtype="float32", name="category")(hidden)
    means = keras.layers.Dense(uniform_codes, dtype="float32", name="uniform")(hidden)
    return keras.Model(critic.input, [critic.output, logits, means], name=name)
