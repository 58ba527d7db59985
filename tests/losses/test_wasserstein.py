import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import wasserstein
from tests.losses.categorical import FAKE, REAL


@pytest.mark.parametrize("distance", [0.25, 3.0])
def test_point_masses_and_their_optimal_critic(distance):
    real, fake = tf.fill([4, 1], tf.constant(distance, tf.float64)), tf.zeros([4, 1], tf.float64)
    identity = wasserstein.critic_loss(real, fake)  # f(x) = x is 1-Lipschitz and optimal
    assert identity.shape == (4,)
    np.testing.assert_allclose(-tf.reduce_mean(identity), distance, rtol=1e-15)


def test_optimal_critic_of_two_distributions_on_a_line():
    # With all mass moving one way, f(x) = -x attains W1, which in one dimension is the area between
    # the two distribution functions.
    real, fake = np.array([0.0, 1.0, 1.0, 2.0]), np.array([1.0, 1.0, 3.0, 5.0])
    area = np.abs(np.sort(real) - np.sort(fake)).mean()
    loss = wasserstein.critic_loss(tf.constant(-real), tf.constant(-fake))
    assert -float(tf.reduce_mean(loss)) == pytest.approx(area, abs=1e-15)


def test_generator_climbs_the_scores():
    scores = tf.constant([[1.0], [-2.0]])
    np.testing.assert_array_equal(wasserstein.generator_loss(scores), [-1.0, 2.0])


def test_a_constant_added_to_the_critic_cancels():
    scores = tf.constant(np.array([0.3, -1.0, 2.0, 0.1]))
    real, fake = tf.gather(scores, REAL), tf.gather(scores, FAKE)
    np.testing.assert_allclose(
        wasserstein.critic_loss(real + 7, fake + 7), wasserstein.critic_loss(real, fake), atol=1e-14
    )
