import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import data
from ganzoo.models.likelihood.normalizing_flow import log_density
from tests.models.steps import (
    RATE,
    Record,
    assert_same_weights,
    copy,
    descend,
    descending,
    examples,
    mean,
)

TINY = {
    "generator": {"couplings": 3, "units": (6,)},
    "critic": {"units": (6,), "activation": "tanh"},
}


def moved(model, seed=0):
    """`model` with a generator of random weights, no longer the identity."""
    rng = np.random.default_rng(seed)
    for weight in model.generator.trainable_variables:
        scale = 0.5 / np.sqrt(np.prod(weight.shape[:-1])) if len(weight.shape) > 1 else 0.2
        weight.assign_add(scale * rng.normal(size=weight.shape))
    return model


def small(rate=RATE, **settings):
    """A model of three dimensions that trains eagerly by plain gradient descent."""
    return descending(moved(ganzoo.create("flow_gan", (3,), seed=0, **TINY, **settings)), rate)


def negative_log_likelihood(flow, x):
    z, log_determinant = flow(x)
    log_prior = tf.reduce_sum(-0.5 * z**2 - 0.5 * np.log(2 * np.pi), axis=1)
    return -mean(log_prior + log_determinant)


@pytest.mark.parametrize(
    ("likelihood_weight", "adversarial_weight"), [(0.7, 1.0), (0.0, 1.0), (1.0, 0.0), (1.0, 0.05)]
)
def test_train_step_is_the_weighted_game(likelihood_weight, adversarial_weight):
    weights = {"likelihood_weight": likelihood_weight, "adversarial_weight": adversarial_weight}
    model = small(critic_steps=3, penalty_weight=2.5, **weights)
    f, flow = copy(model.critic), copy(model.generator)
    x, record = examples(12), Record(model)
    logs = model.train_step(x)

    losses = []
    for t in range(3):
        real, fake, epsilon = x[t::3], flow.inverse(record.latents[t]), record.epsilons[t]
        mixed = epsilon * real + (1 - epsilon) * fake

        def objective(real=real, fake=fake, mixed=mixed):
            with tf.GradientTape() as tape:
                tape.watch(mixed)
                scores = f(mixed)
            norms = tf.norm(tape.gradient(scores, mixed), axis=1)
            return mean(f(fake)) - mean(f(real)) + 2.5 * mean((norms - 1) ** 2)

        losses.append(descend(f, objective))

    nats = float(negative_log_likelihood(flow, x[2::3]))

    def objective():
        adversarial = -mean(f(flow.inverse(record.latents[3])))
        likelihood = negative_log_likelihood(flow, x[2::3])
        return adversarial_weight * adversarial + likelihood_weight * likelihood

    loss = descend(flow, objective)
    assert_same_weights(model.critic, f)
    assert_same_weights(model.generator, flow)
    assert float(logs["critic_loss"]) == pytest.approx(np.mean(losses), rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-4)
    assert float(logs["negative_log_likelihood"]) == pytest.approx(nats, rel=1e-5)
    assert [name for name, _ in record.updates] == ["critic"] * 3 + ["generator"]


def update(model, x):
    """What one train step adds to the generator's weights."""
    before = model.generator.get_weights()
    model.train_step(x)
    return [new - old for new, old in zip(model.generator.get_weights(), before)]


def test_the_hybrid_gradient_is_the_weighted_sum_of_both():
    x = examples(10)
    steps = [
        update(small(likelihood_weight=a, adversarial_weight=b), x)
        for a, b in [(0.3, 2.0), (1.0, 0.0), (0.0, 1.0)]
    ]
    for hybrid, likelihood, adversarial in zip(*steps):
        np.testing.assert_allclose(hybrid, 0.3 * likelihood + 2 * adversarial, rtol=2e-3, atol=2e-6)
        assert np.abs(likelihood).max() > 1e-4 and np.abs(adversarial).max() > 1e-5


