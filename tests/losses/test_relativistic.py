import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import relativistic

REAL, FAKE = np.array([0.5, -1.0, 2.0]), np.array([-0.5, 1.5, -3.0])


def losses(real, fake):
    """Mean losses of both players, with the means of the same scores."""
    scores = (tf.convert_to_tensor(real), tf.convert_to_tensor(fake))
    means = [tf.reduce_mean(side) for side in scores]
    return (
        tf.reduce_mean(relativistic.discriminator_loss(*scores, *means)),
        tf.reduce_mean(relativistic.generator_loss(*scores, *means)),
    )


def test_losses_are_those_of_sigmoids_of_differences():
    def d(score, others):
        return 1 / (1 + np.exp(-(score - others.mean())))

    data, samples = d(REAL, FAKE), d(FAKE, REAL)
    discriminator_loss, generator_loss = losses(REAL, FAKE)
    expected = -(np.log(data).mean() + np.log(1 - samples).mean()) / 2
    assert float(discriminator_loss) == pytest.approx(expected, rel=1e-12)
    expected = -(np.log(samples).mean() + np.log(1 - data).mean()) / 2
    assert float(generator_loss) == pytest.approx(expected, rel=1e-12)


def test_values_by_hand():
    # One score a side: the loss of the pair, softplus(-2) and softplus(2).
    discriminator_loss, generator_loss = losses([1.5], [-0.5])
    assert float(discriminator_loss) == pytest.approx(0.126928, abs=1e-6)
    assert float(generator_loss) == pytest.approx(2.126928, abs=1e-6)


@pytest.mark.parametrize("constant", [-7.0, 0.3, 50.0])
def test_a_constant_added_to_all_scores_changes_nothing(constant):
    np.testing.assert_allclose(losses(REAL + constant, FAKE + constant), losses(REAL, FAKE))
    real_only = losses(REAL + constant, FAKE)
    assert np.abs(np.subtract(real_only, losses(REAL, FAKE))).min() > 0.01


def test_both_are_log_2_where_all_scores_agree():
    np.testing.assert_allclose(losses(np.full(4, 3.0), np.full(4, 3.0)), np.log(2), rtol=1e-12)


def test_gradients_reach_both_sides_through_the_means():
    real, fake = tf.Variable(REAL), tf.Variable(FAKE)
    with tf.GradientTape(persistent=True) as tape:
        discriminator_loss, generator_loss = losses(real, fake)
    step = 1e-6
    for player, loss in enumerate((discriminator_loss, generator_loss)):
        for number, scores in enumerate((real, fake)):
            unit = np.eye(3)
            differences = []
            for direction in unit:
                moved = [REAL, FAKE]
                moved[number] = moved[number] + step * direction
                back = [REAL, FAKE]
                back[number] = back[number] - step * direction
                differences.append(
                    float(losses(*moved)[player] - losses(*back)[player]) / (2 * step)
                )
            gradient = tape.gradient(loss, scores)
            assert np.abs(gradient).min() > 1e-3
            np.testing.assert_allclose(gradient, differences, rtol=1e-6)


def test_a_column_and_a_vector_of_scores_do_not_broadcast():
    real, fake = tf.constant(REAL)[:, None], tf.constant(FAKE)
    assert relativistic.discriminator_loss(real, fake, 0.0, 0.0).shape == (3,)
    assert relativistic.generator_loss(real, fake, 0.0, 0.0).shape == (3,)


def test_extreme_scores_stay_finite():
    np.testing.assert_allclose(losses([1e4], [-1e4]), [0.0, 2e4])
