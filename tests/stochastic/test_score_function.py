import itertools

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.noise import hard_sample
from ganzoo.stochastic.score_function import score_function
from tests.stochastic.distributions import draws, draws_of

THETA = np.array([0.5, -1.0, 0.2])
PATTERNS = np.array(list(itertools.product([0.0, 1.0], repeat=3)))  # 000, 001, .., 111
SLOPES = np.array([1.0, -2.0, 0.5])
TABLE = np.array([0.3, -1.2, 0.7, 2.0, -0.4, 0.1, 1.5, -0.9])


def linear_cost(samples):
    """-F for the critic F(x) = a x."""
    return -tf.linalg.matvec(samples, tf.cast(SLOPES, samples.dtype))


def table_cost(samples):
    """-F for a critic with any value at each of the 8 patterns, linear in every bit between."""
    patterns = tf.cast(PATTERNS, samples.dtype)
    samples = samples[:, None]
    weights = tf.reduce_prod(patterns * samples + (1 - patterns) * (1 - samples), axis=-1)
    return -tf.linalg.matvec(weights, tf.cast(TABLE, samples.dtype))


# The gradient of E[-F] with respect to theta.
COSTS = {
    "linear": (linear_cost, [-0.235004, 0.393224, -0.123758]),
    "table": (table_cost, [0.009352, -0.181355, 0.112931]),
}
costs = pytest.mark.parametrize(("cost", "exact"), COSTS.values(), ids=COSTS)
compilation = pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])


def bernoulli(logits):
    return tfd.Independent(tfd.Bernoulli(logits=logits, dtype=logits.dtype), 1)


def categorical(logits):
    return tfd.Independent(tfd.OneHotCategorical(logits=logits, dtype=logits.dtype), 1)


def tiled(logits, rows):
    return tf.tile(logits[None], [rows] + [1] * len(logits.shape))


def estimates(estimator, make=bernoulli, logits=THETA, samples=PATTERNS):
    """Every value of x, enumerated: its probability, surrogate and gradient to the logits."""
    logits = tiled(tf.constant(logits), len(samples))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        distribution = make(logits)
        surrogate = estimator(distribution, draws_of(samples))
    probabilities = np.exp(distribution.log_prob(samples))
    np.testing.assert_allclose(probabilities.sum(), 1, rtol=1e-12)
    return probabilities, surrogate.numpy(), tape.gradient(surrogate, logits).numpy()


def expected_gradient(estimator, **kwargs):
    """The exact expectation of an estimate."""
    probabilities, _, gradients = estimates(estimator, **kwargs)
    return np.tensordot(probabilities, gradients, 1)


def exact_gradient(cost, make=bernoulli, logits=THETA, samples=PATTERNS):
    """The gradient of E[cost(x)] through the probabilities of all x."""
    variable = tf.Variable(logits)
    with tf.GradientTape() as tape:
        distribution = make(tiled(variable, len(samples)))
        expectation = tf.reduce_sum(
            tf.exp(distribution.log_prob(samples)) * cost(tf.constant(samples))
        )
    return tape.gradient(expectation, variable).numpy()


def drawn_gradients(estimator, make=bernoulli, logits=THETA, rows=100_000, jit=False):
    """Gradients of independent draws in float32, a row each, from a compiled graph."""

    @tf.function(jit_compile=jit)
    def gradients(logits, uniform):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            surrogate = estimator(make(logits), uniform)
        return tape.gradient(surrogate, logits)

    logits = tiled(tf.constant(logits, tf.float32), rows)
    return np.float64(gradients(logits, draws(logits)))


def assert_mean(draws, expected, largest_error):
    """The mean of draws is `expected` within 4 standard errors, none above `largest_error`."""
    errors = draws.std(0) / np.sqrt(len(draws))
    assert errors.max() < largest_error
    assert np.all(np.abs(draws.mean(0) - expected) < 4 * errors + 1e-6)


PAIRS = np.array(list(itertools.product(np.eye(3), repeat=2)))  # two sites of three classes
SITES = np.array([[0.3, -0.5, 1.0], [0.0, 0.8, -1.2]])
PAIR_TABLE = np.array([[0.5, -1.0, 2.0], [0.1, 1.3, -0.7], [-1.5, 0.9, 0.2]])


def pair_cost(samples):
    """Any value for each pair of classes, by the first site's and the second site's."""
    table = tf.cast(PAIR_TABLE, samples.dtype)
    return tf.einsum("ni,ij,nj->n", samples[:, 0], table, samples[:, 1])


@costs
@pytest.mark.parametrize("baseline", [0.0, -3.0, 1.7])
def test_unbiased_for_any_baseline(cost, exact, baseline):
    for b in baseline, np.full([1], baseline), np.full([8], baseline):
        gradient = expected_gradient(lambda q, u, b=b: score_function(cost, q, u, b))
        np.testing.assert_allclose(gradient, exact, atol=6e-7)
        np.testing.assert_allclose(gradient, exact_gradient(cost), atol=1e-14)


@costs
def test_value_is_the_cost_at_the_sample(cost, exact):
    _, surrogate, _ = estimates(lambda q, u: score_function(cost, q, u, 0.7, 3.0))
    np.testing.assert_array_equal(surrogate, cost(PATTERNS))
    distribution = bernoulli(tf.zeros([50, 3]))
    uniform = draws(tf.zeros([50, 3]))
    np.testing.assert_array_equal(
        score_function(cost, distribution, uniform), cost(hard_sample(distribution, uniform))
    )


@compilation
@costs
def test_mean_of_many_draws(cost, exact, jit):
    draws = drawn_gradients(lambda q, u: score_function(cost, q, u, 0.4), jit=jit)
    assert_mean(draws, exact, largest_error=0.004)


