"""Normalizing flows: invertible networks from data to as many latents.

A flow of images [N, h, w, c] in [0, 1] begins with the logit of alpha + (1 - 2 alpha) x; one of
vectors takes them as they are. The networks inside are ReLU networks with He-normal weights whose
last layer starts at zero, so that every flow starts as the identity (of the logits).
"""

import math

import keras
import numpy as np

from ganzoo.layers import (
    AdditiveCoupling,
    AffineCoupling,
    Conv2D,
    DiagonalScale,
    FactorOut,
    FlattenEvent,
    Flow,
    LogitSquash,
    MaskedAutoregressive,
    MaskedDense,
    Squeeze,
)


def nice_flow(data_shape, couplings=4, units=(1000,) * 5, alpha=0.05, name="flow"):
    """NICE: additive couplings of perceptrons, then a diagonal scale; `Flow` of data [N, *shape].

    Even and odd dimensions take turns to stay. Dinh et al. 2015, arXiv 1410.8516.

    Args:
      couplings: their number; three at least let every dimension act on every other.
      units: widths of the hidden layers of each coupling's perceptron.
      alpha: margin of the logit of images.
    """
    size = math.prod(data_shape)
    steps = _to_vectors(data_shape, alpha)
    for number in range(couplings):
        steps.append(AdditiveCoupling(_perceptron(size, size, units), _parity(size, number)))
    return Flow([*steps, DiagonalScale(size)], data_shape, name=name)


def real_nvp_flow(data_shape, couplings=6, units=(64, 64), alpha=0.05, name="flow"):
    """RealNVP without convolutions: affine couplings of perceptrons; `Flow` of data [N, *shape].

    Arguments as those of `nice_flow`. Dinh et al. 2017, arXiv 1605.08803; even and odd dimensions
    take turns to stay, as in the comparison of Papamakarios et al. 2017, arXiv 1705.07057.
    """
    size = math.prod(data_shape)
    steps = _to_vectors(data_shape, alpha)
    for number in range(couplings):
        steps.append(AffineCoupling(_perceptron(size, 2 * size, units), _parity(size, number)))
    return Flow(steps, data_shape, name=name)


def real_nvp_multiscale_flow(data_shape, scales=2, blocks=2, width=32, alpha=0.05, name="flow"):
    """RealNVP of images: `Flow` of data [N, height, width, channels].

    Dinh et al. 2017, arXiv 1605.08803, section 3.6: each scale but the last has three couplings
    that keep the squares of one color of a checkerboard, the squeeze of 2x2 pixels into channels,
    three couplings that keep half of the channels, and lets half of the channels go; the last scale
    has four checkerboard couplings.

    Args:
      scales: their number; sides must be divisible by 2^(scales - 1).
      blocks: residual blocks of two 3x3 convolutions in each coupling's network.
      width: maps of those convolutions.
      alpha: margin of the logit.
    """
    if len(data_shape) != 3 or any(side % 2 ** (scales - 1) for side in data_shape[:2]):
        raise ValueError(
            f"data_shape={tuple(data_shape)}: a flow of {scales} scales takes images (height, "
            f"width, channels) with sides that are divisible by {2 ** (scales - 1)}; resize or pad "
            'them, or choose {"architecture": "real_nvp"}, which has no convolutions'
        )
    steps = [LogitSquash(alpha), *_scale(tuple(data_shape), scales, blocks, width)]
    return Flow(steps, data_shape, name=name)


def maf_flow(data_shape, layers=5, units=(100,), alpha=1e-6, name="flow"):
    """MAF: `layers` Gaussian MADEs; `Flow` of data [N, *shape].

    The first conditions dimensions in their own order, every further one in the reverse of the
    order before it. Papamakarios et al. 2017, arXiv 1705.07057.

    Args:
      layers: number of MADEs.
      units: widths of their hidden layers.
      alpha: margin of the logit of images.
    """
    size = math.prod(data_shape)
    steps = _to_vectors(data_shape, alpha)
    for number in range(layers):
        steps.append(MaskedAutoregressive(_made(size, units, reverse=number % 2 == 1)))
    return Flow(steps, data_shape, name=name)


def _to_vectors(data_shape, alpha):
    """The first steps of a flow of vectors."""
    squash = [LogitSquash(alpha)] if len(data_shape) == 3 else []
    return squash + [FlattenEvent(data_shape)] if len(data_shape) > 1 else squash


def _parity(size, number):
    """[size]: 1 at even dimensions, or at odd ones."""
    return (np.arange(size) + number + 1) % 2


def _perceptron(inputs, outputs, units):
    vector = keras.Input((inputs,))
    hidden = vector
    for width in units:
        hidden = keras.layers.Dense(width, "relu", kernel_initializer="he_normal")(hidden)
    last = keras.layers.Dense(outputs, kernel_initializer="zeros", dtype="float32")
    return keras.Model(vector, last(hidden))


def _made(size, units, reverse):
    """MADE (Germain et al. 2015, arXiv 1502.03509): mean and log scale of x_i given those before.

    Hidden degrees are spread evenly over 1 to size - 1 rather than drawn.
    """
    order = np.arange(1, size + 1)
    order = order[::-1] if reverse else order
    vector = keras.Input((size,))
    hidden, degrees = vector, order
    for width in units:
        own = np.ceil(np.arange(1, width + 1) * max(1, size - 1) / (width + 1)).astype(int)
        hidden = MaskedDense([degrees], [own], activation="relu", kernel_initializer="he_normal")(
            hidden
        )
        degrees = own
    last = MaskedDense(
        [degrees], [np.tile(order, 2)], strict=True, kernel_initializer="zeros", dtype="float32"
    )
    return keras.Model(vector, last(hidden))


def _scale(shape, scales, blocks, width):
    """Steps from images of `shape` to vectors, through `scales` scales."""
    height, image_width, channels = shape
    squares = np.indices((height, image_width)).sum(axis=0)[..., None]

    def couplings(count, event, masks):
        return [
            AffineCoupling(_residual_network(event, blocks, width), masks[number % 2])
            for number in range(count)
        ]

    checkerboards = squares % 2, 1 - squares % 2
    if scales == 1:
        return [*couplings(4, shape, checkerboards), FlattenEvent(shape)]
    halves = np.repeat([1, 0], 2 * channels), np.repeat([0, 1], 2 * channels)
    kept = (height // 2, image_width // 2, 2 * channels)
    return [
        *couplings(3, shape, checkerboards),
        Squeeze(),
        *couplings(3, (*kept[:2], 4 * channels), halves),
        FactorOut(Flow(_scale(kept, scales - 1, blocks, width), kept)),
    ]


def _residual_network(shape, blocks, width):
    """Images [N, h, w, c] to [N, h, w, 2 c]: He et al. 2016, arXiv 1603.05027, without batch norm.

    Every block starts as the identity, for want of a normalization.
    """
    image = keras.Input(shape)
    hidden = _convolution(width)(image)
    for _ in range(blocks):
        inner = _convolution(width)(keras.layers.ReLU()(hidden))
        inner = _convolution(width, "zeros")(keras.layers.ReLU()(inner))
        hidden = keras.layers.Add()([hidden, inner])
    hidden = keras.layers.ReLU()(hidden)
    last = keras.layers.Conv2D(
        2 * shape[-1], 3, padding="same", kernel_initializer="zeros", dtype="float32"
    )
    return keras.Model(image, last(hidden))


def _convolution(width, initializer="he_normal"):
    return Conv2D(width, 3, padding="same", kernel_initializer=initializer)
