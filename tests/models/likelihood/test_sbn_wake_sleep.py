import numpy as np
import pytest
import tensorflow as tf

from tests.models.likelihood.belief_nets import (
    QUARTERS,
    X,
    assert_moved_by,
    bit_rows,
    golden,
    gradients,
    log_joint,
    log_posterior,
    trained_on_bars,
    weights_of,
)

DATA = np.array([X, [0, 0, 0, 0], [0, 1, 1, 0], X, [1, 1, 0, 1]])


def watched(model):
    """Keeps the uniform draws of wake and sleep, and what weights each update finds and leaves."""
    record = {"updates": []}
    hidden, dream, minimize = model.draw_hidden_uniform, model.draw_dream_uniform, model.minimize

    def watched_hidden(x, seed):
        record["hidden"] = hidden(x, seed)
        return record["hidden"]

    def watched_dream(x, seed):
        record["dream"] = dream(x, seed)
        return record["dream"]

    def watched_minimize(network, tape, loss):
        before = weights_of(model)
        minimize(network, tape, loss)
        record["updates"].append((network, float(loss), before, weights_of(model)))

    model.draw_hidden_uniform, model.draw_dream_uniform = watched_hidden, watched_dream
    model.minimize = watched_minimize
    return record


def drawn(logits, uniform):
    return (uniform > 1 / (1 + np.exp(logits))).astype(float)


def dreams(p, uniform):
    """x and h by hand from draws [N, 4 + 3]."""
    hidden = drawn(p["prior"], uniform[:, 4:])
    return drawn(hidden @ p["kernel"] + p["bias"], uniform[:, :4]), hidden


def equal(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_a_step_by_hand():
    """Wake moves p alone along the samples of q, sleep moves q alone along the dreams of new p."""
    model = golden("sbn_wake_sleep", QUARTERS)
    record = watched(model)
    logs = model.train_step(tf.constant(DATA, tf.float32))
    (first, wake_loss, before, between), (second, sleep_loss, start, after) = record["updates"]
    assert (first, second) == ("decoder", "encoder")
    assert (
        equal(before[1], between[1]) and equal(start[0], after[0]) and equal(between[0], start[0])
    )

    p, q = before
    hidden = drawn(DATA @ q["kernel"] + q["bias"], np.asarray(record["hidden"], "float64"))
    expected = gradients(lambda p: np.mean(log_joint(p, DATA, hidden)), p)
    assert_moved_by(p, between[0], expected)
    assert wake_loss == pytest.approx(-np.mean(log_joint(p, DATA, hidden)), rel=1e-5)
    loss = np.mean(log_posterior(q, DATA, hidden) - log_joint(p, DATA, hidden))
    assert float(logs["loss"]) == pytest.approx(loss, rel=1e-5)

    x, hidden = dreams(between[0], np.asarray(record["dream"], "float64"))
    assert x.shape == (5, 4) and hidden.shape == (5, 3)
    expected = gradients(lambda q: np.mean(log_posterior(q, x, hidden)), q)
    assert_moved_by(q, after[1], expected)
    assert sleep_loss == pytest.approx(-np.mean(log_posterior(q, x, hidden)), rel=1e-5)


def test_sleep_is_lowest_at_the_posterior():
    """Over many dreams the mean of -log q(h | x) is the enumerated cross-entropy with p(x, h)."""
    model = golden("sbn_wake_sleep", QUARTERS, rate=0.0)
    p, q = weights_of(model)
    states = bit_rows(7)
    x, hidden = states[:, :4], states[:, 4:]
    probability = np.exp(log_joint(p, x, hidden))
    expected = -probability @ log_posterior(q, x, hidden)
    losses = [
        float(model.train_step(tf.zeros([20_000, 4]))["encoder_loss"])
        for _ in range(2)  # the mean of both steps comes last
    ]
    spread = np.sqrt(probability @ (log_posterior(q, x, hidden) + expected) ** 2)
    assert abs(losses[-1] - expected) < 4 * spread / np.sqrt(40_000)


def test_evaluation_has_the_losses_of_a_step():
    model = golden("sbn_wake_sleep", QUARTERS, rate=0.0)
    record = watched(model)
    x = tf.constant(DATA, tf.float32)
    logs = {name: float(value) for name, value in model.train_step(x).items()}
    wake, sleep = record["hidden"], record["dream"]
    model.draw_hidden_uniform, model.draw_dream_uniform = lambda *_: wake, lambda *_: sleep
    model.reset_metrics()
    for name, value in model.test_step(x).items():
        assert float(value) == pytest.approx(logs[name], rel=1e-6), name


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_bars_and_stripes(seed):
    assert 4.4 < trained_on_bars("sbn_wake_sleep", seed) < 5.5
