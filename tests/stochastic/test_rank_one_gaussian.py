import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.rank_one_gaussian import RankOneGaussian

SIZE = 5


def random_gaussian(seed, scale=1.0):
    """A Gaussian in float64, and its covariance by inversion."""
    rng = np.random.default_rng(seed)
    mean, log_precision, direction = rng.normal(size=(3, SIZE))
    gaussian = RankOneGaussian(*map(tf.constant, (mean, log_precision, scale * direction)))
    precision = np.diag(np.exp(log_precision)) + scale**2 * np.outer(direction, direction)
    return gaussian, np.linalg.inv(precision)


def factor(gaussian):
    """R, a column for each unit vector."""
    return np.transpose(gaussian.transform(tf.eye(SIZE, dtype=tf.float64)) - gaussian.mean)


@pytest.mark.parametrize("seed", range(4))
def test_identities(seed):
    gaussian, covariance = random_gaussian(seed)
    root = factor(gaussian)
    np.testing.assert_allclose(root @ root.T, covariance, atol=1e-12)
    precision = np.diag(np.exp(gaussian.log_precision)) + np.outer(
        gaussian.direction, gaussian.direction
    )
    np.testing.assert_allclose(root @ root.T @ precision, np.eye(SIZE), atol=1e-12)
    np.testing.assert_allclose(gaussian.variance(), np.diag(covariance), rtol=1e-12)
    log_determinant = np.linalg.slogdet(covariance)[1]
    np.testing.assert_allclose(gaussian.log_determinant(), log_determinant, rtol=1e-12)


@pytest.mark.parametrize("seed", range(2))
def test_density_and_divergence_are_those_of_the_full_covariance(seed):
    gaussian, covariance = random_gaussian(seed)
    full = tfd.MultivariateNormalTriL(gaussian.mean, np.linalg.cholesky(covariance))
    x = np.random.default_rng(seed + 9).normal(size=(7, SIZE))
    np.testing.assert_allclose(gaussian.log_prob(x), full.log_prob(x), rtol=1e-10)
    standard = tfd.MultivariateNormalTriL(
        np.zeros(SIZE), tf.linalg.LinearOperatorIdentity(SIZE, dtype=tf.float64).to_dense()
    )
    np.testing.assert_allclose(gaussian.kl_to_standard(), full.kl_divergence(standard), rtol=1e-10)


def test_without_a_direction_it_is_diagonal():
    gaussian, covariance = random_gaussian(0, scale=0.0)
    np.testing.assert_allclose(factor(gaussian), np.sqrt(covariance), rtol=1e-12)
    golden = RankOneGaussian(
        tf.constant([1.0, -2.0]), tf.constant([0.0, -np.log(4.0)], tf.float32), tf.zeros([2])
    )
    assert float(golden.kl_to_standard()) == pytest.approx(3.3068528194, rel=1e-6)


def test_gradients_are_finite_without_a_direction():
    direction = tf.Variable(tf.zeros([3]))
    with tf.GradientTape() as tape:
        gaussian = RankOneGaussian(tf.zeros([3]), tf.zeros([3]), direction)
        total = tf.reduce_sum(gaussian.transform(tf.ones([3]))) + gaussian.kl_to_standard()
    np.testing.assert_array_equal(tape.gradient(total, direction), np.zeros(3))


def test_gradient_to_the_variance_is_prices():
    """d/ds E[z^4] for z ~ N(mu, s) is E[f''] / 2 = 6 mu^2 + 6 s."""
    mean, variance, count = 0.7, 0.6, 200_000
    log_precision = tf.Variable([-np.log(variance)], dtype=tf.float64)
    epsilon = tf.random.stateless_normal([count, 1], [1, 2], dtype=tf.float64)
    with tf.GradientTape() as tape:
        gaussian = RankOneGaussian(
            tf.constant([mean], tf.float64), log_precision, tf.zeros([1], tf.float64)
        )
        z = gaussian.transform(epsilon)
        total = tf.reduce_mean(z**4)
    [gradient] = tape.gradient(total, log_precision).numpy() / -variance
    z = z.numpy()[:, 0]
    values = 4 * z**3 * (z - mean) / (2 * variance)  # pathwise, by hand
    error = values.std() / np.sqrt(count)
    assert gradient == pytest.approx(values.mean(), rel=1e-9)
    assert abs(gradient - (6 * mean**2 + 6 * variance)) < 4 * error