def test_its_ends_are_maximum_likelihood_and_wgan_gp():
    x = examples(10)
    flow_model = ganzoo.create("real_nvp", (3,), seed=0, flow={"couplings": 3, "units": (6,)})
    model = small(likelihood_weight=1.0, adversarial_weight=0.0)
    flow_model.flow.set_weights(model.generator.get_weights())
    descending(flow_model).train_step(x[4::5])
    model.train_step(x)
    assert_same_weights(model.generator, flow_model.flow)

    model = small(likelihood_weight=0.0)
    before = model.critic.get_weights(), model.generator.get_weights()
    latent = keras.Input((3,))
    wgan = ganzoo.create(
        "wgan_gp",
        (3,),
        seed=0,
        penalty_weight=0.1,
        critic=copy(model.critic),
        generator=keras.Model(latent, Inverse(copy(model.generator))(latent)),
    )
    assert all(np.array_equal(a, b) for a, b in zip(wgan.critic.get_weights(), before[0]))
    assert all(np.array_equal(a, b) for a, b in zip(wgan.generator.get_weights(), before[1]))
    record, other = Record(model), Record(descending(wgan))
    model.train_step(x)
    wgan.draw_latents = replayed(record.latents)
    wgan.draw_epsilon = replayed(record.epsilons)
    wgan.train_step(x)
    assert len(other.updates) == 6
    assert_same_weights(model.critic, wgan.critic)
    for weight, expected in zip(wgan.generator.weights, model.generator.weights):
        np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-6)


class Inverse(keras.layers.Layer):
    """Latents to samples of a flow."""

    def __init__(self, flow):
        super().__init__()
        self.flow = flow

    def call(self, latents):
        return self.flow.inverse(latents)

    def compute_output_shape(self, input_shape):
        return input_shape


def replayed(values):
    """A draw that gives recorded values in turn."""
    iterator = iter(values)
    return lambda examples, seed: next(iterator)


def test_a_likelihood_that_is_only_watched_may_overflow():
    model = small(likelihood_weight=0.0)
    outliers = tf.fill([4, 3], 3e38)
    with tf.GradientTape() as tape:
        scores = model.critic(model.samples(examples(4)))
        loss, nats = model.generator_losses(scores, outliers)
    assert not np.isfinite(nats) and np.isfinite(loss)
    for gradient in tape.gradient(loss, model.generator.trainable_variables):
        assert np.isfinite(gradient).all()


def test_critic_and_likelihood_see_images_with_noise_of_their_own():
    model = ganzoo.create(
        "flow_gan",
        (8, 8, 1),
        seed=0,
        value_range=(-1.0, 1.0),
        critic_steps=1,
        generator={"units": (6,)},
        critic={"width": 4, "dense_units": 8},
    )
    descending(moved(model), 0.0)
    seen, critic = [], model.critic
    call = critic.call
    critic.call = lambda *inputs, **kwargs: seen.append(inputs[0]) or call(*inputs, **kwargs)
    record = Record(model)
    x = tf.constant(np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1)) / 255, tf.float32)
    logs = model.train_step(2 * x - 1)

    critic_noise, density_noise = record.uniforms
    assert np.abs(critic_noise - density_noise).max() > 0.5
    real, fake = tf.split(seen[0], 2)
    np.testing.assert_allclose(real, 2 * (255 * x + critic_noise) / 256 - 1, atol=1e-6)
    np.testing.assert_allclose(fake, model(record.latents[0]), atol=1e-6)
    nats = -log_density(model.generator, "logistic", (255 * x + density_noise) / 256)
    expected = float(mean(nats))
    assert float(logs["negative_log_likelihood"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["likelihood_weight", "adversarial_weight"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), "1"])
def test_weights_are_checked(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}: give a "):
        ganzoo.create("flow_gan", (3,), **TINY, **{name: value})


def test_one_weight_at_least_is_above_zero():
    with pytest.raises(ValueError, match="leave the generator no objective"):
        ganzoo.create("flow_gan", (3,), **TINY, likelihood_weight=0, adversarial_weight=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_likelihood_falls_with_the_adversary_on_the_ring(seed):
    points = data.load("ring")
    held_out = data.load("ring", split="test").scaled()
    nats = {}
    for name, likelihood_weight, adversarial_weight in [
        ("MLE", 1.0, 0.0),
        ("hybrid", 1.0, 1.0),
        ("ADV", 0.0, 1.0),
    ]:
        model = ganzoo.create(
            "flow_gan",
            (2,),
            seed=seed,
            likelihood_weight=likelihood_weight,
            adversarial_weight=adversarial_weight,
            jit_compile=True,
            steps_per_execution=20,
        )
        model.fit(points.scaled(), batch_size=256, epochs=50, verbose=0)
        nats[name] = -float(np.mean(model.log_prob(held_out)))
    assert nats["MLE"] < nats["hybrid"] < nats["ADV"], nats
