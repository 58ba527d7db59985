import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp

from ganzoo.stochastic.vimco import vimco
from tests.stochastic.test_score_function import bernoulli, compilation

LOG_WEIGHTS = np.array([[0.3, -2.0], [1.1, 0.4], [-0.7, 5.0]])
THETA = np.array([0.4, -0.9])
BITS = np.array(list(itertools.product([0.0, 1.0], repeat=2)))
LOG_JOINT = np.array([-0.2, 0.5, -1.4, 1.0])  # log p(x) up to a constant, for x = 00, 01, 10, 11


def gradients(log_weights):
    """Value [N], and the gradients of its sum to log w and to log q, which are the signals."""
    log_weights = tf.convert_to_tensor(log_weights)
    log_probabilities = -1.0 - tf.ones_like(log_weights)
    with tf.GradientTape() as tape:
        tape.watch([log_weights, log_probabilities])
        surrogate = vimco(log_weights, log_probabilities)
    return surrogate, *tape.gradient(surrogate, [log_weights, log_probabilities])


def test_two_samples_by_hand():
    """With K = 2 the other weight stands in for the one left out: signal_1 = L - log w_2."""
    log_weights = LOG_WEIGHTS[:2]
    weights = np.exp(log_weights)
    bound = np.log(weights.mean(0))
    value, to_weights, signals = gradients(log_weights)
    np.testing.assert_allclose(value, bound, rtol=1e-13)
    np.testing.assert_allclose(signals, bound - log_weights[::-1], rtol=1e-12)
    np.testing.assert_allclose(to_weights, weights / weights.sum(0), rtol=1e-12)


def test_three_samples_by_the_formula():
    weights = np.exp(LOG_WEIGHTS)
    value, to_weights, signals = gradients(LOG_WEIGHTS)
    np.testing.assert_allclose(value, np.log(weights.mean(0)), rtol=1e-13)
    np.testing.assert_allclose(to_weights, weights / weights.sum(0), rtol=1e-12)
    for k in range(3):
        others = np.delete(LOG_WEIGHTS, k, axis=0)
        baseline = np.log((np.exp(others).sum(0) + np.exp(others.mean(0))) / 3)
        np.testing.assert_allclose(signals[k], value - baseline, rtol=1e-12)


@pytest.mark.parametrize("log_weight", [0.0, 0.3, -1e4])
def test_equal_weights_give_zero_signals(log_weight):
    value, to_weights, signals = gradients(np.full([5, 3], log_weight, np.float32))
    np.testing.assert_array_equal(signals, 0)
    np.testing.assert_allclose(value, log_weight, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(to_weights, 0.2, rtol=1e-6)


@pytest.mark.parametrize("count", [2, 3])
def test_unbiased_by_enumeration(count):
    """Over all K-tuples of two bits, for the parameters of q and for those of p."""
    tuples = np.array(list(itertools.product(range(4), repeat=count))).T  # [K, 4^K]
    samples = BITS[tuples]
    theta, log_joint = tf.Variable(THETA), tf.Variable(LOG_JOINT)
    with tf.GradientTape(persistent=True) as tape:
        log_q = bernoulli(tf.tile(theta[None, None], [*tuples.shape, 1])).log_prob(samples)
        log_weights = tf.gather(log_joint, tuples) - log_q
        probabilities = tf.exp(tf.reduce_sum(log_q, axis=0))
        expectation = tf.reduce_sum(tf.stop_gradient(probabilities) * vimco(log_weights, log_q))
        bound = tf.reduce_logsumexp(log_weights, axis=0) - np.log(count)
        exact = tf.reduce_sum(probabilities * bound)
    np.testing.assert_allclose(tf.reduce_sum(probabilities), 1, rtol=1e-12)
    np.testing.assert_allclose(expectation, exact, rtol=1e-13)
    for parameters in theta, log_joint:
        estimate, gradient = (
            tf.convert_to_tensor(tape.gradient(target, parameters))
            for target in (expectation, exact)
        )
        assert np.abs(gradient).min() > 0.01
        np.testing.assert_allclose(estimate, gradient, atol=1e-14)


@compilation
def test_extreme_weights_stay_finite(jit):
    log_weights = np.array([[1e4, -1e4, -1e4], [-1e4, -1e4, 0.0], [9990.0, 1e4, 1.0]], np.float32)
    value, to_weights, signals = tf.function(gradients, jit_compile=jit)(tf.constant(log_weights))
    exact = np.float64(log_weights)
    bound = logsumexp(exact, axis=0) - np.log(3)
    np.testing.assert_allclose(value, bound, rtol=1e-6)
    np.testing.assert_allclose(to_weights, np.exp(exact - logsumexp(exact, axis=0)), atol=1e-6)
    for k in range(3):
        others = np.delete(exact, k, axis=0)
        replaced = np.concatenate([others, others.mean(0, keepdims=True)])
        baseline = logsumexp(replaced, axis=0) - np.log(3)
        np.testing.assert_allclose(signals[k], bound - baseline, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(0, 4), (1, 4), (4,), (3, 4, 1)])
def test_needs_two_samples_of_each_example(shape):
    with pytest.raises(ValueError, match=r"give two tensors \[K, N\] with a fixed K of at least 2"):
        vimco(tf.zeros(shape), tf.zeros(shape))


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="give two tensors"):
        vimco(tf.zeros([3, 4]), tf.zeros([3, 1]))
