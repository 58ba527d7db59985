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
    """Outputs and gradients of our layer and of Keras's, with the same weights."""
    rng = np.random.default_rng(0)
    inputs = tf.constant(rng.normal(size=(3, *SHAPES[kind])), tf.float32)
    layers = [layer(6, 5, dtype=dtype, activation=activation, **SETTINGS) for layer in PAIRS[kind]]
    for layer in layers:
        layer.build(inputs.shape)
    layers[0].set_weights(layers[1].get_weights())
    upstream = rng.normal(size=layers[0](inputs).shape)
    upstream = tf.constant(upstream, layers[0].compute_dtype)
    return [outputs_and_gradients(layer, inputs, upstream) for layer in layers]


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("activation", [None, "tanh"])
def test_float32_is_keras_s(kind, activation):
    for ours, theirs in zip(*compared(kind, "float32", activation)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("has_units", [True, False])
def test_bfloat16_is_keras_s_up_to_its_last_digits(kind, has_units, monkeypatch):
    monkeypatch.setattr(convolution, "has_bfloat16_units", lambda: has_units)
    ours, theirs = compared(kind, "mixed_bfloat16")
    assert ours[0].dtype == tf.bfloat16
    for one, other in zip(ours, theirs):
        assert one.dtype == other.dtype
        one, other = tf.cast(one, tf.float32).numpy(), tf.cast(other, tf.float32).numpy()
        np.testing.assert_allclose(one, other, rtol=2**-6, atol=2**-6 * np.abs(other).max())


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
