import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import registry
from ganzoo.models.adversarial.nsgan import NSGAN
from tests.models.steps import Record, descending, mean


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
    assert recipe.model is NSGAN
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


def test_losses_are_the_non_saturating_game_on_separate_batch_statistics():
    model = descending(tiny(), rate=0.0)
    x, record = images(6), Record(model)
    logs = model.train_step(x)
    a, g = model.discriminator, model.generator
    fake = g(record.latents[0], training=True)
    real_logits, fake_logits = a(x, training=True), a(fake, training=True)
    expected = mean(tf.nn.softplus(-real_logits)) + mean(tf.nn.softplus(fake_logits))
    assert float(logs["discriminator_loss"]) == pytest.approx(float(expected), rel=1e-5)
    fake_logits = a(g(record.latents[1], training=True), training=True)
    expected = mean(tf.nn.softplus(-fake_logits))
    assert float(logs["generator_loss"]) == pytest.approx(float(expected), rel=1e-5)


def test_statistics_move_in_the_network_s_own_update_only():
    """Momentum 0.9, twice a discriminator update (data, samples), once a generator update."""
    model = descending(tiny(discriminator_steps=3), rate=0.0)
    start = {}
    for network in (model.discriminator, model.generator):
        for weight in network.weights:
            if "moving_mean" in weight.path:
                weight.assign(tf.ones_like(weight) * 1e4)
                start[weight.path] = network
    model.train_step(images(12))
    for path, network in start.items():
        [weight] = [w for w in network.weights if w.path == path]
        moves = 6 if network is model.discriminator else 1
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
