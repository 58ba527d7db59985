import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models.likelihood.bit_vectors import (
    BARS_ENTROPY,
    all_bits,
    chi_square_p_value,
    probabilities,
    randomized,
    trained_on_bars,
)


def model_of(shape=(8,), units=6, seed=0):
    model = ganzoo.create("nade", shape, seed=seed, conditionals={"units": units})
    return randomized(model)


def test_probabilities_sum_to_one():
    assert probabilities(model_of().log_prob, 8).sum() == pytest.approx(1, abs=1e-6)


def test_log_prob_by_hand():
    """Two bits, one hidden unit: p(1, 0)."""
    model = ganzoo.create("nade", (2,), seed=0, conditionals={"units": 1})
    weights = [[[2.0], [9.0]], [-1.0], [[3.0], [-2.0]], [0.5, 0.25]]
    model.conditionals.set_weights([np.array(w) for w in weights])

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    first = sigmoid(0.5 + 3 * sigmoid(-1))
    second = sigmoid(0.25 - 2 * sigmoid(-1 + 2))
    log_prob = model.log_prob(np.array([[1, 0]], "float32"))
    np.testing.assert_allclose(log_prob, [np.log(first) + np.log(1 - second)], rtol=1e-6)


def test_samples_follow_the_probabilities():
    model = model_of()
    samples = model.generate(20_000, seed=3)
    expected = probabilities(model.log_prob, 8)
    assert chi_square_p_value(samples, expected) > 0.01
    assert chi_square_p_value(samples, np.roll(expected, 1)) < 1e-6


def test_images_are_sampled_as_they_are_scored():
    model = model_of((2, 2, 1))
    samples = model.generate(20_000, seed=3)
    assert samples.shape == (20_000, 2, 2, 1)
    expected = probabilities(lambda x: model.log_prob(tf.reshape(x, [-1, 2, 2, 1])), 4)
    assert chi_square_p_value(tf.reshape(samples, [-1, 4]), expected) > 0.01


def test_loss_is_the_negative_log_likelihood_before_the_update():
    model = model_of((4,))
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    x = all_bits(4)[3:9]
    expected = -np.mean(model.log_prob(x))
    assert float(model.evaluate(x, verbose=0)) == pytest.approx(expected, rel=1e-5)
    [loss] = model.fit(x, batch_size=6, verbose=0).history["loss"]
    assert loss == pytest.approx(expected, rel=1e-5)
    assert -np.mean(model.log_prob(x)) < expected - 0.05


def test_export_has_the_same_samples_and_log_prob(tmp_path):
    model = model_of((5,))
    model.export(tmp_path)
    exported = ganzoo.load(tmp_path)
    x = all_bits(5)
    log_prob = exported.endpoints["log_prob"](image=tf.constant(x))["log_prob"]
    np.testing.assert_allclose(log_prob, model.log_prob(x), rtol=1e-6)
    np.testing.assert_array_equal(exported.generate(50, seed=2), model.generate(50, seed=2))


@pytest.mark.parametrize("seed", range(2))
def test_bars_and_stripes(seed):
    _, loss = trained_on_bars("nade", seed, conditionals={"units": 64})
    assert BARS_ENTROPY < loss < 3.40
