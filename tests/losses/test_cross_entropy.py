import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import cross_entropy
from tests.losses.categorical import FAKE, REAL, P, Q, js


def optimal_logits():
    return tf.Variable(np.log(P / Q))


def discriminator_objective(logits, real=REAL, fake=FAKE):
    return tf.reduce_mean(
        cross_entropy.discriminator_loss(tf.gather(logits, real), tf.gather(logits, fake))
    )


def test_optimal_discriminator_reaches_log_4_minus_twice_the_js_divergence():
    loss = discriminator_objective(optimal_logits()).numpy()
    assert loss == pytest.approx(np.log(4) - 2 * js(P, Q), abs=1e-12)
    assert discriminator_objective(optimal_logits(), FAKE, FAKE).numpy() > loss


def test_log_ratio_is_the_minimum():
    logits = optimal_logits()
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as tape:
            loss = discriminator_objective(logits)
        gradient = tf.convert_to_tensor(tape.gradient(loss, logits))
    np.testing.assert_allclose(gradient, 0, atol=1e-14)
    assert np.all(np.linalg.eigvalsh(outer.jacobian(gradient, logits)) > 0)


def test_values_where_the_discriminator_knows_nothing():
    zeros = tf.zeros([5], tf.float64)
    np.testing.assert_allclose(
        cross_entropy.discriminator_loss(zeros, zeros), 2 * np.log(2), rtol=1e-14
    )
    np.testing.assert_allclose(cross_entropy.minimax_generator_loss(zeros), -np.log(2), rtol=1e-14)
    np.testing.assert_allclose(
        cross_entropy.non_saturating_generator_loss(zeros), np.log(2), rtol=1e-14
    )


