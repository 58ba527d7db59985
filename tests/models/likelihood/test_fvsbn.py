import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models.likelihood.bit_vectors import (
    all_bits,
    chi_square_p_value,
    probabilities,
    randomized,
    trained_on_bars,
)


def model_of(size=8, seed=0, **settings):
    return randomized(ganzoo.create("fvsbn", (size,), seed=seed, **settings))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_probabilities_sum_to_one():
    assert probabilities(model_of().log_prob, 8).sum() == pytest.approx(1, abs=1e-6)


def test_log_prob_by_hand():
    """p(1, 0, 1) of b = (.5, -1, .2), W_12 = 2, W_13 = -1, W_23 = 3 and weights that are masked."""
    model = ganzoo.create("fvsbn", (3,), seed=0)
    kernel = [[9, 2, -1], [9, 9, 3], [9, 9, 9]]
    model.conditionals.set_weights([np.array(kernel), np.array([0.5, -1, 0.2])])
    expected = np.log(sigmoid(0.5)) + np.log(1 - sigmoid(-1 + 2)) + np.log(sigmoid(0.2 - 1))
    log_prob = model.log_prob(np.array([[1, 0, 1]], "float32"))
    np.testing.assert_allclose(log_prob, [expected], rtol=1e-6)


def test_an_image_is_read_row_by_row():
    model = model_of(4)
    image = ganzoo.create("fvsbn", (2, 2, 1), seed=0)
    image.set_weights(model.get_weights())
    x = all_bits(4)
    np.testing.assert_array_equal(image.log_prob(x.reshape(-1, 2, 2, 1)), model.log_prob(x))
    np.testing.assert_array_equal(
        image.generate(9, seed=1), tf.reshape(model.generate(9, seed=1), [9, 2, 2, 1])
    )


def test_samples_follow_the_probabilities():
    model = model_of()
    samples = model.generate(20_000, seed=3)
    expected = probabilities(model.log_prob, 8)
    assert chi_square_p_value(samples, expected) > 0.01
    assert chi_square_p_value(samples, np.roll(expected, 1)) < 1e-6


def test_a_bit_is_one_where_its_draw_is_below_its_probability():
    model = model_of(3)
    latents = np.random.default_rng(5).uniform(-1, 1, (40, 3)).astype("float32")
    uniform, x = (1 + latents) / 2, np.zeros((40, 3), "float32")
    for i in range(3):
        x[:, i] = uniform[:, i] < sigmoid(np.asarray(model.conditionals(x)))[:, i]
    np.testing.assert_array_equal(model(latents), x)


def test_mixed_precision_does_not_round_the_draws():
    """Under bfloat16 both draws would be 1/2."""
    model = ganzoo.create("fvsbn", (2,), seed=0, precision="mixed_bfloat16")
    bits = model(tf.constant([[-1e-4, -1e-4], [1e-4, 1e-4]]))
    np.testing.assert_array_equal(bits, [[1, 1], [0, 0]])
    assert bits.dtype == tf.float32


def test_loss_is_the_negative_log_likelihood_before_the_update():
    model = model_of(4)
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    x = all_bits(4)[3:9]
    expected = -np.mean(model.log_prob(x))
    assert float(model.evaluate(x, verbose=0)) == pytest.approx(expected, rel=1e-5)
    [loss] = model.fit(x, batch_size=6, verbose=0).history["loss"]
    assert loss == pytest.approx(expected, rel=1e-5)
    assert -np.mean(model.log_prob(x)) < expected - 0.05


def test_export_has_the_same_samples_and_log_prob(tmp_path):
    model = model_of(5)
    model.export(tmp_path)
    exported = ganzoo.load(tmp_path)
    x = all_bits(5)
    log_prob = exported.endpoints["log_prob"](image=tf.constant(x))["log_prob"]
    np.testing.assert_allclose(log_prob, model.log_prob(x), rtol=1e-6)
    samples = model.generate(50, seed=2)
    np.testing.assert_array_equal(exported.generate(50, seed=2), samples)
    drawn = exported.endpoints["sample"](num_samples=tf.constant(50), seed=tf.constant(2, tf.int64))
    np.testing.assert_array_equal(drawn["image"], samples)


@pytest.mark.parametrize("seed", range(2))
def test_bars_and_stripes_are_beyond_logistic_regression(seed):
    _, loss = trained_on_bars("fvsbn", seed)
    # The loss is convex: this is its minimum.
    assert loss == pytest.approx(3.580, abs=0.01)
