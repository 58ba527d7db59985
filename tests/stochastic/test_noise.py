import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, softmax
from scipy.stats import kstest
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.gumbel_softmax import gumbel_softmax
from ganzoo.stochastic.noise import hard_sample, perturbed_logits, uniform
from ganzoo.stochastic.rebar import rebar
from ganzoo.stochastic.score_function import draw
from ganzoo.stochastic.straight_through import straight_through
from tests.stochastic.distributions import bernoulli, categorical, draws

SMALLEST, LARGEST = np.finfo(np.float32).tiny, 1 - 2.0**-23


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])
def test_draws_are_from_the_open_interval(jit):
    """Of 2^25 draws about four are the first of the 2^23 numbers and as many the last."""
    values = tf.function(uniform, jit_compile=jit)([2**15, 2**10], tf.constant([1, 2]))
    assert values.dtype == tf.float32
    assert float(tf.reduce_min(values)) == SMALLEST
    assert float(tf.reduce_max(values)) == LARGEST
    assert kstest(values[:100].numpy().ravel(), "uniform").pvalue > 1e-3


def test_the_seed_decides():
    one, same, other = [uniform([50, 20], tf.constant(seed)) for seed in ([1, 2], [1, 2], [1, 3])]
    np.testing.assert_array_equal(one, same)
    assert np.all(one != other)
    np.testing.assert_array_equal(uniform(tf.constant([50, 20]), [1, 2]), one)


def test_bits_are_thresholds_of_the_draws():
    """1[l + log u - log(1 - u) > 0] is 1[u > 1 - p]."""
    logits = tf.constant([[0.8, -1.3, 0.1]])
    p = expit(logits.numpy())
    for gap, bit in [(1e-5, 1.0), (-1e-5, 0.0)]:
        bits = hard_sample(bernoulli(logits), tf.constant(1 - p + gap))
        np.testing.assert_array_equal(bits, np.full([1, 3], bit))


def test_categories_are_the_first_of_exponential_clocks():
    """argmax of l - log(-log u) is argmin of -log(u) / p."""
    logits = np.random.default_rng(0).normal(0, 2, [1000, 2, 4]).astype("float32")
    u = draws(logits)
    samples = hard_sample(categorical(logits), u).numpy()
    first = np.argmin(-np.log(np.float64(u)) / softmax(np.float64(logits), axis=-1), axis=-1)
    np.testing.assert_array_equal(samples, np.eye(4)[first])
    assert samples.dtype == np.float32


@pytest.mark.parametrize(("make", "mean"), [(bernoulli, expit), (categorical, softmax)])
@pytest.mark.parametrize("shape", [(40000, 3), (20, 2000, 3)], ids=["one", "several"])
def test_samples_have_the_law_of_the_distribution(make, mean, shape):
    logits = np.array([0.8, -1.3, 0.1], np.float32)
    distribution = make(np.tile(logits, [shape[-2], 1]))
    samples = hard_sample(distribution, uniform(shape, [3, 4])).numpy()
    assert samples.shape == shape
    p = mean(logits)
    error = samples.reshape(-1, 3).mean(0) - p
    assert np.all(np.abs(error) < 4 * np.sqrt(p * (1 - p) / 40000))
    # Bits and sites are independent of each other: the frequency of every value at once.
    if make is bernoulli:
        for pattern in itertools.product([0.0, 1.0], repeat=3):
            q = np.prod(np.where(pattern, p, 1 - p))
            share = np.all(samples.reshape(-1, 3) == pattern, axis=1).mean()
            assert abs(share - q) < 4 * np.sqrt(q * (1 - q) / 40000)


@pytest.mark.parametrize("make", [bernoulli, categorical])
def test_all_estimators_have_the_same_samples(make):
    logits = tf.constant(np.random.default_rng(1).normal(0, 1, [5000, 2, 3]), tf.float32)
    u, powers = draws(logits), 2.0 ** np.arange(6).reshape(2, 3)

    def code(samples):
        """A number that tells all samples apart."""
        return tf.reduce_sum(samples * tf.constant(powers, tf.float32), axis=[1, 2])

    distribution = make(logits)
    samples = hard_sample(distribution, u)
    assert len(np.unique(code(samples))) == (64 if make is bernoulli else 9)
    np.testing.assert_array_equal(straight_through(distribution, u), samples)
    np.testing.assert_array_equal(gumbel_softmax(distribution, 0.3, u, hard=True), samples)
    np.testing.assert_array_equal(draw(code, distribution, u)[0], samples)
    surrogate = rebar(code, distribution, u, draws(logits, 9), 0.5, 1.0)
    np.testing.assert_array_equal(surrogate, code(samples))


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])
@pytest.mark.parametrize("make", [bernoulli, categorical])
def test_samples_are_finite_constants_at_any_draw(make, jit):
    logits = tf.constant(np.tile([[1e4, -1e4, 0.0]], [3, 1]), tf.float32)
    u = tf.constant(np.float32([[SMALLEST] * 3, [LARGEST] * 3, [0.5] * 3]))

    @tf.function(jit_compile=jit)
    def step():
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(logits)
            samples, z = hard_sample(make(logits), u), perturbed_logits(make(logits), u)
            total = tf.reduce_sum(z)
        assert tape.gradient(samples, logits) is None
        return samples, z, tape.gradient(total, logits)

    samples, z, gradient = step()
    np.testing.assert_array_equal(samples[:, :2], [[1, 0]] * 3)
    assert np.all(np.isfinite(z))
    np.testing.assert_array_equal(gradient, np.ones([3, 3]))


@pytest.mark.parametrize("shape", [(3,), (4, 2), (3, 4), (4, 3, 1), (1, 3)])
def test_draws_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"uniform draws of shape .*: give \(4, 3\)"):
        hard_sample(bernoulli(tf.zeros([4, 3])), tf.fill(shape, 0.4))


def test_other_distributions():
    with pytest.raises(ValueError, match=r"give a tfd\.Independent"):
        hard_sample(tfd.Independent(tfd.Normal([[0.0]], 1.0), 1), tf.constant([[0.4]]))
