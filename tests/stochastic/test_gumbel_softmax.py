import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, softmax
from scipy.stats import kstest
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.gumbel_softmax import gumbel_softmax
from ganzoo.stochastic.noise import hard_sample
from tests.stochastic.distributions import bernoulli, categorical, draws

COUNT = 40000
LOGITS = np.array([0.8, -1.3, 0.1], np.float32)
UNIFORM = draws(tf.zeros([COUNT, 3]))


def tiled(logits=LOGITS):
    return tf.tile(tf.constant(logits, tf.float32)[None], [COUNT, 1])


def assert_means(samples, expected):
    """Column means within four of their standard errors."""
    samples = np.asarray(samples, np.float64)
    standard_error = np.std(samples, axis=0) / np.sqrt(len(samples))
    assert np.all(np.abs(np.mean(samples, axis=0) - expected) < 4 * standard_error)


@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
def test_the_largest_entry_is_a_draw_at_every_temperature(temperature):
    soft = gumbel_softmax(categorical(tiled()), temperature, UNIFORM).numpy()
    assert_means(soft == soft.max(axis=-1, keepdims=True), softmax(LOGITS))
    np.testing.assert_allclose(soft.sum(axis=-1), 1.0, atol=1e-5)
    assert soft.min() >= 0
    bits = gumbel_softmax(bernoulli(tiled()), temperature, UNIFORM).numpy()
    assert_means(bits > 0.5, expit(LOGITS))
    assert bits.min() >= 0 and bits.max() <= 1


def test_mean_is_not_the_probability_at_finite_temperature():
    """E sigma(l + L), L logistic, is e^l (e^l - 1 - l) / (e^l - 1)^2: 0.661 where p = 0.731."""
    soft = gumbel_softmax(bernoulli(tiled([1.0, 0.0])), 1.0, UNIFORM[:, :2])
    e = np.e
    assert_means(soft, [e * (e - 2) / (e - 1) ** 2, 0.5])
    assert np.mean(soft, axis=0)[0] < expit(1.0) - 0.05