def derivative(loss, values):
    logits = tf.constant(values, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        total = loss(logits)
    return tape.gradient(total, logits).numpy()


def test_derivatives_of_the_generator_losses():
    a = np.array([-4.0, 0.0, 4.0])
    sigmoid = 1 / (1 + np.exp(-a))
    minimax = derivative(cross_entropy.minimax_generator_loss, a)
    non_saturating = derivative(cross_entropy.non_saturating_generator_loss, a)
    np.testing.assert_allclose(minimax, -sigmoid, rtol=1e-12)
    np.testing.assert_allclose(non_saturating, sigmoid - 1, rtol=1e-12)
    np.testing.assert_allclose(non_saturating / minimax, np.exp(-a), rtol=1e-12)
    assert minimax[1] == non_saturating[1] == -0.5


def test_derivative_of_the_maximum_likelihood_loss():
    a = np.array([-4.0, 0.0, 4.0])
    loss = cross_entropy.maximum_likelihood_generator_loss
    np.testing.assert_allclose(loss(tf.constant(a)), -np.exp(a) / 2, rtol=1e-12)
    np.testing.assert_allclose(derivative(loss, a), -np.exp(a) / 2, rtol=1e-12)


def test_maximum_likelihood_gradient_is_that_of_half_the_likelihood():
    theta, logits = tf.Variable(np.log(Q)), tf.constant(np.log(P / Q))
    with tf.GradientTape(persistent=True) as tape:
        q = tf.nn.softmax(theta)
        loss = cross_entropy.maximum_likelihood_generator_loss(logits)
        objective = tf.reduce_sum(q * loss)
        likelihood = tf.reduce_sum(P * tf.math.log(q))
    gradient = tape.gradient(objective, theta)
    np.testing.assert_allclose(gradient, (Q - P) / 2, atol=1e-15)
    np.testing.assert_allclose(gradient, -tape.gradient(likelihood, theta) / 2, atol=1e-15)


def test_maximum_likelihood_loss_follows_its_tangent_where_the_exponential_explodes():
    c = cross_entropy.LARGEST_EXPONENT
    logits = [c - 1e-6, c + 1e-6, c + 3, 1e4]
    slope = -np.exp(c) / 2
    loss = cross_entropy.maximum_likelihood_generator_loss
    np.testing.assert_allclose(derivative(loss, logits), [slope * (1 - 1e-6), *[slope] * 3])
    np.testing.assert_allclose(
        loss(tf.constant(logits, tf.float64))[1:], slope * (np.array(logits[1:]) - c + 1)
    )
    assert np.isfinite(loss(tf.constant([1e4, -1e4]))).all()


def test_only_the_minimax_loss_saturates_where_samples_are_rejected():
    [minimax] = derivative(cross_entropy.minimax_generator_loss, [-10.0])
    [non_saturating] = derivative(cross_entropy.non_saturating_generator_loss, [-10.0])
    assert -5e-5 < minimax < 0
    assert -1 < non_saturating < -0.9999


@pytest.mark.parametrize(
    ("loss", "divergence"),
    [
        # With D held at its optimum; Arjovsky and Bottou 2017, arXiv 1701.04862, theorem 2.5.
        (cross_entropy.minimax_generator_loss, lambda kl_qp, js_pq: 2 * js_pq),
        (cross_entropy.non_saturating_generator_loss, lambda kl_qp, js_pq: kl_qp - 2 * js_pq),
    ],
    ids=["minimax", "non-saturating"],
)
def test_generator_gradient_at_the_optimal_discriminator(loss, divergence):
    theta, logits = tf.Variable(np.log(Q)), tf.constant(np.log(P / Q))
    with tf.GradientTape(persistent=True) as tape:
        q = tf.nn.softmax(theta)
        objective = tf.reduce_sum(q * loss(logits))
        middle = 0.5 * (P + q)
        kl_qp = tf.reduce_sum(q * tf.math.log(q / P))
        js_pq = 0.5 * tf.reduce_sum(P * tf.math.log(P / middle) + q * tf.math.log(q / middle))
        closed_form = divergence(kl_qp, js_pq)
    gradient = tape.gradient(objective, theta)
    assert np.abs(gradient).max() > 0.05
    np.testing.assert_allclose(gradient, tape.gradient(closed_form, theta), atol=1e-14)


def test_a_column_and_a_vector_of_scores_do_not_broadcast():
    column, vector = tf.constant([[1.0], [2.0], [3.0]]), tf.constant([0.5, -0.5, 4.0])
    loss = cross_entropy.discriminator_loss(column, vector)
    assert loss.shape == (3,)
    np.testing.assert_allclose(
        loss, np.log1p(np.exp([-1.0, -2.0, -3.0])) + np.log1p(np.exp([0.5, -0.5, 4.0])), rtol=1e-6
    )


def test_extreme_logits_stay_finite():
    extreme = tf.constant([-1e4, 1e4])
    np.testing.assert_allclose(cross_entropy.discriminator_loss(extreme, extreme), 1e4)
    np.testing.assert_allclose(cross_entropy.minimax_generator_loss(extreme), [0, -1e4])
    np.testing.assert_allclose(cross_entropy.non_saturating_generator_loss(extreme), [1e4, 0])


def smoothed(logits, real_target, fake_target):
    loss = cross_entropy.discriminator_loss(
        tf.gather(logits, REAL), tf.gather(logits, FAKE), real_target, fake_target
    )
    return tf.reduce_mean(loss)


@pytest.mark.parametrize(("alpha", "beta"), [(0.9, 0.0), (0.9, 0.1), (0.75, 0.3), (1.0, 0.0)])
def test_optimum_of_smoothed_labels(alpha, beta):
    """D* = (alpha p + beta q) / (p + q); Salimans et al. 2016, section 3.4."""
    optimum = (alpha * P + beta * Q) / (P + Q)
    logits = tf.Variable(np.log(optimum / (1 - optimum)))
    with tf.GradientTape() as tape:
        loss = smoothed(logits, alpha, beta)
    gradient = tf.convert_to_tensor(tape.gradient(loss, logits))
    np.testing.assert_allclose(gradient, 0, atol=1e-15)
    for step in (-0.3, 0.3):
        assert smoothed(logits + step, alpha, beta) > loss


@pytest.mark.parametrize(("targets", "level"), [((0.9, 0.0), 0.45), ((0.9, 0.1), 0.5)])
def test_smoothed_discriminator_where_samples_are_data(targets, level):
    logit = tf.constant([np.log(level / (1 - level))])
    [slope] = derivative(lambda a: cross_entropy.discriminator_loss(a, a, *targets), logit)
    assert slope == pytest.approx(0, abs=1e-15)


def test_smoothed_label_pulls_back_beyond_its_logit():
    def data_side(a):
        return cross_entropy.discriminator_loss(a, tf.zeros_like(a), 0.9)

    level = np.log(0.9 / 0.1)
    slopes = derivative(data_side, [level - 1, level, level + 1])
    np.testing.assert_allclose(slopes[1], 0, atol=1e-15)
    sigmoid = 1 / (1 + np.exp(-np.array([level - 1, level + 1])))
    np.testing.assert_allclose(slopes[[0, 2]], sigmoid - 0.9, rtol=1e-12)


def test_hard_labels_are_the_loss_of_the_paper_to_the_last_bit():
    a = tf.constant(np.random.default_rng(0).normal(scale=9, size=99), tf.float32)
    np.testing.assert_array_equal(
        cross_entropy.discriminator_loss(a, a[::-1]), tf.nn.softplus(-a) + tf.nn.softplus(a[::-1])
    )


def test_accuracy_counts_both_kinds():
    real, fake = tf.constant([[2.0], [-1.0], [0.5], [-3.0]]), tf.constant([-1.0, -2.0, 3.0, 0.1])
    np.testing.assert_array_equal(
        cross_entropy.discriminator_accuracy(real, fake), [1.0, 0.5, 0.5, 0.0]
    )
