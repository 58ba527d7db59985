"""One step of DRAW from the raw weights of its layers."""

import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import AttentiveRead, AttentiveWrite
from ganzoo.networks.draw import draw_decoder, draw_encoder

SHAPE, LATENTS, UNITS = (4, 4, 1), 2, 3


def values(*shape, seed):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def randomized(network):
    for number, weight in enumerate(network.weights):
        weight.assign(0.5 * tf.random.stateless_normal(weight.shape, [number, 1]))
    return network


def weights_of(network, kind):
    """The arrays of the last layer whose class has this name."""
    layers = [layer for layer in network._flatten_layers() if type(layer).__name__ == kind]
    return [np.float64(w) for w in layers[-1].weights]


def lstm(inputs, state, memory, kernel, recurrent, bias):
    """Hochreiter and Schmidhuber 1997 with forget gates; gates in Keras's order i, f, c, o."""
    gates = inputs @ kernel + state @ recurrent + bias
    i, f, c, o = np.split(gates, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
    memory = f * memory + i * np.tanh(c)
    return o * np.tanh(memory), memory


@pytest.mark.parametrize("read_size", [None, 2])
def test_encoder_reads_image_and_error_beside_the_decoders_state(read_size):
    network = randomized(draw_encoder(SHAPE, LATENTS, UNITS, read_size))
    image, error = values(5, *SHAPE, seed=0), values(5, *SHAPE, seed=1)
    decoder_state, state, memory = (values(5, UNITS, seed=s) for s in (2, 3, 4))
    if read_size is None:
        read = np.concatenate([image.reshape(5, -1), error.reshape(5, -1)], axis=1)
    else:
        layer = AttentiveRead(read_size)
        layer.build([image.shape, error.shape, decoder_state.shape])
        layer.set_weights(network.get_layer("read").get_weights())
        read = layer([image, error, decoder_state]).numpy()
    inputs = np.concatenate([read, decoder_state], axis=1)
    new_state, new_memory = lstm(inputs, state, memory, *weights_of(network, "LSTMCell"))
    kernel, bias = weights_of(network, "Dense")
    found = network([image, error, decoder_state, state, memory])
    for one, other in zip(found, (new_state, new_memory, new_state @ kernel + bias)):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("write_size", [None, 2])
def test_decoder_adds_what_it_writes_to_the_canvas(write_size):
    network = randomized(draw_decoder(SHAPE, LATENTS, UNITS, write_size))
    canvas, z = values(5, *SHAPE, seed=0), values(5, LATENTS, seed=1)
    state, memory = values(5, UNITS, seed=2), values(5, UNITS, seed=3)
    new_state, new_memory = lstm(z, state, memory, *weights_of(network, "LSTMCell"))
    if write_size is None:
        kernel, bias = weights_of(network, "Dense")
        written = (new_state @ kernel + bias).reshape(canvas.shape)
    else:
        layer = AttentiveWrite(write_size, SHAPE)
        layer.build(new_state.shape)
        layer.set_weights(network.get_layer("write").get_weights())
        written = layer(new_state.astype("float32")).numpy()
    assert np.abs(written).mean() > 0.01
    found = network([canvas, z, state, memory])
    for one, other in zip(found, (canvas + written, new_state, new_memory)):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
