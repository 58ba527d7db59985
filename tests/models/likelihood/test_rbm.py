import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp

import ganzoo
from ganzoo.metrics.likelihood import annealed_log_partition, exact_log_partition
from tests.contract.ordering import unordered_accesses
from tests.layers.test_boltzmann import HIDDEN_BIAS, KERNEL, LOG_Z, VISIBLE_BIAS, bit_rows
from tests.models.likelihood.test_vae import bars

DATA = bit_rows(4)[[0b1011, 0b0000, 0b1011, 0b0110, 0b1111, 0b0001]]


def golden(rate=1.0, **settings):
    """The golden machine, trained eagerly by plain gradient descent."""
    model = ganzoo.create("rbm", (4,), seed=0, rbm={"units": 3}, **settings)
    model.rbm.set_weights([KERNEL, VISIBLE_BIAS, HIDDEN_BIAS])
    model.compile(run_eagerly=True, rbm_optimizer=keras.optimizers.SGD(rate))
    return model


def recorded(model):
    """The uniform draws of `model` from now on, in order."""
    draw, draws = model.draw, []

    def watched(sampler, shape, seed):
        draws.append(np.asarray(draw(sampler, shape, seed), "float64"))
        return draws[-1].astype("float32")

    model.draw = watched
    return draws


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def drawn(logits, uniform):
    return (uniform > sigmoid(-logits)).astype("float64")


def chain(hidden, uniform):
    """v and h after the sweeps of uniform [N, k, 4 + 3]."""
    for step in range(uniform.shape[1]):
        visible = drawn(VISIBLE_BIAS + hidden @ KERNEL.T, uniform[:, step, :4])
        hidden = drawn(HIDDEN_BIAS + visible @ KERNEL, uniform[:, step, 4:])
    return visible, hidden


def statistics(visible):
    """Means of v h', v and h with the exact probabilities of h."""
    hidden = sigmoid(HIDDEN_BIAS + visible @ KERNEL)
    return visible.T @ hidden / len(visible), visible.mean(axis=0), hidden.mean(axis=0)


def energy(visible):
    return -(visible @ VISIBLE_BIAS + np.logaddexp(0, HIDDEN_BIAS + visible @ KERNEL).sum(axis=-1))


@pytest.mark.parametrize("gibbs_steps", [1, 3])
@pytest.mark.parametrize("algorithm", ["cd", "pcd"])
def test_a_step_by_hand(algorithm, gibbs_steps):
    """Weights move by E_data - E_chains of v h', v and h; chains start where they should."""
    model = golden(algorithm=algorithm, gibbs_steps=gibbs_steps, num_chains=5)
    if algorithm == "pcd":
        start = bit_rows(3)[[7, 1, 4, 4, 2]].astype("float64")
        model.chains.assign(start)
    draws = recorded(model)
    logs = {name: float(value) for name, value in model.train_step(tf.constant(DATA)).items()}
    of_hidden, of_bit, of_chain = draws
    assert of_hidden.shape == (6, 3) and of_bit.shape == (6, 1)
    hidden = drawn(HIDDEN_BIAS + DATA @ KERNEL, of_hidden)
    if algorithm == "cd":
        start = hidden
    assert of_chain.shape == (len(start), gibbs_steps, 7)
    fantasy, end = chain(start, of_chain)

    before = (KERNEL, VISIBLE_BIAS, HIDDEN_BIAS)
    moved = [new - old for new, old in zip(model.rbm.get_weights(), before)]
    for change, positive, negative in zip(moved, statistics(DATA), statistics(fantasy)):
        assert np.abs(positive - negative).max() > 1e-3
        np.testing.assert_allclose(change, positive - negative, atol=1e-6)
    if algorithm == "pcd":
        np.testing.assert_array_equal(model.chains, end)
        assert not np.array_equal(start, end)

    assert logs["free_energy"] == pytest.approx(energy(DATA).mean(), rel=1e-5)
    assert logs["rbm_loss"] == pytest.approx(energy(DATA).mean() - energy(fantasy).mean(), rel=1e-4)
    logits = VISIBLE_BIAS + hidden @ KERNEL.T
    errors = np.sum(np.logaddexp(0, logits) - DATA * logits, axis=1)
    assert logs["reconstruction_loss"] == pytest.approx(errors.mean(), rel=1e-5)
    flipped = np.abs(DATA - np.eye(4)[(4 * of_bit[:, 0]).astype(int)])
    conditionals = -np.logaddexp(0, energy(DATA) - energy(flipped))
    assert logs["pseudo_log_likelihood"] == pytest.approx(4 * conditionals.mean(), rel=1e-5)


