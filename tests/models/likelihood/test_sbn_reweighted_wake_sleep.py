import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp

import ganzoo
from tests.models.likelihood.belief_nets import (
    QUARTERS,
    assert_moved_by,
    golden,
    gradients,
    log_joint,
    log_posterior,
    trained_on_bars,
)
from tests.models.likelihood.test_sbn_wake_sleep import DATA, drawn, dreams, equal, watched


def by_hand(p, q, uniform):
    """Samples [K, N, 3], their weights and log weights [K, N]; weights sum to 1 over K."""
    hidden = drawn(DATA @ q["kernel"] + q["bias"], np.asarray(uniform, "float64"))
    log_weights = log_joint(p, DATA, hidden) - log_posterior(q, DATA, hidden)
    return hidden, np.exp(log_weights - logsumexp(log_weights, axis=0)), log_weights


def test_a_step_by_hand():
    """Weights are normalized over the samples of each example and are constants."""
    model = golden("sbn_reweighted_wake_sleep", QUARTERS, num_samples=4)
    record = watched(model)
    logs = model.train_step(tf.constant(DATA, tf.float32))
    (first, p_loss, before, between), (second, q_loss, _, after) = record["updates"]
    assert (first, second) == ("decoder", "encoder")
    assert equal(before[1], between[1]) and equal(between[0], after[0])

    p, q = before
    hidden, weights, log_weights = by_hand(p, q, record["hidden"])
    assert hidden.shape == (4, 5, 3)
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    assert weights.std() > 0.01
    expected = gradients(lambda p: np.sum(weights * log_joint(p, DATA, hidden)) / 5, p)
    assert_moved_by(p, between[0], expected)
    assert p_loss == pytest.approx(-np.sum(weights * log_joint(p, DATA, hidden)) / 5, rel=1e-5)

    x, dreamt = dreams(between[0], np.asarray(record["dream"], "float64"))

    def climbed(q):
        wake = np.sum(weights * log_posterior(q, DATA, hidden)) / 5
        return wake + np.mean(log_posterior(q, x, dreamt))

    assert_moved_by(q, after[1], gradients(climbed, q))
    assert q_loss == pytest.approx(-climbed(q), rel=1e-5)
    loss = -np.mean(logsumexp(log_weights, axis=0) - np.log(4))
    assert float(logs["loss"]) == pytest.approx(loss, rel=1e-5)


def test_p_climbs_the_estimate_of_the_evidence():
    """The step of p is the gradient of the mean of log 1/K sum_k w_k at the same samples."""
    model = golden("sbn_reweighted_wake_sleep", QUARTERS, num_samples=4)
    record = watched(model)
    model.train_step(tf.constant(DATA, tf.float32))
    _, _, (p, q), (new_p, _) = record["updates"][0]
    hidden = by_hand(p, q, record["hidden"])[0]

    def estimate(p):
        log_weights = log_joint(p, DATA, hidden) - log_posterior(q, DATA, hidden)
        return np.mean(logsumexp(log_weights, axis=0))

    assert_moved_by(p, new_p, gradients(estimate, p))


def test_evaluation_has_the_losses_of_a_step():
    model = golden("sbn_reweighted_wake_sleep", QUARTERS, rate=0.0, num_samples=4)
    record = watched(model)
    x = tf.constant(DATA, tf.float32)
    logs = {name: float(value) for name, value in model.train_step(x).items()}
    wake, sleep = record["hidden"], record["dream"]
    model.draw_hidden_uniform, model.draw_dream_uniform = lambda *_: wake, lambda *_: sleep
    model.reset_metrics()
    for name, value in model.test_step(x).items():
        assert float(value) == pytest.approx(logs[name], rel=1e-6), name


@pytest.mark.parametrize("value", [0, 2.5, None])
def test_num_samples_is_checked(value):
    with pytest.raises(ValueError, match=f"num_samples={value}: give an integer of at least 1"):
        ganzoo.create("sbn_reweighted_wake_sleep", (4,), num_samples=value)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_bars_and_stripes(seed):
    assert 3.5 < trained_on_bars("sbn_reweighted_wake_sleep", seed) < 4.4
