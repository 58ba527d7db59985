import keras
import pytest

import ganzoo
from ganzoo.experiments import multiply_adds


def test_of_the_layers_by_hand():
    inputs = keras.Input((8, 6, 3))
    hidden = keras.layers.Conv2D(4, 5, strides=2, padding="same")(inputs)  # to 4 x 3
    hidden = keras.layers.ReLU()(keras.layers.BatchNormalization()(hidden))
    hidden = keras.layers.Conv2DTranspose(2, 3, strides=2, padding="same")(hidden)  # to 8 x 6
    outputs = keras.layers.Dense(7)(keras.layers.Flatten()(hidden))
    network = keras.Model(inputs, outputs)
    parts = [4 * 3 * 5 * 5 * 3 * 4, 4 * 3 * 3 * 3 * 4 * 2, 96 * 7]
    assert multiply_adds.forward(network) == sum(parts)
    assert multiply_adds.forward_and_backward(network) == 3 * sum(parts) - parts[0]


def test_of_sequences_by_hand():
    inputs = keras.Input((10, 3))
    hidden = keras.layers.Conv1D(4, 5, padding="same")(inputs)
    network = keras.Model(inputs, keras.layers.Dense(2)(hidden))  # at every position
    assert multiply_adds.forward(network) == 10 * 5 * 3 * 4 + 10 * 4 * 2


def test_of_the_released_networks():
    model = ganzoo.create("bgan_discrete", (28, 28, 1), seed=0)
    dense, maps = 64 * 1024 + 1024 * 6272, 49 * 25 * 128 * 64
    assert multiply_adds.forward(model.generator) == dense + maps + 196 * 25 * 64
    assert multiply_adds.forward(model.discriminator) == (196 * 25 * 64 + maps + 6272 * 1024 + 1024)
    assert multiply_adds.forward(model.generator) == pytest.approx(16.8e6, rel=0.01)