def test_pseudo_log_likelihood_is_that_of_all_conditionals():
    """Its mean over the random bit is sum_i log p(v_i | the others), from the enumerated joint."""
    model, states = golden(), bit_rows(4)
    log_probs = np.array(-energy(states.astype("float64")))
    exact = np.zeros(16)
    for bit in range(4):
        other = np.arange(16) ^ (8 >> bit)
        exact += log_probs - np.logaddexp(log_probs, log_probs[other])
    repeated = tf.repeat(tf.constant(states), 4, axis=0)
    middles = tf.tile(tf.constant([[0.125], [0.375], [0.625], [0.875]]), [16, 1])
    model.draw = lambda sampler, shape, seed: middles
    values = np.reshape(model.pseudo_log_likelihood(repeated, None), (16, 4))
    np.testing.assert_allclose(values.mean(axis=1), exact, rtol=1e-5)


def test_unnormalized_log_prob():
    model, states = golden(), bit_rows(4)
    log_probs = np.asarray(model.unnormalized_log_prob(states), "float64")
    assert logsumexp(log_probs) == pytest.approx(LOG_Z, abs=1e-6)
    assert log_probs[0b1011] - LOG_Z == pytest.approx(-2.5949570459, abs=1e-6)
    assert exact_log_partition(*model.rbm.get_weights()) == pytest.approx(LOG_Z, abs=1e-6)


def test_contrastive_divergence_of_the_model_itself_is_zero():
    """Data from the model are left as they are by a sweep: the mean step is 0 up to its error."""
    model = golden()
    log_probs = np.asarray(model.unnormalized_log_prob(bit_rows(4)), "float64")
    probability = np.exp(log_probs - logsumexp(log_probs))
    rows = np.random.default_rng(0).choice(16, 100_000, p=probability)
    model.train_step(tf.constant(bit_rows(4)[rows]))
    before = (KERNEL, VISIBLE_BIAS, HIDDEN_BIAS)
    for new, old in zip(model.rbm.get_weights(), before):
        assert np.abs(new - old).max() < 4.5 * 0.5 * np.sqrt(2 / 100_000)


@pytest.mark.parametrize("algorithm", ["cd", "pcd"])
def test_evaluation_has_the_losses_of_a_step_and_leaves_the_chains(algorithm):
    model = golden(rate=0.0, algorithm=algorithm, num_chains=5)
    start = None if model.chains is None else model.chains.numpy()
    draws = recorded(model)
    logs = {name: float(value) for name, value in model.train_step(tf.constant(DATA)).items()}
    if start is not None:
        assert set(np.unique(start)) == {0.0, 1.0} and not np.array_equal(start, model.chains)
        model.chains.assign(start)
    queue = [u.astype("float32") for u in draws]
    model.draw = lambda sampler, shape, seed: queue.pop(0)
    model.reset_metrics()
    for name, value in model.test_step(tf.constant(DATA)).items():
        assert float(value) == pytest.approx(logs[name], rel=1e-5), name
    if start is not None:
        np.testing.assert_array_equal(model.chains, start)


def test_samples_have_the_exact_frequencies():
    model = golden(sampling_steps=50)
    samples = np.asarray(model.generate(20_000, seed=2))
    frequencies = np.bincount((samples @ [8, 4, 2, 1]).astype(int), minlength=16) / len(samples)
    probabilities = np.exp(-energy(bit_rows(4).astype("float64")) - LOG_Z)
    errors = np.sqrt(probabilities * (1 - probabilities) / len(samples))
    assert np.all(np.abs(frequencies - probabilities) < 4 * errors)


def test_latents_are_hidden_bits_that_a_seed_repeats():
    model = golden(sampling_steps=10)
    latents = model.sample_latents(50, seed=1)
    assert latents.shape == (50, 3) and set(np.unique(latents)) == {0.0, 1.0}
    np.testing.assert_array_equal(latents, model.sample_latents(50, seed=1))
    assert not np.array_equal(latents, model.sample_latents(50, seed=2))
    expected = sigmoid(VISIBLE_BIAS + np.asarray(latents) @ KERNEL.T)
    np.testing.assert_allclose(model.decode(latents), expected, rtol=1e-5)


def test_encode_and_reconstruct():
    model = golden()
    of_hidden = sigmoid(HIDDEN_BIAS + DATA @ KERNEL)
    np.testing.assert_allclose(model.encode(DATA)["probability"], of_hidden, rtol=1e-5)
    expected = sigmoid(VISIBLE_BIAS + np.round(of_hidden) @ KERNEL.T)
    np.testing.assert_allclose(model.reconstruct(DATA)["image"], expected, rtol=1e-5)


