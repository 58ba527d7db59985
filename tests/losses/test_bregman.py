import itertools

import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import bregman


def points(shape=(6, 3), seed=0):
    """Positive numbers, as the "kl" potential needs them."""
    return tf.constant(np.random.default_rng(seed).uniform(0.05, 2.0, shape))


@pytest.mark.parametrize("name", bregman.POTENTIALS)
def test_not_negative_and_zero_only_where_equal(name):
    x, y = points(seed=0), points(seed=1)
    assert np.min(bregman.divergence(name, x, y)) > 1e-3
    np.testing.assert_allclose(bregman.divergence(name, x, x), 0.0, atol=1e-14)


def test_golden_value_of_kl_and_the_order_of_its_arguments():
    x, y = tf.constant([[0.2, 0.8]], tf.float64), tf.constant([[0.5, 0.5]], tf.float64)
    [value] = bregman.divergence("kl", x, y).numpy()
    assert value == pytest.approx(0.192745, abs=1e-6)
    assert value == pytest.approx(0.2 * np.log(0.4) + 0.8 * np.log(1.6), abs=1e-12)
    [exchanged] = bregman.divergence("kl", y, x).numpy()
    assert exchanged == pytest.approx(0.5 * np.log(2.5) + 0.5 * np.log(0.625), abs=1e-12)


def test_closed_forms():
    x, y = points((4, 2, 2, 1), seed=2), points((4, 2, 2, 1), seed=3)
    a, b = x.numpy().reshape(4, -1), y.numpy().reshape(4, -1)
    np.testing.assert_allclose(
        bregman.divergence("kl", x, y), np.sum(a * np.log(a / b) - a + b, axis=1), rtol=1e-10
    )
    np.testing.assert_allclose(
        bregman.divergence("squared_euclidean", x, y),
        0.5 * np.sum((a - b) ** 2, axis=1),
        rtol=1e-10,
    )


@pytest.mark.parametrize("name", bregman.POTENTIALS)
def test_gradient_is_that_of_the_potential(name):
    x = points()
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = bregman.potential(name, x)
    np.testing.assert_allclose(tape.gradient(value, x), bregman.potential_gradient(name, x))


@pytest.mark.parametrize("name", bregman.POTENTIALS)
def test_on_a_line_the_sorted_coupling_is_optimal(name):
    x, y = np.sort(points((5, 1), seed=4), axis=0), np.sort(points((5, 1), seed=5), axis=0)
    costs = [
        np.mean(bregman.divergence(name, tf.constant(x), tf.constant(y[list(order)])))
        for order in itertools.permutations(range(5))
    ]
    assert costs[0] == pytest.approx(min(costs), abs=1e-14)
    assert max(costs) > costs[0] + 0.1

    samples = tf.constant(y)
    with tf.GradientTape() as tape:
        tape.watch(samples)
        distance = tf.reduce_mean(bregman.divergence(name, tf.constant(x), samples))
    curvature = 1 / y if name == "kl" else 1.0
    np.testing.assert_allclose(
        tape.gradient(distance, samples), curvature * (y - x) / 5, atol=1e-14
    )


def test_log_of_a_zero_datum_costs_nothing():
    value = bregman.divergence("kl", tf.constant([[0.0, 1.0]]), tf.constant([[0.5, 1.0]]))
    np.testing.assert_allclose(value, [0.5])
