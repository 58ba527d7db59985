import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import registry
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    descending,
    examples,
    half_squared_gradient,
    mean,
    small,
)


def tiny(**settings):
    width = {"width": 2}
    return ganzoo.create(
        "dcgan",
        (8, 8, 1),
        seed=0,
        **{"latent_dim": 3, "generator": width, "discriminator": width, **settings},
    )


def images(count):
    values = np.tanh(np.random.default_rng(0).normal(size=(count, 8, 8, 1)))
    return tf.constant(values, tf.float32)


def test_settings_of_the_paper():
    recipe = registry.get("dcgan")
    assert recipe.batch_size == 128
    model = ganzoo.create("dcgan", (8, 8, 1), seed=0)
    assert model.latent_dim == 100
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert type(optimizer) is keras.optimizers.Adam
        assert float(optimizer.learning_rate) == pytest.approx(2e-4)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.999)


def test_latents_are_uniform():
    latents = tiny().sample_latents(4000, seed=0).numpy()
    assert latents.min() >= -1 and latents.max() <= 1
    assert abs(latents.mean()) < 4 / np.sqrt(3 * latents.size)
    assert latents.var() == pytest.approx(1 / 3, abs=0.02)


def test_samples_are_images_in_the_range_of_tanh():
    model = tiny()
    samples = model.generate(9, seed=0)
    assert samples.shape == (9, 8, 8, 1)
    assert tf.reduce_min(samples) >= -1 and tf.reduce_max(samples) <= 1


@pytest.mark.parametrize(
    ("r1_weight", "alpha", "beta"), [(0.0, 1.0, 0.0), (0.7, 1.0, 0.0), (0.0, 0.9, 0.1)]
)
def test_train_step_updates_the_generator_on_the_samples_of_the_discriminator(
    r1_weight, alpha, beta
):
    model = small("dcgan", r1_weight=r1_weight, real_target=alpha, fake_target=beta)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(6), Record(model)
    logs = model.train_step(x)
    [z] = record.latents
    fake = g(z)

    def objective():
        d_real, d_fake = tf.sigmoid(a(x)), tf.sigmoid(a(fake))
        value = mean(alpha * tf.math.log(d_real) + (1 - alpha) * tf.math.log(1 - d_real))
        value += mean(beta * tf.math.log(d_fake) + (1 - beta) * tf.math.log(1 - d_fake))
        return -value + r1_weight * half_squared_gradient(a, x)

    discriminator_loss = descend(a, objective)
    generator_loss = descend(g, lambda: -mean(tf.math.log(tf.sigmoid(a(g(z))))))

    assert [network for network, _ in record.updates] == ["discriminator", "generator"]
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(discriminator_loss, rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(generator_loss, rel=1e-5)


def test_steps_draw_fresh_noise():
    model = small("dcgan")
    record = Record(model)
    for _ in range(2):
        model.train_step(examples(4))
    assert len(np.unique(np.concatenate(record.latents), axis=0)) == 8


def test_test_step_reports_the_losses_of_train_step(monkeypatch):
    model, x = small("dcgan", rate=0.0), examples(6)
    latents = examples(6, (model.latent_dim,), seed=9)
    monkeypatch.setattr(model, "draw_latents", lambda data, seed: latents)
    trained = {key: float(value) for key, value in model.train_step(x).items()}
    model.reset_metrics()
    tested = {key: float(value) for key, value in model.test_step(x).items()}
    assert trained == pytest.approx(tested, rel=1e-5, abs=1e-6)


def test_losses_use_separate_batch_statistics_of_data_and_samples():
    model = descending(tiny(), rate=0.0)
    x, record = images(6), Record(model)
    logs = model.train_step(x)
    a, g = model.discriminator, model.generator
    fake = g(record.latents[0], training=True)
    real_logits, fake_logits = a(x, training=True), a(fake, training=True)
    expected = mean(tf.nn.softplus(-real_logits)) + mean(tf.nn.softplus(fake_logits))
    assert float(logs["discriminator_loss"]) == pytest.approx(float(expected), rel=1e-5)
    expected = mean(tf.nn.softplus(-fake_logits))
    assert float(logs["generator_loss"]) == pytest.approx(float(expected), rel=1e-5)


def test_statistics_move_in_the_network_s_own_update_only():
    """Momentum 0.9, twice a discriminator update (data, samples), once a generator update."""
    model = descending(tiny(), rate=0.0)
    start = {}
    for network in (model.discriminator, model.generator):
        for weight in network.weights:
            if "moving_mean" in weight.path:
                weight.assign(tf.ones_like(weight) * 1e4)
                start[weight.path] = network
    model.train_step(images(4))
    for path, network in start.items():
        [weight] = [w for w in network.weights if w.path == path]
        moves = 2 if network is model.discriminator else 1
        # Batch means of order one are nothing beside 1e4.
        np.testing.assert_allclose(weight, 1e4 * 0.9**moves, rtol=1e-3)


def test_arithmetic_is_exact_on_a_linear_generator():
    linear = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)])
    critic = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    model = ganzoo.create("dcgan", (5,), seed=0, generator=linear, discriminator=critic)
    concepts = [model.sample_latents(3, seed=seed) for seed in range(3)]
    means = [tf.reduce_mean(z, axis=0, keepdims=True) for z in concepts]
    decoded = [tf.reduce_mean(model.decode(z), axis=0, keepdims=True) for z in concepts]
    np.testing.assert_allclose(
        model.decode(means[0] - means[1] + means[2]),
        decoded[0] - decoded[1] + decoded[2],
        atol=1e-5,
    )
