import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp

import ganzoo
from tests.models.likelihood.belief_nets import (
    PRIOR,
    QUARTERS,
    P,
    X,
    assert_moved_by,
    bit_rows,
    bound,
    draws,
    exact_log_prob,
    golden,
    gradients,
    log_evidence,
    log_joint,
    log_posterior,
    trained_on_bars,
    weights_of,
)

NAMES = ("sbn", "sbn_vimco", "sbn_wake_sleep", "sbn_reweighted_wake_sleep")


def test_golden_evidence():
    model = golden("sbn")
    states = bit_rows(4).astype("float32")
    log_probs = exact_log_prob(model, states)
    assert np.exp(log_probs).sum() == pytest.approx(1, abs=1e-6)
    assert log_probs[0b1011] == pytest.approx(-2.5799298591, abs=1e-6)
    assert log_probs[0] == pytest.approx(-2.9799298591, abs=1e-6)


def test_golden_posterior():
    hidden = bit_rows(3)
    net = golden("sbn").decoder.get_layer("belief_net")
    joint = np.asarray(net.log_prob(np.tile(X, (8, 1)), hidden.astype("float32")), "float64")
    means = np.exp(joint - logsumexp(joint)) @ hidden
    np.testing.assert_allclose(means, [0.6181960058, 0.4342390357, 0.5343258549], atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_mixed_precision_does_not_round_the_draws(name):
    """0.9999 is 1 in bfloat16, where u = 1 draws a bit of whatever probability."""
    one_bit = {network: {"units": (1,)} for network in ("decoder", "encoder")}
    model = ganzoo.create(name, (3,), seed=0, precision="mixed_bfloat16", **one_bit)
    model.decoder.get_layer("belief_net").prior_logits.assign([-14.0])
    zero, rare, one = model(tf.constant([[0.5], [0.9999], [1.0]])).numpy()
    np.testing.assert_array_equal(zero, rare)
    assert np.abs(zero - one).min() > 0.0


@pytest.mark.parametrize(
    ("num_samples", "value"),
    [(1, -2.5872754725), (2, -2.5835236440), (3, -2.5823054351), (4, -2.5817036234)],
)
def test_golden_bounds_with_the_prior_for_q(num_samples, value):
    assert bound(P, PRIOR, num_samples) == pytest.approx(value, abs=1e-10)


def test_log_weights_average_to_the_bounds_and_to_the_evidence():
    model = golden("sbn")
    x = np.tile(X, (4, 1)).astype("float32")
    log_weights = np.asarray(model.log_weights(x, 20_000, [0, 1]), "float64")
    assert log_weights.shape == (20_000, 4)
    for num_samples in (1, 2):
        tuples = log_weights.reshape(-1, num_samples, 4)
        values = (logsumexp(tuples, axis=1) - np.log(num_samples)).ravel()
        error = values.std() / np.sqrt(len(values))
        assert error < 6e-4
        assert abs(values.mean() - bound(P, PRIOR, num_samples)) < 4 * error
    everything = logsumexp(log_weights) - np.log(log_weights.size)
    assert everything == pytest.approx(log_evidence(P, X), abs=2e-3)


def with_draws(model):
    """One step whose samples are every hidden state as often as q has it; weights before, after."""
    uniform = draws(1)[:, 0]
    model.draw_hidden_uniform = lambda x, seed: uniform
    before = weights_of(model)
    logs = model.train_step(tf.constant(np.tile(X, (len(uniform), 1)), tf.float32))
    return before, weights_of(model), {name: float(value) for name, value in logs.items()}


def set_baseline(model, kind):
    """Without: center 0; with: c and C(x) that are not."""
    rng = np.random.default_rng(0)
    scale = {"without": 0.0, "with": 1.0}[kind]
    model.baseline.set_weights(
        [scale * rng.normal(size=np.shape(w)) for w in model.baseline.get_weights()]
    )
    model.baseline.mean.assign(scale * -1.7)
    model.baseline.variance.assign(0.0)


@pytest.mark.parametrize("baseline", ["without", "with"])
def test_expected_step_climbs_the_bound(baseline):
    """The mean over all samples is the gradient of L_1 to all weights, whatever the baseline."""
    model = golden("sbn", QUARTERS)
    set_baseline(model, baseline)
    center = float(model.baseline(X[None].astype("float32"))[0][0])
    assert (center == 0.0) == (baseline == "without")
    (p, q), (new_p, new_q), logs = with_draws(model)
    assert_moved_by(p, new_p, gradients(lambda p: bound(p, q, 1), p))
    assert_moved_by(q, new_q, gradients(lambda q: bound(p, q, 1), q))
    hidden = bit_rows(3)
    probability = np.exp(log_posterior(q, X, hidden))
    costs = log_posterior(q, X, hidden) - log_joint(p, X, hidden)
    assert logs["loss"] == pytest.approx(-bound(p, q, 1), abs=1e-5)
    assert logs["encoder_loss"] == pytest.approx(-bound(p, q, 1), abs=1e-5)
    assert logs["decoder_loss"] == pytest.approx(-probability @ log_joint(p, X, hidden), abs=1e-5)
    assert logs["baseline_loss"] == pytest.approx(probability @ (costs - center) ** 2, rel=1e-5)
    residuals = costs - (center - float(-1.7 * (baseline == "with")))
    mean = 0.8 * -1.7 * (baseline == "with") + 0.2 * probability @ residuals
    assert float(model.baseline.mean) == pytest.approx(mean, abs=1e-5)


def test_large_variance_shortens_the_step_of_q_alone():
    model = golden("sbn", QUARTERS)
    set_baseline(model, "with")
    model.baseline.variance.assign(9.0)
    (p, q), (new_p, new_q), _ = with_draws(model)
    assert_moved_by(p, new_p, gradients(lambda p: bound(p, q, 1), p))
    thirds = {name: g / 3 for name, g in gradients(lambda q: bound(p, q, 1), q).items()}
    assert_moved_by(q, new_q, thirds)


def test_evaluation_has_the_losses_of_a_step():
    model = golden("sbn", QUARTERS, rate=0.0)
    set_baseline(model, "with")
    uniform = draws(1)[:, 0]
    model.draw_hidden_uniform = lambda x, seed: uniform
    x = tf.constant(np.tile(X, (64, 1)), tf.float32)
    model.baseline.update = lambda costs, center: None
    logs = {k: float(v) for k, v in model.train_step(x).items()}
    model.reset_metrics()
    for name, value in model.test_step(x).items():
        assert float(value) == pytest.approx(logs[name], rel=1e-6), name


def test_encode_and_reconstruct():
    model = golden("sbn", QUARTERS)
    x = X[None].astype("float32")
    np.testing.assert_allclose(model.encode(x)["probability"], [[0.75, 0.5, 0.25]], rtol=1e-5)
    likely = np.array([1.0, float(model.encoder.most_probable(x)[0, 1]), 0.0])
    expected = 1 / (1 + np.exp(-(likely @ P["kernel"] + P["bias"])))
    np.testing.assert_allclose(model.reconstruct(x)["image"], [expected], rtol=1e-5)


def test_samples_are_ancestral():
    """Frequencies of generated x are the exact p(x)."""
    model = golden("sbn")
    samples = np.asarray(model.generate(40_000, seed=1))
    frequencies = np.bincount((samples @ [8, 4, 2, 1]).astype(int), minlength=16) / len(samples)
    probabilities = np.exp([log_evidence(P, x) for x in bit_rows(4)])
    errors = np.sqrt(probabilities * (1 - probabilities) / len(samples))
    assert np.all(np.abs(frequencies - probabilities) < 4 * errors)


def test_an_export_has_the_bound_and_samples(tmp_path):
    model = ganzoo.create(
        "sbn", (2, 2, 1), seed=0, decoder={"units": (3, 2)}, encoder={"units": (3, 2)}
    )
    model.export(tmp_path)
    exported = ganzoo.load(tmp_path)
    np.testing.assert_array_equal(exported.generate(40, seed=5), model.generate(40, seed=5))
    x = tf.constant(bit_rows(4).reshape(16, 2, 2, 1), tf.float32)
    bounds = exported.endpoints["log_prob_bound"](
        image=x, num_samples=tf.constant(500), seed=tf.constant(3, tf.int64)
    )["log_prob_bound"]
    log_weights = model.log_weights(x, 500, [3, 0])
    expected = logsumexp(log_weights, axis=0) - np.log(500)
    np.testing.assert_allclose(bounds, expected, rtol=1e-5)
    np.testing.assert_allclose(bounds, exact_log_prob(model, x), atol=0.2)
    for endpoint in ("encode", "reconstruct"):
        [value] = exported.endpoints[endpoint](image=x).values()
        [expected] = getattr(model, endpoint)(x).values()
        np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "name", ["sbn", "sbn_vimco", "sbn_wake_sleep", "sbn_reweighted_wake_sleep"]
)
def test_p_and_q_need_the_same_layers(name):
    with pytest.raises(ValueError, match=r'of \(3, 2\) bits, .* give both.*"units": \(3, 2\)'):
        ganzoo.create(name, (4,), decoder={"units": (3, 2)}, encoder={"units": (3,)})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_bars_and_stripes(seed):
    assert 4.0 < trained_on_bars("sbn", seed) < 5.5
