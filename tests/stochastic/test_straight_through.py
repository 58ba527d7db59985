import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, softmax
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.noise import hard_sample, logits_of
from ganzoo.stochastic.straight_through import deterministic_step, straight_through
from tests.stochastic.distributions import bernoulli, categorical, draws


def sampled(distribution, slope=1.0):
    return straight_through(distribution, draws(logits_of(distribution)), slope)


def random_logits(shape, spread=8.0, seed=0):
    values = np.random.default_rng(seed).normal(0.0, spread, shape)
    return tf.constant(values, tf.float32)


def value_and_gradient(function, logits):
    """The value of `function` at logits and the gradient of its sum."""
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = function(logits)
    return value.numpy(), tape.gradient(value, logits).numpy()


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])
@pytest.mark.parametrize("estimator", [deterministic_step, sampled])
def test_values_are_exact(estimator, jit):
    logits = random_logits([20000, 3])
    slope = tf.constant(1.7)

    @tf.function(jit_compile=jit)
    def both():
        return estimator(bernoulli(logits), slope), estimator(categorical(logits), slope)

    bits, one_hot = both()
    assert set(np.unique(bits)) == {0.0, 1.0}
    assert set(np.unique(one_hot)) == {0.0, 1.0}
    np.testing.assert_array_equal(np.sum(one_hot, axis=-1), 1.0)


def test_step_is_the_most_probable_sample():
    bits = deterministic_step(bernoulli([[-3.0, -1e-9, 0.0], [1e-9, 2.0, -50.0]]))
    np.testing.assert_array_equal(bits, [[0, 0, 1], [1, 1, 0]])
    one_hot = deterministic_step(categorical([[[0.0, 2.0, 1.0], [3.0, -1.0, 2.5]]]))
    np.testing.assert_array_equal(one_hot, [[[0, 1, 0], [1, 0, 0]]])


@pytest.mark.parametrize("slope", [1.0, 2.5])
@pytest.mark.parametrize("estimator", [deterministic_step, sampled])
def test_gradient_is_that_of_the_mean(estimator, slope):
    weights = tf.constant([1.0, -2.0, 0.5])
    logits = random_logits([50, 2, 3], spread=1.0)

    def linear(distribution):
        return lambda logits: tf.reduce_sum(weights * estimator(distribution(logits), slope))

    _, gradient = value_and_gradient(linear(bernoulli), logits)
    p = expit(slope * logits.numpy())
    np.testing.assert_allclose(gradient, slope * weights * p * (1 - p), atol=1e-6)

    _, gradient = value_and_gradient(linear(categorical), logits)
    p = softmax(slope * logits.numpy(), axis=-1)
    centered = weights - np.sum(weights * p, axis=-1, keepdims=True)
    np.testing.assert_allclose(gradient, slope * p * centered, atol=1e-6)


@pytest.mark.parametrize("slope", [1.0, 3.0])
def test_samples_follow_the_sharpened_distribution(slope):
    count, logits = 40000, np.array([0.8, -0.3, 0.1], np.float32)
    tiled = tf.tile(logits[None], [count, 1])
    for samples, p in [
        (sampled(bernoulli(tiled), slope), expit(slope * logits)),
        (sampled(categorical(tiled), slope), softmax(slope * logits)),
    ]:
        error = np.abs(np.mean(samples, axis=0) - p)
        assert np.all(error < 4 * np.sqrt(p * (1 - p) / count))


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_expected_gradient_on_a_quadratic(p):
    """2 (p - t) per dp, where the exact derivative of E (b - t)^2 is 1 - 2 t: equal at p = 1/2."""
    count, t = 40000, 0.45
    logits = tf.fill([count, 1], tf.constant(np.log(p / (1 - p)), tf.float32))
    squares, gradient = value_and_gradient(
        lambda logits: tf.square(sampled(bernoulli(logits)) - t), logits
    )
    per_dp = gradient[:, 0] / (p * (1 - p))
    bits = np.isclose(squares[:, 0], (1 - t) ** 2)
    np.testing.assert_allclose(per_dp, 2 * (bits - t), rtol=1e-4)
    standard_error = 2 * np.sqrt(p * (1 - p) / count)
    assert abs(np.mean(per_dp) - 2 * (p - t)) < 4 * standard_error
    if p == 0.5:
        assert 2 * (p - t) == pytest.approx(1 - 2 * t)
    else:
        assert abs(np.mean(per_dp) - (1 - 2 * t)) > 20 * standard_error


