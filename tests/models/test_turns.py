"""Adversarial models take turns as their algorithms print it."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models.steps import Record, examples, small

STEPS = {
    "bgan": "discriminator_steps",
    "cgan": "discriminator_steps",
    "gan": "discriminator_steps",
    "lsgan": "discriminator_steps",
    "nsgan": "discriminator_steps",
    "wgan": "critic_steps",
    "wgan_gp": "critic_steps",
}


def model_and_data(name, k, count, **settings):
    model = small(name, num_classes=3, **{STEPS[name]: k}, **settings)
    x = examples(count)
    return model, ((x, tf.range(count) % 3) if model.uses_labels else x), x


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("k", [1, 3])
def test_k_updates_on_fresh_data_and_noise_then_one_of_the_generator(name, k):
    model, data, x = model_and_data(name, k, 4 * k)
    record = Record(model)
    for _ in range(2):
        model.train_step(data)
    opponent = model.network_names[0]
    networks = [network for network, _ in record.updates]
    assert networks == 2 * ([opponent] * k + ["generator"])
    assert len(record.latents) == 2 * (k + 1)
    for latents in record.latents:
        assert latents.shape == (4, model.latent_dim)
    drawn = np.concatenate(record.latents)
    assert len(np.unique(drawn, axis=0)) == len(drawn)
    for step in range(2):
        parts = record.minibatches[step * (k + 1) : (step + 1) * (k + 1)]
        for t in range(k):
            np.testing.assert_array_equal(parts[t], x[t::k])
    assert int(model.iteration) == 2


@pytest.mark.parametrize("name", STEPS)
def test_logs_are_means_over_the_updates_of_a_step(name):
    model, data, _ = model_and_data(name, 3, 12)
    record = Record(model)
    logs = model.train_step(data)
    for network in model.network_names:
        losses = [loss for updated, loss in record.updates if updated == network]
        assert float(logs[f"{network}_loss"]) == pytest.approx(np.mean(losses), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", STEPS)
def test_test_step_reports_the_losses_of_train_step(name, monkeypatch):
    settings = {"clip_value": 100.0} if name == "wgan" else {}  # no weight changes
    model, data, _ = model_and_data(name, 1, 6, rate=0.0, **settings)
    latents = examples(6, (model.latent_dim,), seed=9)
    monkeypatch.setattr(model, "draw_latents", lambda data, seed: latents)
    if name == "wgan_gp":
        epsilon = tf.linspace(0.0, 1.0, 6)[:, None]
        monkeypatch.setattr(model, "draw_epsilon", lambda data, seed: epsilon)
    trained = {key: float(value) for key, value in model.train_step(data).items()}
    model.reset_metrics()
    tested = {key: float(value) for key, value in model.test_step(data).items()}
    assert trained == pytest.approx(tested, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("k", [0, -1, 2.0, True, "2", None])
def test_number_of_steps_is_checked(name, k):
    with pytest.raises(ValueError, match=f"{STEPS[name]}={k!r}: give an integer of at least 1"):
        small(name, num_classes=3, **{STEPS[name]: k})


R1 = ["dcgan", *(name for name in STEPS if not name.startswith("wgan"))]


@pytest.mark.parametrize("name", R1)
@pytest.mark.parametrize("weight", [-0.1, float("nan"), float("inf"), "1", None, True])
def test_r1_weight_is_checked(name, weight):
    with pytest.raises(ValueError, match=f"r1_weight={weight!r}: give a "):
        small(name, num_classes=3, r1_weight=weight)


@pytest.mark.parametrize("name", R1)
def test_r1_is_refused_beside_batch_normalization(name):
    images = {"data_shape": (8, 8, 1), "generator": {"architecture": "dcgan", "width": 2}}
    batch = {"architecture": "dcgan", "width": 2, "normalization": "batch"}
    plain = {**batch, "normalization": None}
    with pytest.raises(ValueError, match=r"R1 .* batch normalization .*\"normalization\": None"):
        small(name, num_classes=3, r1_weight=0.1, discriminator=batch, **images)
    assert small(name, num_classes=3, discriminator=batch, **images).r1_weight == 0
    assert small(name, num_classes=3, r1_weight=0.1, discriminator=plain, **images).r1_weight == 0.1
