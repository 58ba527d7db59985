import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import ConditionalBatchNormalization, held_statistics

LABEL = np.array([0, 2, 1, 1, 0, 2])
SHAPES = {"vectors": (6, 4), "images": (6, 3, 2, 4)}


def features(shape, seed=0):
    return np.random.default_rng(seed).normal(1.0, 2.0, shape).astype("float32")


def layer_for(shape, policy="float32"):
    """A layer of 3 classes with gains and shifts that differ."""
    layer = ConditionalBatchNormalization(3, dtype=policy)
    layer.build([shape, (None,)])
    rng = np.random.default_rng(1)
    layer.gamma.assign(rng.normal(1.0, 0.5, (3, 4)))
    layer.beta.assign(rng.normal(0.0, 0.5, (3, 4)))
    return layer


def expected(layer, x, mean, variance):
    """Gains and shifts of each example's class on its normalized features, by a loop."""
    rows = [
        gamma * (row - mean) / np.sqrt(variance + 1e-3) + beta
        for row, gamma, beta in zip(x, layer.gamma.numpy()[LABEL], layer.beta.numpy()[LABEL])
    ]
    return np.stack(rows)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_moments_are_those_of_the_whole_batch(shape):
    layer, x = layer_for(shape), features(shape)
    axes = tuple(range(len(shape) - 1))
    outputs = layer([x, LABEL], training=True)
    np.testing.assert_allclose(outputs, expected(layer, x, x.mean(axes), x.var(axes)), atol=1e-5)
    moving_mean = layer.normalization.moving_mean
    np.testing.assert_allclose(moving_mean, 0.1 * x.mean(axes), atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_inference_uses_the_moving_moments(shape):
    layer, x = layer_for(shape), features(shape)
    layer([x, LABEL], training=True)
    mean, variance = layer.normalization.moving_mean, layer.normalization.moving_variance
    outputs = layer([x, LABEL])
    np.testing.assert_allclose(outputs, expected(layer, x, mean, variance), rtol=1e-5, atol=1e-5)


def test_starts_as_batch_normalization():
    layer = ConditionalBatchNormalization(3)
    outputs = layer([features((6, 4)), LABEL], training=True).numpy()
    np.testing.assert_allclose(outputs.mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(outputs.std(axis=0), 1.0, atol=1e-3)


def test_a_class_moves_only_its_own_gain_and_shift():
    layer = layer_for((6, 4))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer([features((6, 4)), np.array([0, 2, 0, 2, 2, 0])]))
    for gradient in tape.gradient(loss, [layer.gamma, layer.beta]):
        assert np.all(gradient.numpy()[1] == 0)
        assert np.all(np.abs(gradient.numpy()[[0, 2]]) > 0)


def test_the_opponents_turn_keeps_the_moving_moments():
    layer = layer_for((6, 4))
    before = layer.get_weights()
    with held_statistics():
        layer([features((6, 4)), LABEL], training=True)
    for weight, other in zip(before, layer.get_weights()):
        np.testing.assert_array_equal(weight, other)


def test_bfloat16_is_near_float32():
    x = features((6, 4))
    exact = layer_for((6, 4))([x, LABEL], training=True)
    rounded = layer_for((6, 4), "mixed_bfloat16")([x, LABEL], training=True)
    assert rounded.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(rounded, tf.float32), exact, atol=0.05)


def test_a_model_file_keeps_it(tmp_path):
    x, label = keras.Input((4,)), keras.Input((), dtype="int32")
    model = keras.Model([x, label], ConditionalBatchNormalization(3)([x, label]))
    model([features((6, 4)), LABEL], training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for weight, other in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(weight, other)
    assert len(loaded.weights) == 4
