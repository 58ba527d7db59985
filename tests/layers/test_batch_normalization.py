import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import BatchNormalization, held_statistics

SHAPES = {"rank 2": (12, 5), "rank 3": (4, 7, 5), "rank 4": (6, 3, 2, 5)}
# bfloat16 keeps 8 bits: outputs round to 2^-9 of their size, gradients gather several roundings.
TOLERANCES = {"float32": (2e-5, 1e-4), "mixed_bfloat16": (2e-2, 3e-2)}


def inputs(shape, seed=0):
    """Examples whose features have different means and deviations."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=shape) * np.linspace(0.5, 2.0, shape[-1])
    return tf.constant(values + np.linspace(-3.0, 3.0, shape[-1]), tf.float32)


def pair(shape, policy="float32"):
    """This layer and Keras's with the same gains, shifts and moving statistics."""
    layers = [
        BatchNormalization(momentum=0.8, dtype=policy),
        keras.layers.BatchNormalization(momentum=0.8, dtype=policy),
    ]
    rng = np.random.default_rng(1)
    width = shape[-1]
    values = [rng.normal(1, 0.2, width), rng.normal(0, 0.5, width)]
    values += [rng.normal(size=width), rng.uniform(0.5, 2.0, width)]
    for layer in layers:
        layer.build((None, *shape[1:]))
        layer.set_weights(values)
    return layers


@pytest.mark.parametrize("policy", TOLERANCES)
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_equals_the_layer_of_keras(shape, training, policy):
    outputs_tolerance, gradients_tolerance = TOLERANCES[policy]
    x, upstream = inputs(shape), inputs(shape, seed=2)
    results = []
    for layer in pair(shape, policy):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=training)
            loss = tf.reduce_sum(tf.cast(outputs, tf.float32) * upstream)
        gradients = tape.gradient(loss, [x, layer.gamma, layer.beta])
        statistics = [layer.moving_mean, layer.moving_variance]
        assert outputs.dtype == layer.compute_dtype
        results.append([tf.cast(outputs, tf.float32), gradients, [s.numpy() for s in statistics]])
    ours, theirs = results
    np.testing.assert_allclose(ours[0], theirs[0], rtol=outputs_tolerance, atol=outputs_tolerance)
    for gradient, expected in zip(ours[1], theirs[1]):
        scale = np.abs(expected).max()
        np.testing.assert_allclose(gradient, expected, atol=gradients_tolerance * scale)
    for statistic, expected in zip(ours[2], theirs[2]):
        # Keras takes the moments of inputs that were rounded to bfloat16, as this layer does.
        np.testing.assert_allclose(statistic, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_statistics_by_hand(shape):
    layer, _ = pair(shape)
    mean, variance = layer.moving_mean.numpy(), layer.moving_variance.numpy()
    x = inputs(shape)
    axes = tuple(range(len(shape) - 1))
    layer(x, training=True)
    np.testing.assert_allclose(
        layer.moving_mean, 0.8 * mean + 0.2 * np.mean(x, axes), rtol=1e-5, atol=1e-6
    )
    # The biased variance, which the normalization itself uses.
    np.testing.assert_allclose(
        layer.moving_variance, 0.8 * variance + 0.2 * np.var(x, axes), rtol=1e-5
    )


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_held_statistics_stay_and_outputs_are_those_of_training(shape):
    layer, twin = pair(shape)
    before = [layer.moving_mean.numpy(), layer.moving_variance.numpy()]
    with held_statistics():
        held = layer(inputs(shape), training=True)
    np.testing.assert_array_equal(layer.moving_mean, before[0])
    np.testing.assert_array_equal(layer.moving_variance, before[1])
    np.testing.assert_allclose(held, twin(inputs(shape), training=True), rtol=2e-5, atol=2e-5)
    layer(inputs(shape), training=True)
    assert np.all(layer.moving_mean.numpy() != before[0])
    assert np.all(layer.moving_variance.numpy() != before[1])


def test_held_statistics_end_with_the_block_even_after_an_error():
    layer, _ = pair((12, 5))
    before = layer.moving_mean.numpy()
    with pytest.raises(RuntimeError), held_statistics():
        with held_statistics():
            pass
        layer(inputs((12, 5)), training=True)
        np.testing.assert_array_equal(layer.moving_mean, before)
        raise RuntimeError
    layer(inputs((12, 5)), training=True)
    assert np.all(layer.moving_mean.numpy() != before)


def test_held_statistics_reach_a_traced_graph():
    layer, _ = pair((12, 5))
    before = layer.moving_mean.numpy()

    @tf.function
    def turn(x):
        with held_statistics():
            return layer(x, training=True)

    turn(inputs((12, 5)))
    np.testing.assert_array_equal(layer.moving_mean, before)


def test_frozen_layer_normalizes_by_its_moving_statistics():
    layer, _ = pair((12, 5))
    expected = layer(inputs((12, 5)), training=False)
    layer.trainable = False
    np.testing.assert_array_equal(layer(inputs((12, 5)), training=True), expected)


def test_config_round_trip():
    layer = BatchNormalization(momentum=0.7, epsilon=1e-4, scale=False)
    copy = BatchNormalization.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()
    assert BatchNormalization().momentum == 0.9
