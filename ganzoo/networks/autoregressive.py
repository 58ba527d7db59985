"""Bits to the logits of their conditionals p(x_i = 1 | x_<i), for fully visible belief nets.

All take samples [N, *data_shape], flatten them in row-major order and return logits [N,
*data_shape]; the layer between is called "conditionals".
"""

import math

import keras
import numpy as np

from ganzoo.layers import MaskedAutoencoder, MaskedDense, NeuralAutoregressive


def fvsbn(data_shape, name="conditionals"):
    """Logistic regression of every bit on those before it, b_i + sum_{j<i} W_ji x_j.

    Zero weights at the start: the likelihood is concave in them.
    """
    order = np.arange(1, math.prod(data_shape) + 1)[None]
    layer = MaskedDense(
        order,
        order,
        strict=True,
        kernel_initializer="zeros",
        dtype="float32",
        name="conditionals",
    )
    return _flattened(layer, data_shape, name)


def nade(data_shape, units=500, name="conditionals"):
    """NADE with `units` hidden units, weights shared by all conditionals."""
    layer = NeuralAutoregressive(units, dtype="float32", name="conditionals")
    return _flattened(layer, data_shape, name)


def made(
    data_shape,
    units=(1000, 1000),
    num_masks=32,
    random_order=True,
    mask_seed=0,
    direct_connection=True,
    activation="relu",
    initializer="orthogonal",
    name="conditionals",
):
    """A masked autoencoder, hidden layers of `units` units.

    For every mask the degrees of a hidden layer are uniform draws from the lowest degree of the
    layer before it to D - 1. `random_order` draws the order of the bits too, else they keep their
    own. Masks are functions of `mask_seed`, not of the weights' seed.
    """
    size = math.prod(data_shape)
    rng = np.random.default_rng(mask_seed)
    orders, hidden_degrees = [], [[] for _ in units]
    for _ in range(num_masks):
        order = np.arange(1, size + 1)
        orders.append(rng.permutation(order) if random_order else order)
        lowest = 1
        for degrees, width in zip(hidden_degrees, units):
            degrees.append(rng.integers(lowest, max(size - 1, 1), width, endpoint=True))
            lowest = degrees[-1].min()
    layer = MaskedAutoencoder(
        orders,
        hidden_degrees,
        direct_connection=direct_connection,
        hidden_activation=activation,
        kernel_initializer=initializer,
        name="conditionals",
    )
    return _flattened(layer, data_shape, name)


def _flattened(layer, data_shape, name):
    inputs = keras.Input(data_shape, name="sample")
    logits = layer(keras.layers.Flatten()(inputs))
    logits = keras.layers.Reshape(data_shape, dtype="float32")(logits)
    return keras.Model(inputs, logits, name=name)
