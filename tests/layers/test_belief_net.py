import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import RecognitionNet, SigmoidBeliefNet
from ganzoo.stochastic import noise

UNITS, FEATURES = (2, 3), 3


def bit_rows(size):
    """All vectors of bits [2^size, size], float32."""
    return np.array(list(itertools.product([0.0, 1.0], repeat=size)), "float32")


def randomized(layer, seed):
    """The built layer with normal weights of deviation 1."""
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def generative(units=UNITS, features=FEATURES, seed=0):
    layer = SigmoidBeliefNet(units, features)
    layer.build((None, sum(units)))
    return randomized(layer, seed)


def recognition(units=UNITS, features=FEATURES, seed=1):
    layer = RecognitionNet(units)
    layer.build((None, features))
    return randomized(layer, seed)


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def bernoulli(logits, bits):
    """log p(bits), summed over the last axis."""
    return np.sum(bits * logits - np.logaddexp(0, logits), axis=-1)


def parameters(layer, name):
    """Kernel and bias of one dense layer, float64."""
    [dense] = [part for part in (*layer._flatten_layers(),) if part.name == name]
    return [np.asarray(w, "float64") for w in dense.get_weights()]


def test_log_prob_of_p_by_hand():
    layer = generative()
    x, hidden = bit_rows(8)[:, :3], bit_rows(8)[:, 3:]
    h1, h2 = hidden[:, :2], hidden[:, 2:]
    (w1, b1), (w2, b2) = parameters(layer, "below_1"), parameters(layer, "below_2")
    assert w1.shape == (2, 3) and w2.shape == (3, 2)
    expected = bernoulli(np.asarray(layer.prior_logits), h2)
    expected = expected + bernoulli(h2 @ w2 + b2, h1) + bernoulli(h1 @ w1 + b1, x)
    np.testing.assert_allclose(layer.log_prob(x, hidden), expected, rtol=1e-5)
    np.testing.assert_allclose(layer.visible_logits(hidden), h1 @ w1 + b1, rtol=1e-5, atol=1e-6)


def test_log_prob_of_q_by_hand():
    layer = recognition()
    x, hidden = bit_rows(8)[:, :3], bit_rows(8)[:, 3:]
    h1, h2 = hidden[:, :2], hidden[:, 2:]
    (w1, b1), (w2, b2) = parameters(layer, "above_1"), parameters(layer, "above_2")
    assert w1.shape == (3, 2) and w2.shape == (2, 3)
    expected = bernoulli(x @ w1 + b1, h1) + bernoulli(h1 @ w2 + b2, h2)
    np.testing.assert_allclose(layer.log_prob(x, hidden), expected, rtol=1e-5)
    np.testing.assert_allclose(layer(x), sigmoid(x @ w1 + b1), rtol=1e-5)


@pytest.mark.parametrize("units", [(4,), (2, 3), (2, 1, 2)])
def test_both_are_normalized(units):
    p, q, hidden = generative(units), recognition(units), bit_rows(sum(units))
    x = bit_rows(FEATURES)
    joint = p.log_prob(x, hidden[:, None])  # [2^H, 2^D]
    assert joint.shape == (2 ** sum(units), 2**FEATURES)
    assert np.exp(joint).sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(np.exp(q.log_prob(x, hidden[:, None])).sum(0), 1, atol=1e-5)


@pytest.mark.parametrize("units", [(3,), (2, 2)])
def test_samples_of_p_have_its_probabilities(units):
    layer, count = generative(units), 100_000
    x, hidden = layer.sample(noise.uniform([count, FEATURES + sum(units)], [0, 1]))
    rows = bit_rows(FEATURES + sum(units))
    probabilities = np.exp(layer.log_prob(rows[:, :FEATURES], rows[:, FEATURES:]))
    assert_frequencies(np.concatenate([x, hidden], axis=1), probabilities)


@pytest.mark.parametrize("units", [(3,), (2, 2)])
def test_samples_of_q_have_its_probabilities(units):
    layer, count, rows = recognition(units), 100_000, bit_rows(sum(units))
    x = np.float32([1, 0, 1])
    samples = layer.sample(x[None], noise.uniform([count, 1, sum(units)], [0, 2]))[:, 0]
    assert_frequencies(samples, np.exp(layer.log_prob(np.tile(x, (len(rows), 1)), rows)))


def assert_frequencies(samples, probabilities):
    """Each within 4 standard errors of its probability."""
    samples = np.asarray(samples)
    numbers = (samples @ 2.0 ** np.arange(samples.shape[1])[::-1]).astype(int)
    frequencies = np.bincount(numbers, minlength=len(probabilities)) / len(samples)
    errors = np.sqrt(probabilities * (1 - probabilities) / len(samples))
    assert np.all(np.abs(frequencies - probabilities) < 4.5 * errors + 1e-5)


def test_a_call_takes_latents_for_the_uniform_draws():
    layer = generative()
    latents = tf.random.stateless_uniform([50, 5], [0, 3], -1, 1)
    hidden = layer.sample_hidden(0.5 + 0.5 * latents)
    assert set(np.unique(hidden)) == {0.0, 1.0}
    np.testing.assert_allclose(layer(latents), layer.visible_logits(hidden), rtol=1e-6)


def test_samples_of_each_example_are_rows_of_their_own():
    """K samples at once are K calls with one each."""
    q, x = recognition(), bit_rows(3)
    uniform = noise.uniform([4, 8, 5], [0, 4])
    hidden = q.sample(x, uniform)
    log_prob = q.log_prob(x, hidden)
    for k in range(4):
        np.testing.assert_array_equal(hidden[k], q.sample(x, uniform[k]))
        np.testing.assert_allclose(log_prob[k], q.log_prob(x, hidden[k]), rtol=1e-5, atol=1e-6)


def test_most_probable_bits_layer_by_layer():
    q, x = recognition(), bit_rows(3)
    (w1, b1), (w2, b2) = parameters(q, "above_1"), parameters(q, "above_2")
    h1 = x @ w1 + b1 > 0
    h2 = h1 @ w2 + b2 > 0
    np.testing.assert_array_equal(q.most_probable(x), np.concatenate([h1, h2], axis=1))


def test_samples_are_constants():
    p, q = generative(), recognition()
    with tf.GradientTape() as tape:
        x, hidden = p.sample(noise.uniform([5, 8], [0, 5]))
        total = tf.reduce_sum(x) + tf.reduce_sum(hidden) + tf.reduce_sum(q.sample(x, hidden))
    gradients = tape.gradient(total, [*p.trainable_variables, *q.trainable_variables])
    assert gradients == [None] * 9


def test_images_are_vectors():
    layer = RecognitionNet(UNITS)
    layer.build((None, 3, 1, 1))
    flat = recognition()
    layer.set_weights(flat.get_weights())
    x, hidden = bit_rows(3), bit_rows(5)[:8]
    np.testing.assert_array_equal(
        layer.log_prob(x[..., None, None], hidden), flat.log_prob(x, hidden)
    )
    np.testing.assert_array_equal(
        generative().log_prob(x[..., None, None], hidden), generative().log_prob(x, hidden)
    )


@pytest.mark.parametrize("layer", [generative(), recognition()], ids=["p", "q"])
def test_a_restored_layer_is_built(layer):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert [w.shape for w in copy.weights] == [w.shape for w in layer.weights]
    assert copy.get_config() == layer.get_config()
