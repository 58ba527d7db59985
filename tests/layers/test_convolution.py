import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import Conv1D, Conv2D, Conv2DTranspose, convolution

PAIRS = {
    "sequences": (Conv1D, keras.layers.Conv1D),
    "convolution": (Conv2D, keras.layers.Conv2D),
    "transposed": (Conv2DTranspose, keras.layers.Conv2DTranspose),
}
SHAPES = {"sequences": (8, 4), "convolution": (8, 8, 4), "transposed": (8, 8, 4)}
SETTINGS = {"strides": 2, "padding": "same", "bias_initializer": "normal"}


def outputs_and_gradients(layer, inputs, upstream):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
    variables = [inputs, *layer.trainable_variables]
    return outputs, *tape.gradient(outputs, variables, upstream)


def compared(kind, dtype, activation=None):
    """Outputs and gradients of our layer, of Keras's, and of Keras's in float32.

    All compute with the same numbers, rounded to those that the precision has.
    """
    rng = np.random.default_rng(0)
    inputs = tf.constant(rng.normal(size=(3, *SHAPES[kind])), tf.float32)
    ours, theirs = PAIRS[kind]
    layers = [
        layer(6, 5, dtype=policy, activation=activation, **SETTINGS)
        for layer, policy in ((ours, dtype), (theirs, dtype), (theirs, "float32"))
    ]
    for layer in layers:
        layer.build(inputs.shape)
        layer.set_weights([rounded(w, dtype) for w in layers[0].get_weights()])
    upstream = rounded(rng.normal(size=layers[0](inputs).shape), dtype)
    return [
        outputs_and_gradients(layer, rounded(inputs, dtype), tf.cast(upstream, layer.compute_dtype))
        for layer in layers
    ]


def rounded(values, dtype):
    """float32 numbers that the precision has."""
    to = tf.bfloat16 if dtype == "mixed_bfloat16" else tf.float32
    return tf.cast(tf.cast(values, to), tf.float32)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("activation", [None, "tanh"])
def test_float32_is_keras_s(kind, activation):
    for ours, theirs, _ in zip(*compared(kind, "float32", activation)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("has_units", [True, False])
def test_bfloat16_is_keras_s_or_better_by_its_last_digit(kind, has_units, monkeypatch):
    """Keras's transposed convolution sums in bfloat16 on processors that do not multiply it."""
    monkeypatch.setattr(convolution, "has_bfloat16_units", lambda: has_units)
    ours, theirs, exact = compared(kind, "mixed_bfloat16")
    assert ours[0].dtype == tf.bfloat16
    for one, other, truth in zip(ours, theirs, exact):
        assert one.dtype == other.dtype
        error, usual = (
            np.abs(tf.cast(values, tf.float32) - truth).max() for values in (one, other)
        )
        size = np.abs(truth).max()
        assert usual < 0.05 * size and error <= usual + 2**-8 * size


@pytest.mark.parametrize("kind", PAIRS)
def test_products_are_float32_only_without_units(kind, monkeypatch):
    def types_of_products(has_units):
        monkeypatch.setattr(convolution, "has_bfloat16_units", lambda: has_units)
        layer = PAIRS[kind][0](2, 3, dtype="mixed_bfloat16", **SETTINGS)
        layer.build((1, *SHAPES[kind]))
        graph = tf.function(layer).get_concrete_function(tf.zeros([1, *SHAPES[kind]])).graph
        products = [op for op in graph.get_operations() if op.type.startswith("Conv2D")]
        return {product.outputs[0].dtype for product in products}

    assert types_of_products(True) == {tf.bfloat16}
    assert types_of_products(False) == {tf.float32}


@pytest.mark.parametrize("kind", PAIRS)
def test_configuration_round_trip(kind):
    layer = PAIRS[kind][0](3, 5, **SETTINGS)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
