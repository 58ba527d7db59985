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


def model_of(shape=(8,), num_masks=3, units=(24, 24), seed=0, **settings):
    model = ganzoo.create(
        "made", shape, seed=seed, conditionals={"units": units, "num_masks": num_masks}, **settings
    )
    return randomized(model)


def orders(network):
    return network.get_layer("conditionals").orders


def log_probs_of_masks(model, x, num_masks=3):
    """[M, N], float64."""
    rows = [model.log_prob_of_mask(model.conditionals, x, m) for m in range(num_masks)]
    return np.asarray(rows, "float64")


@pytest.mark.parametrize("num_masks", [1, 3])
def test_probabilities_sum_to_one(num_masks):
    model = model_of(num_masks=num_masks)
    assert probabilities(model.log_prob, 8).sum() == pytest.approx(1, abs=1e-6)
    each = np.exp(log_probs_of_masks(model, all_bits(8), num_masks)).sum(axis=1)
    np.testing.assert_allclose(each, np.ones(num_masks), atol=1e-6)


def test_the_ensemble_is_the_mean_of_probabilities():
    model = model_of()
    each = log_probs_of_masks(model, all_bits(8))
    expected = np.log(np.mean(np.exp(each), axis=0))
    np.testing.assert_allclose(model.log_prob(all_bits(8)), expected, rtol=1e-5, atol=1e-5)
    assert (expected > each.mean(axis=0) + 0.1).mean() > 0.9


def test_samples_follow_the_probabilities_of_the_first_mask():
    model = model_of()
    assert not np.array_equal(orders(model.conditionals)[0], np.arange(1, 9))
    samples = model.generate(20_000, seed=3)
    first, second, _ = np.exp(log_probs_of_masks(model, all_bits(8)))
    assert chi_square_p_value(samples, first) > 0.01
    assert chi_square_p_value(samples, second) < 1e-6


def test_images_are_sampled_as_they_are_scored():
    model = model_of((2, 2, 1), num_masks=1)
    samples = model.generate(20_000, seed=3)
    assert samples.shape == (20_000, 2, 2, 1)
    expected = probabilities(lambda x: model.log_prob(tf.reshape(x, [-1, 2, 2, 1])), 4)
    assert chi_square_p_value(tf.reshape(samples, [-1, 4]), expected) > 0.01


def test_iterations_take_the_masks_in_turn():
    model = model_of()
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    x = all_bits(8)[40:50]
    expected = -log_probs_of_masks(model, x).mean(axis=1)
    assert np.ptp(expected) > 0.1
    losses = model.fit(x, batch_size=10, epochs=4, verbose=0).history["loss"]
    np.testing.assert_allclose(losses, expected[[1, 2, 0, 1]], rtol=1e-5)
    loss = model.evaluate(x, verbose=0)
    assert float(loss) == pytest.approx(-np.mean(model.log_prob(x)), rel=1e-5)


def test_a_reloaded_or_averaged_model_has_the_same_masks(tmp_path):
    model = model_of(averaging=0.5)
    x = all_bits(8)
    model.fit(x, batch_size=64, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.log_prob(x), model.log_prob(x))
    for network in (loaded.conditionals, model.averaged_network, loaded.averaged_network):
        np.testing.assert_array_equal(orders(network), orders(model.conditionals))
    assert probabilities(model.log_prob, 8).sum() == pytest.approx(1, abs=1e-6)


def test_export_has_the_same_samples_and_log_prob(tmp_path):
    model = model_of((5,))
    model.export(tmp_path)
    exported = ganzoo.load(tmp_path)
    x = all_bits(5)
    log_prob = exported.endpoints["log_prob"](image=tf.constant(x))["log_prob"]
    np.testing.assert_allclose(log_prob, model.log_prob(x), rtol=1e-5)
    np.testing.assert_array_equal(exported.generate(50, seed=2), model.generate(50, seed=2))


@pytest.mark.parametrize("seed", range(2))
def test_bars_and_stripes(seed):
    settings = {"units": (128,), "num_masks": 1, "random_order": False}
    _, loss = trained_on_bars("made", seed, conditionals=settings)
    assert BARS_ENTROPY < loss < 3.45
