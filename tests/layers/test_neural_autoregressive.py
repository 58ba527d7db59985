import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import NeuralAutoregressive

SIZE, UNITS = 7, 5


def built(dtype="float32"):
    layer = NeuralAutoregressive(UNITS, dtype=dtype)
    layer.build((None, SIZE))
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def literal_logits(weights, x):
    """One hidden layer of its own for every i, from the formula."""
    input_kernel, hidden_bias, output_kernel, output_bias = weights
    logits = np.zeros(x.shape)
    for n in range(len(x)):
        for i in range(x.shape[1]):
            activation = hidden_bias + sum(input_kernel[j] * x[n, j] for j in range(i))
            logits[n, i] = output_bias[i] + output_kernel[i] @ sigmoid(activation)
    return logits


def bits(count=6):
    return np.random.default_rng(1).integers(0, 2, (count, SIZE)).astype("float32")


@pytest.mark.parametrize("jit_compile", [False, True])
def test_logits_are_those_of_a_literal_loop(jit_compile):
    layer = built()
    logits = tf.function(layer, jit_compile=jit_compile)(bits())
    np.testing.assert_allclose(
        logits, literal_logits(layer.get_weights(), bits()), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_those_of_all_hidden_layers_at_once(jit_compile):
    layer, x = built(), bits()
    variables = layer.trainable_variables
    upstream = tf.constant(np.random.default_rng(2).normal(size=x.shape), tf.float32)

    def at_once(x):
        input_kernel, hidden_bias, output_kernel, output_bias = map(tf.convert_to_tensor, variables)
        sums = tf.cumsum(x[:, :, None] * input_kernel, axis=1, exclusive=True)
        return output_bias + tf.reduce_sum(tf.sigmoid(hidden_bias + sums) * output_kernel, axis=-1)

    @tf.function(jit_compile=jit_compile)
    def gradients(function):
        with tf.GradientTape() as tape:
            logits = function(x)
        return tape.gradient(logits, variables, upstream)

    for one, other in zip(gradients(layer), gradients(at_once)):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_logits_depend_on_the_bits_before_and_on_no_other():
    layer = built()
    x = tf.constant(np.random.default_rng(3).normal(size=SIZE), tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        logits = layer(x[None])[0]
    jacobian = np.asarray(tape.jacobian(logits, x, experimental_use_pfor=False))
    np.testing.assert_array_equal(jacobian != 0, np.tri(SIZE, k=-1, dtype=bool))


def test_samples_are_those_of_a_literal_loop():
    layer = built()
    uniform = np.random.default_rng(4).random((50, SIZE)).astype("float32")
    x = np.zeros((50, SIZE))
    for i in range(SIZE):
        x[:, i] = uniform[:, i] < sigmoid(literal_logits(layer.get_weights(), x)[:, i])
    np.testing.assert_array_equal(layer.sample(tf.constant(uniform)), x)
    np.testing.assert_array_equal(tf.function(layer.sample)(tf.constant(uniform)), x)
    assert 0.1 < x.mean() < 0.9


def test_any_number_of_rows():
    layer = built()
    function = tf.function(layer, input_signature=[tf.TensorSpec([None, SIZE])])
    for count in (1, 4):
        assert function(bits(count)).shape == (count, SIZE)
    assert layer(keras.Input((SIZE,))).shape == (None, SIZE)


def test_configuration_round_trip():
    layer = built()
    copy = NeuralAutoregressive.from_config(layer.get_config())
    copy.build((None, SIZE))
    copy.set_weights(layer.get_weights())
    np.testing.assert_array_equal(copy(bits()), layer(bits()))