def test_low_temperature_gives_one_hot_samples():
    for distribution, p in [(bernoulli, expit(LOGITS)), (categorical, softmax(LOGITS))]:
        soft = gumbel_softmax(distribution(tiled()), 1e-4, UNIFORM).numpy()
        assert np.mean(np.minimum(soft, 1 - soft) < 1e-3) > 0.99
        assert_means(soft, p)
        warm = gumbel_softmax(distribution(tiled()), 1.0, UNIFORM).numpy()
        assert np.mean(np.minimum(warm, 1 - warm) < 1e-3) < 0.1


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])
@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_hard_form_has_hard_values_and_the_soft_gradient(distribution, jit):
    logits = tf.constant(np.random.default_rng(0).normal(0, 2, [5000, 2, 3]), tf.float32)
    weights = tf.constant(np.random.default_rng(1).normal(size=[5000, 2, 3]), tf.float32)
    uniform = draws(logits)

    @tf.function(jit_compile=jit)
    def sample(hard):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            samples = gumbel_softmax(distribution(logits), 0.7, uniform, hard=hard)
        return samples, tape.gradient(samples, logits, weights)

    soft, soft_gradient = sample(False)
    hard, hard_gradient = sample(True)
    np.testing.assert_array_equal(hard, hard_sample(distribution(logits), uniform))
    assert set(np.unique(hard)) == {0.0, 1.0}
    if distribution is categorical:
        np.testing.assert_array_equal(np.sum(hard, axis=-1), 1.0)
        np.testing.assert_array_equal(np.argmax(hard, axis=-1), np.argmax(soft, axis=-1))
    else:
        np.testing.assert_array_equal(hard, soft.numpy() > 0.5)
    assert 0 < np.min(soft) < 0.01 and np.any((soft > 0.3) & (soft < 0.7))
    assert np.std(soft_gradient) > 0.1
    np.testing.assert_allclose(hard_gradient, soft_gradient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_pathwise_gradient_equals_differences(temperature):
    """At the same draws samples are a smooth function of the logits."""
    logits, uniform, step = tf.constant(LOGITS[None]), draws(LOGITS[None]), 1e-2
    weights = np.array([[1.0, 2.0, -0.5]], np.float32)
    for distribution in [bernoulli, categorical]:

        def value(logits, distribution=distribution):
            samples = gumbel_softmax(distribution(logits), temperature, uniform)
            return tf.reduce_sum(weights * samples)

        with tf.GradientTape() as tape:
            tape.watch(logits)
            total = value(logits)
        differences = [
            float(value(logits + step * unit) - value(logits - step * unit)) / (2 * step)
            for unit in np.eye(3, dtype=np.float32)
        ]
        gradient = tape.gradient(total, logits)[0]
        assert np.max(np.abs(gradient)) > 0.02
        np.testing.assert_allclose(gradient, differences, atol=1e-3)


@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_temperature_may_be_a_weight(distribution):
    temperature = keras.Variable(0.8)
    with tf.GradientTape() as tape:
        samples = gumbel_softmax(distribution(tiled()[:100]), temperature, UNIFORM[:100])
        spread = tf.reduce_mean(tf.square(samples - 0.5))
    assert float(tape.gradient(spread, temperature.value)) < -0.01
    fixed = gumbel_softmax(distribution(tiled()[:100]), 0.8, UNIFORM[:100])
    np.testing.assert_allclose(samples, fixed, rtol=1e-6)


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])
@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_large_logits_are_finite(distribution, hard, jit):
    logits, temperature = tf.tile([[1e4, -1e4, 0.0]], [100, 1]), tf.constant(0.1)
    # The least and the largest that can be drawn are among them.
    uniform = tf.concat([tf.fill([1, 3], np.finfo("float32").tiny), UNIFORM[:98]], 0)
    uniform = tf.concat([uniform, tf.fill([1, 3], 1 - 2.0**-23)], 0)

    @tf.function(jit_compile=jit)
    def sample():
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([logits, temperature])
            samples = gumbel_softmax(distribution(logits), temperature, uniform, hard)
        return samples, tape.gradient(samples, logits), tape.gradient(samples, temperature)

    samples, gradient, to_temperature = sample()
    np.testing.assert_allclose(samples[:, :2], np.tile([[1.0, 0.0]], [100, 1]), atol=1e-6)
    assert np.all(np.isfinite(gradient)) and np.isfinite(to_temperature)


@pytest.mark.parametrize("temperature", [0.9, 2.0])
def test_bits_follow_the_relaxed_bernoulli_distribution(temperature):
    soft = gumbel_softmax(bernoulli(tiled()), temperature, UNIFORM)
    for column, logit in enumerate(LOGITS):
        cdf = tfd.RelaxedBernoulli(temperature, logits=logit).cdf
        assert kstest(soft[:, column], lambda y, cdf=cdf: cdf(y).numpy()).pvalue > 1e-3


@pytest.mark.parametrize("temperature", [0, -0.5, float("nan")])
def test_temperature_is_checked(temperature):
    with pytest.raises(ValueError, match=r"temperature=.*above 0"):
        gumbel_softmax(bernoulli([[0.0]]), temperature, tf.constant([[0.4]]))


def test_other_distributions():
    with pytest.raises(ValueError, match=r"give a tfd\.Independent"):
        gumbel_softmax(tfd.Bernoulli(logits=[0.0]), 1.0, tf.constant([0.4]))


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_batches_of_unknown_size(distribution, hard):
    sample = tf.function(lambda logits, u: gumbel_softmax(distribution(logits), 0.5, u, hard))
    unknown = tf.TensorSpec([None, 2, 3])
    concrete = sample.get_concrete_function(unknown, unknown)
    logits = tf.constant(np.random.default_rng(0).normal(size=[7, 2, 3]), tf.float32)
    expected = gumbel_softmax(distribution(logits), 0.5, draws(logits), hard)
    np.testing.assert_allclose(concrete(logits, draws(logits)), expected, rtol=1e-5)


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_several_samples_of_each_latent(distribution, hard):
    logits, uniform = tiled()[:4], draws(tf.zeros([5, 4, 3]))
    samples = gumbel_softmax(distribution(logits), 0.5, uniform, hard)
    for index in range(5):
        one = gumbel_softmax(distribution(logits), 0.5, uniform[index], hard)
        np.testing.assert_allclose(samples[index], one, rtol=1e-6)