def test_expectation_of_the_score_is_zero():
    gradient = expected_gradient(lambda q, u: score_function(lambda x: 0 * x[:, 0] + 5, q, u))
    np.testing.assert_allclose(gradient, 0, atol=1e-14)


def test_scale_divides_the_estimate():
    gradient = expected_gradient(lambda q, u: score_function(table_cost, q, u, -2.0, 4.0))
    np.testing.assert_allclose(4 * gradient, exact_gradient(table_cost), atol=1e-14)


@pytest.mark.parametrize("baseline", [0.0, 1.7])
def test_categorical(baseline):
    q = {"make": categorical, "logits": SITES}
    exact = exact_gradient(pair_cost, samples=PAIRS, **q)
    assert np.abs(exact).min() > 0.02

    def estimator(distribution, uniform):
        return score_function(pair_cost, distribution, uniform, baseline)

    gradient = expected_gradient(estimator, samples=PAIRS, **q)
    np.testing.assert_allclose(gradient, exact, atol=1e-14)
    assert_mean(drawn_gradients(estimator, **q), exact, largest_error=0.004)


def test_variance_by_baseline():
    """One bit with costs 2 and 3: p (1 - p) ((f1 - b) (1 - p) + (f0 - b) p)^2."""
    p = 1 / (1 + np.exp(-0.7))

    def variance(baseline):
        probabilities, _, gradients = estimates(
            lambda q, u: score_function(lambda x: 2 + x[:, 0], q, u, baseline),
            logits=np.array([0.7]),
            samples=np.array([[0.0], [1.0]]),
        )
        mean = probabilities @ gradients
        np.testing.assert_allclose(mean, p * (1 - p), rtol=1e-12)
        return float(probabilities @ (gradients[:, 0] - mean) ** 2)

    mean_cost, best = 2 + p, 3 * (1 - p) + 2 * p
    for baseline in 0.0, mean_cost, best, 10.0:
        closed_form = p * (1 - p) * ((3 - baseline) * (1 - p) + (2 - baseline) * p) ** 2
        assert variance(baseline) == pytest.approx(closed_form, abs=1e-14)
    assert variance(best) < 1e-25
    assert 0 < variance(mean_cost) < 0.05 * variance(0.0)
    assert variance(10.0) > variance(0.0)


def test_weights_of_the_cost_get_their_gradient():
    weights = tf.Variable(SLOPES)
    distribution = bernoulli(tiled(tf.constant(THETA), 8))
    with tf.GradientTape() as tape:
        surrogate = score_function(
            lambda x: -tf.linalg.matvec(x, weights),
            distribution,
            draws_of(PATTERNS),
            1.0,
            2.0,
        )
    # The scale belongs to the score term alone.
    np.testing.assert_allclose(tape.jacobian(surrogate, weights), -PATTERNS, atol=1e-15)


def test_cost_that_holds_the_distribution_itself():
    """E[log q(x) - F(x)], whose gradient has a part that does not pass through the sample."""
    gradient = expected_gradient(
        lambda q, u: score_function(lambda x: q.log_prob(x) + table_cost(x), q, u, 0.3)
    )
    logits = tf.Variable(THETA)
    with tf.GradientTape() as tape:
        log_q = bernoulli(tiled(logits, 8)).log_prob(PATTERNS)
        expectation = tf.reduce_sum(tf.exp(log_q) * (log_q + table_cost(PATTERNS)))
    np.testing.assert_allclose(gradient, tape.gradient(expectation, logits), atol=1e-14)


def test_no_gradient_into_baseline_and_scale():
    baseline, scale = tf.Variable(0.5), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        surrogate = score_function(
            linear_cost,
            bernoulli(tf.zeros([4, 3])),
            tf.fill([4, 3], 0.4),
            baseline + 0.0,
            scale + 0.0,
        )
    assert tape.gradient(surrogate, [baseline, scale]) == [None, None]


def test_saturated_logits():
    """Certain bits have a score of zero and certain logarithms."""
    draws = drawn_gradients(
        lambda q, u: score_function(linear_cost, q, u), logits=[1e4, -1e4, 0.0], rows=1000
    )
    np.testing.assert_array_equal(draws[:, :2], 0)
    assert np.abs(draws[:, 2]).min() > 0.1


def test_shapes_that_would_broadcast_are_refused():
    distribution, uniform = bernoulli(tf.zeros([4, 3])), tf.fill([4, 3], 0.4)
    with pytest.raises(ValueError, match=r"has shape \(4, 1\): give one value"):
        score_function(lambda x: linear_cost(x)[:, None], distribution, uniform)
    with pytest.raises(ValueError, match="has shape \\(\\): give one value"):
        score_function(lambda x: tf.reduce_mean(linear_cost(x)), distribution, uniform)
    with pytest.raises(ValueError, match=r"tfd\.Independent"):
        score_function(
            linear_cost, tfd.Bernoulli(logits=tf.zeros([4, 3]), dtype=tf.float32), uniform
        )
    with pytest.raises(ValueError, match=r"shape \(4, 4\).*give a baseline"):
        score_function(linear_cost, distribution, uniform, tf.zeros([4, 1]))
    with pytest.raises(ValueError, match=r"draws of shape \(2, 4, 3\): give one sample"):
        score_function(linear_cost, distribution, tf.fill([2, 4, 3], 0.4))
    with pytest.raises(ValueError, match=r"draws of shape \(4, 2\): give \(4, 3\)"):
        score_function(linear_cost, distribution, tf.fill([4, 2], 0.4))
