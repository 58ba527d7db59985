import numpy as np
import pytest
import tensorflow as tf

from ganzoo.stochastic.muprop import muprop
from tests.stochastic.distributions import draws_of
from tests.stochastic.test_score_function import (
    PAIRS,
    PATTERNS,
    SITES,
    SLOPES,
    THETA,
    assert_mean,
    bernoulli,
    categorical,
    compilation,
    costs,
    drawn_gradients,
    estimates,
    exact_gradient,
    expected_gradient,
    linear_cost,
    pair_cost,
    tiled,
)


def quadratic_cost(samples):
    """Not linear in any bit alone, so E[f(x)] is not f(E[x]) for independent bits either."""
    projection = tf.linalg.matvec(samples, tf.cast(SLOPES, samples.dtype))
    return tf.square(projection - 0.3) + tf.reduce_sum(tf.square(samples), axis=-1)


def squared_pair_cost(samples):
    """The same for one-hot sites."""
    return pair_cost(samples) + tf.reduce_sum(
        [[1.0, -2.0, 0.5], [0.3, 0.0, 2.0]] * samples**2, axis=[1, 2]
    )


@costs
def test_unbiased_on_the_critics(cost, exact):
    gradient = expected_gradient(lambda q, u: muprop(cost, q, u))
    np.testing.assert_allclose(gradient, exact, atol=6e-7)
    np.testing.assert_allclose(gradient, exact_gradient(cost), atol=1e-14)


@compilation
def test_unbiased_on_a_cost_with_curvature(jit):
    exact = exact_gradient(quadratic_cost)
    assert np.abs(exact).min() > 0.1
    gradient = expected_gradient(lambda q, u: muprop(quadratic_cost, q, u))
    np.testing.assert_allclose(gradient, exact, atol=1e-14)
    draws = drawn_gradients(lambda q, u: muprop(quadratic_cost, q, u), jit=jit)
    assert_mean(draws, exact, largest_error=0.006)


def test_unbiased_on_categories():
    q = {"make": categorical, "logits": SITES}
    exact = exact_gradient(squared_pair_cost, samples=PAIRS, **q)

    def estimator(distribution, uniform):
        return muprop(squared_pair_cost, distribution, uniform)

    gradient = expected_gradient(estimator, samples=PAIRS, **q)
    np.testing.assert_allclose(gradient, exact, atol=1e-14)
    assert_mean(drawn_gradients(estimator, **q), exact, largest_error=0.006)


@compilation
def test_every_draw_is_exact_on_a_linear_cost(jit):
    draws = drawn_gradients(lambda q, u: muprop(linear_cost, q, u), rows=1000, jit=jit)
    p = 1 / (1 + np.exp(-THETA))
    np.testing.assert_allclose(draws, tiled(-SLOPES * p * (1 - p), 1000), atol=1e-6)


def test_estimate_at_every_sample_by_hand():
    _, surrogate, gradients = estimates(lambda q, u: muprop(quadratic_cost, q, u))
    mu = 1 / (1 + np.exp(-THETA))
    at_samples = (PATTERNS @ SLOPES - 0.3) ** 2 + (PATTERNS**2).sum(1)
    at_mean = (mu @ SLOPES - 0.3) ** 2 + (mu**2).sum()
    slope = 2 * (mu @ SLOPES - 0.3) * SLOPES + 2 * mu
    bracket = at_samples - at_mean - (PATTERNS - mu) @ slope
    np.testing.assert_allclose(surrogate, at_samples, rtol=1e-13)
    np.testing.assert_allclose(
        gradients, bracket[:, None] * (PATTERNS - mu) + slope * mu * (1 - mu), atol=1e-13
    )


def test_weights_of_the_cost_get_the_gradient_at_the_sample():
    weights = tf.Variable(SLOPES)
    distribution = bernoulli(tiled(tf.constant(THETA), 8))
    with tf.GradientTape() as tape:
        surrogate = muprop(
            lambda x: tf.square(tf.linalg.matvec(x, weights) - 0.3),
            distribution,
            draws_of(PATTERNS),
        )
    expected = 2 * (PATTERNS @ SLOPES - 0.3)[:, None] * PATTERNS
    np.testing.assert_allclose(tape.jacobian(surrogate, weights), expected, atol=1e-14)


def test_what_muprop_does_not_take():
    distribution, uniform = bernoulli(tf.zeros([4, 3])), tf.fill([4, 3], 0.4)
    with pytest.raises(ValueError, match="no gradient flows"):
        muprop(lambda x: tf.gather([1.0, 2.0], tf.cast(x[:, 0], tf.int32)), distribution, uniform)
    with pytest.raises(ValueError, match=r"has shape \(4, 1\): give one value"):
        muprop(lambda x: linear_cost(x)[:, None], distribution, uniform)
