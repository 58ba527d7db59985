"""Multilayer perceptrons for vectors, and for images that are treated as vectors."""

import math

import keras

from ganzoo.layers import (
    ConcatenateLabel,
    DiffAugment,
    MinibatchDiscrimination,
    SpectralNormalization,
)


def mlp_generator(
    data_shape,
    latent_dim,
    num_classes=None,
    units=(128, 128, 128),
    activation="relu",
    output_activation=None,
    output_initializer="he_normal",
    name="generator",
):
    """Latent [N, latent_dim] (and label [N]) to samples [N, *data_shape].

    `units` gives the widths of the hidden layers. He-normal weights; those of the output are drawn
    by `output_initializer`. `output_activation` is "tanh" for images in [-1, 1], "sigmoid" for
    [0, 1], None for unbounded vectors.
    """
    inputs, hidden = _inputs("latent", (latent_dim,), num_classes)
    hidden = hidden_layers(hidden, units, activation)
    outputs = samples(hidden, data_shape, output_activation, output_initializer)
    return keras.Model(inputs, outputs, name=name)


def mlp_critic(
    data_shape,
    num_classes=None,
    units=(128, 128),
    activation="relu",
    normalization=None,
    output_bias=True,
    output_units=1,
    minibatch_kernels=None,
    augmentation=(),
    name="critic",
):
    """Samples [N, *data_shape] (and label [N]) to one unbounded score or logit each, [N, 1].

    `units` gives the widths of the hidden layers. He-normal weights, no normalization of
    activations, so it may stand under a gradient penalty; `normalization` is "spectral" (of the
    weights of every layer) or None. A Wasserstein loss does not depend on the output's bias;
    `output_bias=False` leaves it out. `output_units` features take the place of the score where a
    loss compares features. `minibatch_kernels` appends so many features of minibatch discrimination
    before the output, `augmentation` is the policy of `DiffAugment` for images.
    """
    if normalization not in ("spectral", None):
        raise ValueError(f"normalization={normalization!r}: choose 'spectral' or None")
    normalized_weights = SpectralNormalization if normalization else lambda layer: layer
    inputs, hidden = _inputs("sample", data_shape, num_classes, augmentation)
    for width in units:
        dense = keras.layers.Dense(width, activation, kernel_initializer="he_normal")
        hidden = normalized_weights(dense)(hidden)
    if minibatch_kernels:
        hidden = MinibatchDiscrimination(minibatch_kernels)(hidden)
    output = keras.layers.Dense(
        output_units, use_bias=output_bias, kernel_initializer="he_normal", dtype="float32"
    )
    outputs = normalized_weights(output)(hidden)
    return keras.Model(inputs, outputs, name=name)


def mlp_encoder(
    data_shape,
    latent_dim,
    num_classes=None,
    units=(500, 500),
    activation="relu",
    output_initializer="glorot_uniform",
    name="encoder",
):
    """Samples [N, *data_shape] (and label [N]) to mean and log variance of q(z|x): [N, 2 d]."""
    inputs, hidden = _inputs("sample", data_shape, num_classes)
    hidden = hidden_layers(hidden, units, activation)
    outputs = keras.layers.Dense(
        2 * latent_dim, kernel_initializer=output_initializer, dtype="float32"
    )(hidden)
    return keras.Model(inputs, outputs, name=name)


def mlp_reconstructing_critic(
    data_shape, code_dim=2, units=(64,), activation="relu", name="critic"
):
    """Samples [N, *data_shape] to [reconstructions [N, *data_shape], linear codes [N, code_dim]].

    `units` gives the widths of the encoder's hidden layers; the decoder has them in reverse order.
    He-normal weights; reconstructions are unbounded.
    """
    inputs, hidden = _inputs("sample", data_shape, None)
    hidden = hidden_layers(hidden, units, activation)
    code = keras.layers.Dense(code_dim, kernel_initializer="he_normal", dtype="float32")(hidden)
    hidden = hidden_layers(code, units[::-1], activation)
    return keras.Model(inputs, [samples(hidden, data_shape), code], name=name)


def mlp_classifier(data_shape, num_classes, units=(500,), activation="softplus", name="classifier"):
    """Samples [N, *data_shape] to the logits of their classes [N, num_classes]."""
    inputs, hidden = _inputs("sample", data_shape, None)
    hidden = hidden_layers(hidden, units, activation)
    outputs = keras.layers.Dense(num_classes, dtype="float32")(hidden)
    return keras.Model(inputs, outputs, name=name)


def label_prior(latent_dim, num_classes, units=(), activation="relu", name="prior"):
    """Labels [N] to mean and log variance of p(z|y): [N, 2 latent_dim].

    Without hidden `units` a row of weights for each class, which is any Gaussian for each of them.
    """
    label = keras.Input((), dtype="int32", name="label")
    hidden = hidden_layers(keras.ops.one_hot(label, num_classes), units, activation)
    outputs = keras.layers.Dense(2 * latent_dim, dtype="float32")(hidden)
    return keras.Model(label, outputs, name=name)


def _inputs(name, shape, num_classes, augmentation=()):
    inputs = keras.Input(shape, name=name)
    features = DiffAugment(augmentation)(inputs) if augmentation else inputs
    features = keras.layers.Flatten()(features) if len(shape) > 1 else features
    if num_classes is None:
        return inputs, features
    label = keras.Input((), dtype="int32", name="label")
    return [inputs, label], ConcatenateLabel(num_classes)([features, label])


def samples(hidden, data_shape, output_activation=None, initializer="he_normal"):
    """Samples [N, *data_shape], float32, of the last hidden layer [N, F]."""
    outputs = keras.layers.Dense(math.prod(data_shape), kernel_initializer=initializer)(hidden)
    outputs = keras.layers.Activation(output_activation or "linear", dtype="float32")(outputs)
    return keras.layers.Reshape(data_shape, dtype="float32")(outputs)


def hidden_layers(hidden, units, activation):
    """Dense layers of these widths on [N, F]; He-normal weights."""
    for width in units:
        hidden = keras.layers.Dense(width, activation, kernel_initializer="he_normal")(hidden)
    return hidden
