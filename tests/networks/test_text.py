import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import BatchNormalization, Conv1D, held_statistics
from ganzoo.networks import text_critic, text_generator


def shapes(network):
    """Shapes of the trainable weights, in order."""
    return [tuple(w.shape) for w in network.trainable_variables]


def perturbed(network):
    """`network` with every weight moved at random, biases included."""
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(0, 0.3, w.shape) for w in network.get_weights()])
    return network


def convolve(x, kernel, bias):
    """[L, C] with a kernel [5, C, D], by its definition: zeros beyond the ends, centered."""
    padded = np.pad(x, ((2, 2), (0, 0)))
    return np.stack([np.einsum("kc,kcd->d", padded[i : i + 5], kernel) for i in range(len(x))]) + (
        bias
    )


def leaky(x, slope):
    return np.where(x > 0, x, slope * x)


def residual_blocks(x, weights, slope, scale):
    """`weights` holds kernel and bias of both convolutions of every block."""
    for block in range(len(weights) // 4):
        first, first_bias, second, second_bias = weights[4 * block : 4 * block + 4]
        change = convolve(leaky(x, slope), first, first_bias)
        x = x + scale * convolve(leaky(change, slope), second, second_bias)
    return x


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_generator_by_its_definition(scale):
    generator = perturbed(
        text_generator((6, 4), 3, width=5, blocks=2, residual_scale=scale, normalization=None)
    )
    dense, dense_bias, *middle, last, last_bias = generator.get_weights()
    latent = np.random.default_rng(1).normal(size=(1, 3)).astype("float32")
    hidden = (latent @ dense + dense_bias).reshape(6, 5)
    hidden = residual_blocks(hidden, middle, 0.0, scale)
    expected = convolve(leaky(hidden, 0.0), last, last_bias)
    np.testing.assert_allclose(generator(latent)[0], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_critic_by_its_definition(scale):
    critic = perturbed(text_critic((6, 4), width=5, blocks=2, residual_scale=scale))
    first, first_bias, *middle, dense, dense_bias = critic.get_weights()
    sample = np.eye(4, dtype="float32")[[0, 3, 1, 1, 2, 0]]
    hidden = residual_blocks(convolve(sample, first, first_bias), middle, 0.2, scale)
    expected = leaky(hidden, 0.2).reshape(1, 30) @ dense + dense_bias
    np.testing.assert_allclose(critic(sample[None]), expected, rtol=1e-4, atol=1e-5)


def test_weights_of_the_released_networks():
    # Latents of 100, length 32, 192 symbols, three blocks of 256 maps.
    generator = text_generator((32, 192), 100)
    critic = text_critic((32, 192))
    normalized = [(5, 256, 256), (256,), (256,)]
    assert shapes(generator) == [
        *[(100, 32 * 256), (32 * 256,), (32 * 256,)],
        *normalized * 6,
        *[(5, 256, 192), (192,)],
    ]
    assert shapes(critic) == [
        *[(5, 192, 256), (256,)],
        *[(5, 256, 256), (256,)] * 6,
        *[(32 * 256, 1), (1,)],
    ]
    assert generator.output.shape == critic.input.shape == (None, 32, 192)
    assert critic.output.shape == (None, 1)


def test_normalized_values_enter_every_rectifier():
    generator = text_generator((6, 4), 3, width=5, blocks=1)
    layers = [layer for layer in generator.layers if layer.weights]
    kinds = [keras.layers.Dense, BatchNormalization, *[Conv1D, BatchNormalization] * 2, Conv1D]
    assert [type(layer) for layer in layers] == kinds
    assert [layer.use_bias for layer in layers[::2]] == [False, False, False, True]
    generator.set_weights(perturbed(generator).get_weights())
    for layer in layers[1::2]:
        layer.gamma.assign(tf.ones_like(layer.gamma))
        layer.beta.assign(tf.zeros_like(layer.beta))
    latents = 10 * tf.random.stateless_normal([64, 3], [0, 0])
    inside = keras.Model(generator.input, [layer.output for layer in layers[1::2]])
    dense, first, second = inside(latents, training=True)
    # By unit after the dense layer, by map after a convolution.
    for values, axes in ((dense, 0), (first, (0, 1)), (second, (0, 1))):
        np.testing.assert_allclose(np.mean(values, axes), 0, atol=1e-4)
        np.testing.assert_allclose(np.var(values, axes), 1, atol=0.02)


def test_statistics_are_held_in_the_opponent_s_update():
    generator = text_generator((6, 4), 3, width=5, blocks=1)
    before = generator.get_weights()
    with held_statistics():
        generator(tf.ones([4, 3]), training=True)
    for one, other in zip(before, generator.get_weights()):
        np.testing.assert_array_equal(one, other)
    generator(tf.ones([4, 3]), training=True)
    assert any(np.any(a != b) for a, b in zip(before, generator.get_weights()))


def test_critic_has_no_batch_statistics():
    critic = text_critic((6, 4), width=5)
    samples = tf.random.stateless_uniform([4, 6, 4], [0, 0])
    together = critic(samples, training=True)
    alone = tf.concat([critic(samples[i : i + 1], training=True) for i in range(4)], axis=0)
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_logits_and_scores_are_float32_under_bfloat16():
    exact = text_generator((6, 4), 3, width=5), text_critic((6, 4), width=5)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        rounded = text_generator((6, 4), 3, width=5), text_critic((6, 4), width=5)
    finally:
        keras.config.set_dtype_policy("float32")
    inputs = [tf.random.stateless_normal(shape, [0, 0]) for shape in ([8, 3], [8, 6, 4])]
    for one, other, values in zip(exact, rounded, inputs):
        other.set_weights(one.get_weights())
        with tf.GradientTape() as tape:
            outputs = other(values, training=True)
        assert outputs.dtype == tf.float32
        assert other.layers[1].compute_dtype == "bfloat16"
        expected = one(values, training=True)
        np.testing.assert_allclose(outputs, expected, atol=0.05 * np.abs(expected).max())
        for gradient in tape.gradient(outputs, other.trainable_variables):
            assert gradient.dtype == tf.float32
            assert np.isfinite(gradient).all()


def test_configuration_round_trip():
    for network in (
        text_generator((6, 4), 3, width=5, residual_scale=0.3),
        text_critic((6, 4), width=5, residual_scale=0.3),
    ):
        inputs = tf.random.stateless_normal([2, *network.input.shape[1:]], [0, 0])
        stored = keras.saving.serialize_keras_object(network)
        again = keras.saving.deserialize_keras_object(stored)
        again.set_weights(network.get_weights())
        np.testing.assert_array_equal(again(inputs), network(inputs))


def test_wrong_arguments():
    for shape in ((28, 28, 1), (6,)):
        with pytest.raises(ValueError, match=r"not a sequence: give \(length, vocabulary\)"):
            text_generator(shape, 3)
        with pytest.raises(ValueError, match=r"not a sequence: give \(length, vocabulary\)"):
            text_critic(shape)
    with pytest.raises(ValueError, match="normalization='layer'"):
        text_generator((6, 4), 3, normalization="layer")


def test_output_bias_may_be_left_out():
    with_bias, without = (text_critic((6, 4), width=5, output_bias=b) for b in (True, False))
    assert shapes(without) == shapes(with_bias)[:-1]
