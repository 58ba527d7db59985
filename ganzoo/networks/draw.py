"""One step of DRAW's two recurrent networks: Gregor et al. 2015, arXiv 1502.04623."""

import math

import keras

from ganzoo.layers import AttentiveRead, AttentiveWrite


def draw_encoder(data_shape, latent_dim, units=256, read_size=2, name="encoder"):
    """Equations 4 and 5, and the parameters of 6.

    [x, error, decoder state, encoder state, encoder memory] to [encoder state, encoder memory,
    parameters]: x and error [n, *data_shape], states and memories [n, units], parameters
    [n, 2 latent_dim], mean and log variance of q(z_t | ...). `read_size` N x N points are read by
    attention; None: all pixels.
    """
    _check_attention("read_size", read_size, data_shape)
    image, error = keras.Input(data_shape, name="image"), keras.Input(data_shape, name="error")
    decoder_state, state, memory = (
        keras.Input((units,), name=f"{of}") for of in ("decoder_state", "state", "memory")
    )
    if read_size is None:
        flat = [keras.layers.Flatten()(values) for values in (image, error)]
        read = keras.layers.Concatenate()(flat)
    else:
        read = AttentiveRead(read_size, name="read")([image, error, decoder_state])
    inputs = keras.layers.Concatenate()([read, decoder_state])
    new_state, new_memory = _lstm(units, inputs, state, memory)
    parameters = keras.layers.Dense(2 * latent_dim, dtype="float32")(new_state)
    return keras.Model(
        [image, error, decoder_state, state, memory], [new_state, new_memory, parameters], name=name
    )


def draw_decoder(data_shape, latent_dim, units=256, write_size=5, name="decoder"):
    """Equations 7 and 8.

    [canvas, z, state, memory] to the same without z: canvas [n, *data_shape], z [n, latent_dim],
    state and memory [n, units]. A patch of `write_size` N x N is written by attention; None: all
    pixels.
    """
    _check_attention("write_size", write_size, data_shape)
    canvas = keras.Input(data_shape, name="canvas", dtype="float32")
    z = keras.Input((latent_dim,), name="z")
    state, memory = keras.Input((units,), name="state"), keras.Input((units,), name="memory")
    new_state, new_memory = _lstm(units, z, state, memory)
    if write_size is None:
        written = keras.layers.Dense(math.prod(data_shape), dtype="float32")(new_state)
        written = keras.layers.Reshape(data_shape, dtype="float32")(written)
    else:
        written = AttentiveWrite(write_size, data_shape, name="write")(new_state)
    new_canvas = keras.layers.Add(dtype="float32")([canvas, written])
    return keras.Model([canvas, z, state, memory], [new_canvas, new_state, new_memory], name=name)


def _lstm(units, inputs, state, memory):
    """The next state and memory."""
    _, (new_state, new_memory) = keras.layers.LSTMCell(units)(inputs, [state, memory])
    return new_state, new_memory


def _check_attention(name, size, data_shape):
    if size is not None and (size < 2 or len(data_shape) != 3):
        raise ValueError(
            f"{name}={size} for data_shape={data_shape}: attention has a grid of at least 2x2 "
            f"points on images (height, width, channels); {name}=None is without attention"
        )
