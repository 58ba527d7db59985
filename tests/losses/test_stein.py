import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from ganzoo.losses import stein


def particles(count, width=3, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(size=(count, width)))


def test_one_particle_follows_its_score():
    x, score = particles(1), particles(1, seed=1)
    np.testing.assert_array_equal(stein.direction(x, x, score), score)


def test_equal_particles_follow_their_mean_score():
    x, scores = tf.ones([4, 2], tf.float64), particles(4, 2)
    expected = np.tile(np.mean(scores, axis=0), (4, 1))
    np.testing.assert_allclose(stein.direction(x, x, scores), expected, rtol=1e-12)


def test_repulsion_is_the_gradient_to_the_first_argument():
    """phi by its definition, with automatic gradients of the kernel."""
    x, scores = particles(5), particles(5, seed=1)
    distances = np.sum((x[:, None] - x[None]).numpy() ** 2, axis=-1)
    bandwidth = np.median(distances) / np.log(6)
    expected = np.zeros((5, 3))
    for i in range(5):
        for j in range(5):
            xj = tf.Variable(x[j])
            with tf.GradientTape() as tape:
                kernel = tf.exp(-tf.reduce_sum((xj - x[i]) ** 2) / bandwidth)
            expected[i] += (kernel * scores[j] + tape.gradient(kernel, xj)).numpy() / 5
    np.testing.assert_allclose(stein.direction(x, x, scores), expected, rtol=1e-9, atol=1e-12)


def test_two_particles_drive_each_other_apart():
    x = tf.constant([[0.0], [1.0]])
    first, second = stein.direction(x, x, tf.zeros([2, 1]))[:, 0]
    # Distances 0, 0, 1, 1: median 1/2, h = 1 / (2 log 3), kernel 1/9; phi = kernel / h.
    assert float(second) == pytest.approx(2 * np.log(3) / 9, rel=1e-5)
    assert float(first) == pytest.approx(-float(second), rel=1e-5)


def test_repulsions_sum_to_zero():
    x = particles(9)
    phi = stein.direction(x, x, tf.zeros_like(x))
    np.testing.assert_allclose(tf.reduce_sum(phi, axis=0), 0, atol=1e-12)
    assert np.abs(phi).max() > 0.01


def test_stein_identity_of_a_standard_normal():
    """E_p[s(x) k(x, y) + grad_x k(x, y)] = 0 at every y: the particles are as p, and stay."""
    x = tf.constant(stats.norm.ppf((np.arange(400) + 0.5) / 400))[:, None]
    y = tf.constant([[-1.0], [0.0], [0.7], [2.0]], tf.float64)
    np.testing.assert_allclose(stein.direction(y, x, -x), 0, atol=6e-3)
    assert np.abs(stein.direction(y, x, -2 * x)).max() > 0.1  # of another density not


def test_some_of_the_particles_move_as_among_all():
    x, scores = particles(6), particles(6, seed=1)
    np.testing.assert_allclose(
        stein.direction(x[2:4], x, scores), stein.direction(x, x, scores)[2:4], rtol=1e-12
    )


def test_gradient_of_the_generator_loss_is_the_direction_through_the_jacobian():
    weights = tf.Variable(np.random.default_rng(2).normal(size=(2, 3)))
    z, phi = particles(5, 2), tf.Variable(particles(5, seed=1))
    with tf.GradientTape() as tape:
        losses = stein.generator_loss(tf.tanh(z @ weights), phi)
    assert losses.shape == (5,)
    to_weights, to_phi = tape.gradient(losses, [weights, phi])
    slopes = 1 - np.tanh(z @ weights) ** 2
    np.testing.assert_allclose(to_weights, -tf.transpose(z) @ (slopes * phi), rtol=1e-9)
    assert to_phi is None


def test_close_particles_far_from_the_origin():
    x = particles(6)
    near, scores = tf.cast(100 + 1e-2 * x, tf.float32), tf.zeros([6, 3])
    exact = tf.cast(near, tf.float64)
    expected = stein.direction(exact, exact, tf.cast(scores, tf.float64))
    assert np.abs(expected).max() > 10
    np.testing.assert_allclose(stein.direction(near, near, scores), expected, rtol=1e-2, atol=0.02)