def test_every_sample_has_the_exact_gradient_of_a_linear_cost():
    weights = np.array([2.0, -1.0, 0.7], np.float32)
    logits = random_logits([100, 3], spread=1.5)
    _, gradient = value_and_gradient(
        lambda logits: tf.reduce_sum(weights * sampled(bernoulli(logits)), axis=1), logits
    )
    with tf.GradientTape() as tape:
        tape.watch(logits)
        expectation = tf.reduce_sum(weights * tf.sigmoid(logits), axis=1)
    np.testing.assert_allclose(gradient, tape.gradient(expectation, logits), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_several_samples_of_each_latent(distribution):
    logits, uniform = random_logits([4, 3], spread=1.0), draws(tf.zeros([5, 4, 3]))
    samples = straight_through(distribution(logits), uniform)
    np.testing.assert_array_equal(samples, hard_sample(distribution(logits), uniform))
    weights = tf.constant([1.0, -2.0, 0.5])
    _, gradient = value_and_gradient(
        lambda logits: weights * straight_through(distribution(logits), uniform), logits
    )
    _, of_one = value_and_gradient(
        lambda logits: weights * straight_through(distribution(logits), uniform[0]), logits
    )
    assert np.abs(of_one).max() > 0.1
    np.testing.assert_allclose(gradient, 5 * of_one, atol=1e-6)


@pytest.mark.parametrize("estimator", [deterministic_step, sampled])
def test_large_logits_are_finite(estimator):
    logits = tf.constant([[1e4, -1e4, 0.0]])
    bits, gradient = value_and_gradient(lambda logits: estimator(bernoulli(logits)), logits)
    np.testing.assert_array_equal(bits[:, :2], [[1, 0]])
    np.testing.assert_allclose(gradient, [[0, 0, 0.25]], atol=1e-7)
    one_hot, gradient = value_and_gradient(lambda logits: estimator(categorical(logits)), logits)
    np.testing.assert_array_equal(one_hot, [[1, 0, 0]])
    np.testing.assert_allclose(gradient, 0, atol=1e-7)


@pytest.mark.parametrize("estimator", [deterministic_step, sampled])
@pytest.mark.parametrize(
    "distribution",
    [
        tfd.Bernoulli(logits=tf.zeros([4])),
        tfd.Independent(tfd.Bernoulli(probs=[[0.5, 0.5]]), 1),
        tfd.Independent(tfd.Normal(tf.zeros([4, 2]), 1.0), 1),
        tfd.Independent(tfd.Bernoulli(logits=tf.zeros([4, 2])), 2),
    ],
    ids=["not independent", "probabilities", "normal", "no batch"],
)
def test_other_distributions(estimator, distribution):
    with pytest.raises(ValueError, match=r"give a tfd\.Independent"):
        estimator(distribution)


@pytest.mark.parametrize("slope", [0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("estimator", [deterministic_step, sampled])
def test_slope_is_checked(estimator, slope):
    with pytest.raises(ValueError, match=r"slope=.*above 0"):
        estimator(bernoulli([[0.0]]), slope)


@pytest.mark.parametrize("estimator", [deterministic_step, sampled])
@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_batches_of_unknown_size(estimator, distribution):
    sample = tf.function(lambda logits: estimator(distribution(logits)))
    concrete = sample.get_concrete_function(tf.TensorSpec([None, 2, 3]))
    logits = random_logits([7, 2, 3])
    np.testing.assert_array_equal(concrete(logits), estimator(distribution(logits)))
