"""The noise of a prescribed generator."""

import keras

from ganzoo.layers import NoiseScale


def noise_scale(data_shape, name="scale"):
    """Samples [N, *data_shape] to standard deviations of the same shape, alike for all of them."""
    inputs = keras.Input(data_shape)
    return keras.Model(inputs, NoiseScale(dtype="float32", name="noise")(inputs), name=name)