def test_an_export_generates_by_its_own_chains(tmp_path):
    model = ganzoo.create("rbm", (2, 2, 1), seed=0, rbm={"units": 3}, sampling_steps=20)
    model.rbm.set_weights([KERNEL, VISIBLE_BIAS, HIDDEN_BIAS])
    model.export(tmp_path)
    exported = ganzoo.load(tmp_path)
    assert exported.manifest["latent_distribution"] is None
    samples = exported.generate(40, seed=5)
    np.testing.assert_array_equal(samples, model.generate(40, seed=5))
    assert not np.array_equal(samples, exported.generate(40, seed=6))
    assert exported.generate(2).shape == (2, 2, 2, 1)
    states = bit_rows(4).reshape(16, 2, 2, 1)
    exported_log_probs = exported.endpoints["unnormalized_log_prob"](image=tf.constant(states))
    log_probs = exported_log_probs["unnormalized_log_prob"]
    np.testing.assert_allclose(log_probs, model.unnormalized_log_prob(states), rtol=1e-5)
    with pytest.raises(ValueError, match="latents of rbm have no named distribution: use generate"):
        exported.sample_latents(2)
    with pytest.raises(ValueError, match="num_samples=0"):
        exported.generate(0)


def test_persistent_chains_are_restored(tmp_path):
    settings = {"algorithm": "pcd", "num_chains": 6, "rbm": {"units": 3}}
    model = ganzoo.create("rbm", (4,), seed=0, **settings)
    model.fit(DATA, batch_size=4, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert model.chains.numpy().any()
    np.testing.assert_array_equal(model.chains, restored.chains)
    for continued in (model, restored):
        continued.fit(DATA, batch_size=4, epochs=3, initial_epoch=2, verbose=0)
    for one, other in zip(model.get_weights(), restored.get_weights()):
        np.testing.assert_array_equal(one, other)


def test_no_update_of_the_chains_overtakes_a_reading():
    model = ganzoo.create("rbm", (4,), seed=0, algorithm="pcd", rbm={"units": 3})
    data = tf.constant(DATA)
    assert unordered_accesses(model.train_step, data) == []


def test_chains_that_replicas_cannot_share_are_refused(monkeypatch):
    model = golden(algorithm="pcd", num_chains=5)
    strategy = type("Two", (), {"num_replicas_in_sync": 2})
    monkeypatch.setattr(tf.distribute, "get_strategy", lambda: strategy)
    with pytest.raises(ValueError, match="num_chains=5 on 2 replicas: give a multiple of 2"):
        model.own_chains()


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("algorithm", "sgd", "choose one of 'cd', 'pcd'"),
        ("gibbs_steps", 0, "give an integer of at least 1"),
        ("num_chains", 0, "give an integer of at least 1"),
        ("sampling_steps", 1.5, "give an integer of at least 1"),
    ],
)
def test_settings_are_checked(setting, value, message):
    with pytest.raises(ValueError, match=f"{setting}={value!r}: {message}"):
        ganzoo.create("rbm", (4,), **{setting: value})


def test_bars_have_their_known_entropy():
    patterns, probabilities = bars(3)
    assert len(patterns) == 14
    entropy = -np.sum(probabilities * np.log(probabilities))
    assert entropy == pytest.approx(2.5993019271, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("algorithm", ["cd", "pcd"])
def test_bars_and_stripes(algorithm, seed):
    """Exact likelihood after 3000 steps, and its estimate by annealed importance sampling."""
    patterns, probabilities = bars(3)
    rows = np.random.default_rng(seed).choice(len(patterns), 30_000, p=probabilities)
    model = ganzoo.create(
        "rbm",
        (3, 3, 1),
        seed=seed,
        algorithm=algorithm,
        rbm={"units": 16},
        jit_compile=True,
        steps_per_execution=100,
    )
    model.fit(patterns[rows], batch_size=100, epochs=10, verbose=0)
    assert int(model.iteration) == 3000
    log_probs = np.asarray(model.unnormalized_log_prob(patterns), "float64")
    log_z = exact_log_partition(*model.rbm.get_weights())
    assert 2.6 < log_z - probabilities @ log_probs < 3.7
    data_mean = probabilities @ patterns.reshape(len(patterns), -1)
    estimate, error = annealed_log_partition(*model.rbm.get_weights(), data_mean)
    assert error < 0.05 and abs(estimate - log_z) < 4 * error
