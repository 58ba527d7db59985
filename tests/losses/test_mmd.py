import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import math as tfp_math

from ganzoo.losses import mmd


def points(count, seed, width=3):
    return tf.constant(np.random.default_rng(seed).normal(size=(count, width)))


def test_two_points_at_distance_one():
    squared = mmd.squared_mmd(tf.constant([[0.0, 0.0]]), tf.constant([[0.6, 0.8]]))
    assert float(squared) == pytest.approx(1.102945, abs=1e-6)


def test_two_points_far_apart_reach_twice_the_number_of_kernels():
    squared = mmd.squared_mmd(tf.constant([[0.0]]), tf.constant([[1e4]]))
    assert float(squared) == pytest.approx(2 * len(mmd.BANDWIDTHS), rel=1e-6)


def test_agrees_with_the_kernels_of_tensorflow_probability():
    x, g = points(5, 0), 0.5 + points(7, 1)

    def mean_kernel(a, b):
        kernels = [
            tfp_math.psd_kernels.ExponentiatedQuadratic(None, np.float64(s)) for s in (0.5, 2)
        ]
        return sum(np.mean(kernel.matrix(a, b)) for kernel in kernels)

    expected = mean_kernel(x, x) + mean_kernel(g, g) - 2 * mean_kernel(x, g)
    found = float(mmd.squared_mmd(x, g, bandwidths=(0.5, 2.0)))
    assert found == pytest.approx(expected, rel=1e-9)
    assert float(mmd.mmd(x, g, bandwidths=(0.5, 2.0))) == pytest.approx(np.sqrt(expected), rel=1e-9)


def test_equal_sets_have_none():
    x = points(6, 0)
    assert float(mmd.squared_mmd(x, x)) == pytest.approx(0.0, abs=1e-12)
    assert float(mmd.mmd(x, x)) == pytest.approx(0.0, abs=2e-6)


def test_translation_of_both_changes_nothing():
    x, g = points(5, 0), points(5, 1)
    moved = mmd.squared_mmd(x + 3.0, g + 3.0)
    np.testing.assert_allclose(moved, mmd.squared_mmd(x, g), rtol=1e-9)


def test_small_distances_survive_float32():
    """sum of d^2 / s^2 to first order, where kernels differ from 1 by less than a rounding."""
    x, g = tf.constant([[0.0]]), tf.constant([[1e-4]])
    expected = sum(1e-8 / s**2 for s in mmd.BANDWIDTHS)
    assert float(mmd.squared_mmd(x, g)) == pytest.approx(expected, rel=1e-4)


def test_gradient_is_finite_at_equal_sets():
    x = tf.Variable(points(4, 0))
    with tf.GradientTape() as tape:
        loss = mmd.mmd(x, tf.identity(x))
    assert np.isfinite(tape.gradient(loss, x)).all()


def test_gradient_draws_samples_to_data():
    x, g = points(8, 0), tf.Variable(2.0 + points(8, 1))
    with tf.GradientTape() as tape:
        loss = mmd.mmd(x, g)
    assert tf.reduce_all(tf.reduce_mean(tape.gradient(loss, g), axis=0) > 0)


def test_mean_order_counts_features_that_are_larger_on_samples():
    x = tf.constant([[0.0, 1.0, 5.0, 0.0], [2.0, 3.0, 1.0, 0.0]])  # means 1, 2, 3, 0
    g = tf.constant([[2.0, 1.0, 3.0, 2.0], [2.0, 1.0, 3.0, 4.0]])  # means 2, 1, 3, 3
    assert float(mmd.mean_order(x, g)) == pytest.approx((-1 + 0 + 0 - 3) / 4)
