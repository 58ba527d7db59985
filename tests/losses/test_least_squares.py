import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import least_squares
from ganzoo.models.adversarial.lsgan import PEARSON_TARGETS, ZERO_ONE_TARGETS
from tests.losses.categorical import FAKE, REAL, P, Q


def optimal_scores(p, q, fake_target, real_target):
    return tf.constant((real_target * p + fake_target * q) / (p + q))


def twice_the_generator_criterion(p, q, targets):
    """2 C(G): equation 6 of the paper, with the term in the data that G does not change."""
    fake_target, real_target, generator_target = targets
    scores = optimal_scores(p, q, fake_target, real_target)
    loss = least_squares.generator_loss(scores, generator_target)
    return 2 * float(tf.reduce_sum((p + q) * loss))


def pearson_chi_squared(p, q):
    """Between p + q and 2 q."""
    return np.sum((p - q) ** 2 / (p + q))


def test_pearson_targets_minimize_a_chi_squared_divergence():
    criterion = twice_the_generator_criterion(P, Q, PEARSON_TARGETS)
    assert criterion == pytest.approx(pearson_chi_squared(P, Q), abs=1e-12)
    assert criterion > 0.3
    assert twice_the_generator_criterion(P, P, PEARSON_TARGETS) == pytest.approx(0, abs=1e-15)


def test_zero_one_targets_do_not():
    criterion = twice_the_generator_criterion(P, Q, ZERO_ONE_TARGETS)
    assert abs(criterion - pearson_chi_squared(P, Q)) > 0.1
    assert twice_the_generator_criterion(P, P, ZERO_ONE_TARGETS) == pytest.approx(0.5, abs=1e-12)


def test_published_targets():
    assert PEARSON_TARGETS == (-1.0, 1.0, 0.0)
    assert ZERO_ONE_TARGETS == (0.0, 1.0, 1.0)


@pytest.mark.parametrize("targets", [PEARSON_TARGETS, ZERO_ONE_TARGETS, (0.3, -2.0, 5.0)])
def test_optimal_discriminator(targets):
    fake_target, real_target, _ = targets
    scores = tf.Variable(optimal_scores(P, Q, fake_target, real_target))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(
            least_squares.discriminator_loss(
                tf.gather(scores, REAL), tf.gather(scores, FAKE), fake_target, real_target
            )
        )
    gradient = tf.convert_to_tensor(tape.gradient(loss, scores))
    np.testing.assert_allclose(gradient, 0, atol=1e-14)
    # Any other scores cost 1/2 sum (p + q) offset^2 more.
    offset = np.array([0.1, -0.2, 0.3, 0.4])
    scores.assign_add(offset)
    moved = tf.reduce_mean(
        least_squares.discriminator_loss(
            tf.gather(scores, REAL), tf.gather(scores, FAKE), fake_target, real_target
        )
    )
    assert float(moved - loss) == pytest.approx(0.5 * np.sum((P + Q) * offset**2), abs=1e-12)


def test_values_at_zero_scores_keep_the_halves():
    zeros = tf.zeros([4, 1], tf.float64)
    fake_target, real_target, generator_target = ZERO_ONE_TARGETS
    discriminator_loss = least_squares.discriminator_loss(zeros, zeros, fake_target, real_target)
    generator_loss = least_squares.generator_loss(zeros, generator_target)
    np.testing.assert_array_equal(discriminator_loss, np.full(4, 0.5))
    np.testing.assert_array_equal(generator_loss, np.full(4, 0.5))


def test_which_target_belongs_to_which_scores():
    real, fake = tf.constant([2.0]), tf.constant([-3.0])
    loss = least_squares.discriminator_loss(real, fake, fake_target=1.0, real_target=5.0)
    np.testing.assert_allclose(loss, [0.5 * 3**2 + 0.5 * 4**2])
