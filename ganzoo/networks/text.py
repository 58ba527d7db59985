"""Residual networks for sequences of characters, all positions at once, without recurrence.

The networks of the released code of boundary-seeking GAN (arXiv 1702.08431), after those for
language of Gulrajani et al. 2017 (arXiv 1704.00028): x + residual_scale * h(x), where h is twice
nonlinearity and convolution of width 5, zero beyond both ends; ReLU in the generator, LeakyReLU 0.2
in the critic; Glorot-uniform weights; no bias before a normalization. Gulrajani et al. take 5
blocks of 512 maps, a residual scale of 0.3, no normalization, ReLU in the critic too, no
nonlinearity after the last block, and width 1 in the convolutions from and to the vocabulary.

A sequence is one-hot along its last axis: (length, vocabulary).
"""

import keras

from ganzoo.layers import BatchNormalization, Conv1D


def text_generator(
    data_shape,
    latent_dim,
    width=256,
    blocks=3,
    residual_scale=1.0,
    normalization="batch",
    name="generator",
):
    """Latent [N, latent_dim] to logits [N, length, vocabulary], float32.

    `width` is the number of maps of every layer between. `normalization` is "batch" or None. It
    follows the dense layer, whose units it normalizes one by one, and each convolution but the
    last.

    Raises:
      ValueError: not the shape of a sequence, or another normalization.
    """
    length, vocabulary = _sequence(data_shape)
    if normalization not in ("batch", None):
        raise ValueError(f"normalization={normalization!r}: choose 'batch' or None")

    def normalize(hidden):
        return hidden if normalization is None else BatchNormalization()(hidden)

    latent = keras.Input((latent_dim,), name="latent")
    hidden = keras.layers.Dense(length * width, use_bias=normalization is None)(latent)
    hidden = keras.layers.Reshape((length, width))(normalize(hidden))
    for _ in range(blocks):
        change = hidden
        for _ in range(2):
            change = keras.layers.ReLU()(change)
            change = Conv1D(width, 5, padding="same", use_bias=normalization is None)(change)
            change = normalize(change)
        hidden = _residual(hidden, change, residual_scale)
    hidden = Conv1D(vocabulary, 5, padding="same")(keras.layers.ReLU()(hidden))
    outputs = keras.layers.Activation("linear", dtype="float32")(hidden)
    return keras.Model(latent, outputs, name=name)


def text_critic(
    data_shape,
    width=256,
    blocks=3,
    residual_scale=1.0,
    output_bias=True,
    name="critic",
):
    """Sequences [N, length, vocabulary], one-hot or probabilities, to one score or logit, [N, 1].

    No normalization, so it may stand under a gradient penalty. A Wasserstein loss does not depend
    on the output's bias; `output_bias=False` leaves it out.

    Raises:
      ValueError: not the shape of a sequence.
    """
    sample = keras.Input(_sequence(data_shape), name="sample")
    hidden = Conv1D(width, 5, padding="same")(sample)
    for _ in range(blocks):
        change = hidden
        for _ in range(2):
            change = Conv1D(width, 5, padding="same")(keras.layers.LeakyReLU(0.2)(change))
        hidden = _residual(hidden, change, residual_scale)
    hidden = keras.layers.Flatten()(keras.layers.LeakyReLU(0.2)(hidden))
    outputs = keras.layers.Dense(1, use_bias=output_bias, dtype="float32")(hidden)
    return keras.Model(sample, outputs, name=name)


def _sequence(data_shape):
    if len(data_shape) != 2:
        raise ValueError(
            f"data_shape={tuple(data_shape)} is not a sequence: give (length, vocabulary), or "
            'choose the perceptron with {"architecture": "mlp"}'
        )
    return tuple(data_shape)


def _residual(hidden, change, scale):
    return keras.layers.Add()([hidden, keras.layers.Rescaling(scale)(change)])
