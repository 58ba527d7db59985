import numpy as np
import tensorflow as tf

from ganzoo.models import gaussian


def test_diagonal_has_mean_then_log_variance():
    distribution = gaussian.diagonal(tf.constant([[1.0, -2.0, 0.0, np.log(4.0)]]))
    assert distribution.batch_shape == (1,) and distribution.event_shape == (2,)
    np.testing.assert_allclose(distribution.mean(), [[1.0, -2.0]])
    np.testing.assert_allclose(distribution.stddev(), [[1.0, 2.0]])
    kl_divergence = distribution.kl_divergence(gaussian.standard(2))
    np.testing.assert_allclose(kl_divergence, [3.3068528194], rtol=1e-6)


def test_noise_determines_a_draw():
    distribution = gaussian.diagonal(tf.constant([[1.0, -2.0, 0.0, np.log(4.0)]]))
    epsilon = tf.constant([[[0.5, -1.0]], [[0.0, 2.0]]])
    draws = gaussian.reparameterized(distribution, epsilon)
    np.testing.assert_allclose(draws, [[[1.5, -4.0]], [[1.0, 2.0]]])
    expected = -0.5 * np.sum(epsilon**2, -1) - np.log(2.0) - np.log(2 * np.pi)
    np.testing.assert_allclose(distribution.log_prob(draws), expected, rtol=1e-6)


def test_standard_is_normal_with_unit_variance():
    z = tf.constant([[0.3, -1.2, 2.0]])
    expected = -0.5 * np.sum(z**2) - 1.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(gaussian.standard(3).log_prob(z), [expected], rtol=1e-6)


def test_codes_are_what_an_encoder_gives():
    parameters = tf.constant([[1.0, -2.0, 0.3, -4.0]])
    codes = gaussian.codes(gaussian.diagonal(parameters))
    np.testing.assert_allclose(codes["mean"], parameters[:, :2])
    np.testing.assert_allclose(codes["log_variance"], parameters[:, 2:], rtol=1e-6)
