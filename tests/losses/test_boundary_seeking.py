import math

import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import boundary_seeking
from tests.losses.categorical import FAKE, P, Q


def logit(probability):
    return math.log(probability / (1 - probability))


def test_value_at_nine_tenths():
    loss = boundary_seeking.generator_loss(tf.constant([logit(0.9), logit(0.1)], tf.float64))
    np.testing.assert_allclose(loss, 0.5 * math.log(9) ** 2, rtol=1e-14)
    assert float(loss[0]) == pytest.approx(2.413898, abs=5e-7)


def test_zero_on_the_decision_boundary_only():
    logits = tf.constant([[0.0], [1e-3], [-1e-3]], tf.float64)
    loss = boundary_seeking.generator_loss(logits).numpy()
    assert loss.shape == (3,)
    assert loss[0] == 0 and loss[1] == loss[2] > 0
    np.testing.assert_array_equal(boundary_seeking.generator_loss(logits + 0.7, 0.7)[0], 0)


def test_gradient_pulls_back_from_both_sides():
    logits = tf.constant([-2.0, 0.0, 3.0], tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        printed = tf.reduce_mean(boundary_seeking.generator_loss(logits))
        normalized = tf.reduce_mean(boundary_seeking.generator_loss(logits, log_z=0.5))
    np.testing.assert_allclose(tape.gradient(printed, logits), logits / 3, rtol=1e-14)
    np.testing.assert_allclose(tape.gradient(normalized, logits), (logits - 0.5) / 3, rtol=1e-14)


def test_log_mean_exp():
    logits = np.array([[-1.0], [0.5], [2.0]])
    estimate = boundary_seeking.log_mean_exp(tf.constant(logits))
    assert estimate.shape == ()
    assert float(estimate) == pytest.approx(math.log(np.mean(np.exp(logits))), abs=1e-14)
    large = boundary_seeking.log_mean_exp(tf.constant([1000.0, 1000.0, 1000.0]))
    assert float(large) == pytest.approx(1000, abs=1e-3)


def test_optimal_discriminator_has_normalizer_one():
    logits = tf.constant(np.log(P / Q)[FAKE])
    assert float(boundary_seeking.log_mean_exp(logits)) == pytest.approx(0, abs=1e-14)
