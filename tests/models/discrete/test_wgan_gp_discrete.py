import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models.discrete.by_hand import (
    KINDS,
    data_of,
    model_of,
    probabilities,
)
from tests.models.steps import Record, assert_same_weights, bits, copy, descend, mean, small


def penalty(critic, points):
    """Mean of (||grad f|| - 1)^2 over all features of an example, for the critic's weights too."""
    with tf.GradientTape() as tape:
        tape.watch(points)
        values = critic(points)
    jacobian = tape.batch_jacobian(values, points)
    norms = tf.norm(tf.reshape(jacobian, [len(points), -1]), axis=1)
    return mean((norms - 1.0) ** 2)


@pytest.mark.parametrize("distribution", KINDS)
def test_two_train_steps(distribution):
    model = model_of("wgan_gp_discrete", distribution, critic_steps=2, penalty_weight=2.5)
    f, g = copy(model.critic), copy(model.generator)
    x, record = data_of(distribution, 10), Record(model)
    for step in range(2):
        model.reset_metrics()
        logs = model.train_step(x)
        latents, epsilons = record.latents[3 * step :], record.epsilons[2 * step :]
        losses, distances = [], []
        for t in range(2):
            real, fake = x[t::2], probabilities(g(latents[t]))
            assert tf.reduce_min(fake) > 0.0 and tf.reduce_max(fake) < 1.0
            mixed = epsilons[t] * real + (1.0 - epsilons[t]) * fake

            def objective(real=real, fake=fake, mixed=mixed):
                return mean(f(fake)) - mean(f(real)) + 2.5 * penalty(f, mixed)

            distances.append(float(mean(f(real)) - mean(f(fake))))
            losses.append(descend(f, objective))
        loss = descend(g, lambda z=latents[2]: -mean(f(probabilities(g(z)))))
        assert float(logs["critic_loss"]) == pytest.approx(np.mean(losses), rel=1e-4)
        assert float(logs["wasserstein_estimate"]) == pytest.approx(np.mean(distances), rel=1e-4)
        assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-4)
    assert record.uniforms == [] and record.samples == []  # nothing is sampled
    assert_same_weights(model.critic, f)
    assert_same_weights(model.generator, g)


def test_one_epsilon_for_each_example():
    model = model_of("wgan_gp_discrete", "categorical")
    epsilon = model.draw_epsilon(tf.zeros([500, 2, 3]), tf.constant([1, 2], tf.int64)).numpy()
    assert epsilon.shape == (500, 1, 1)
    assert epsilon.min() >= 0 and epsilon.max() < 1
    assert epsilon.mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * 500))


def test_evaluation_has_the_losses_of_a_step():
    model = small("wgan_gp_discrete", penalty_weight=2.5)
    x, record = bits(6), Record(model)
    logs = model.test_step(x)
    [z], [epsilon], f = record.latents, record.epsilons, model.critic
    fake = probabilities(model.generator(z))
    distance = float(mean(f(x)) - mean(f(fake)))
    loss = 2.5 * float(penalty(f, epsilon * x + (1.0 - epsilon) * fake)) - distance
    assert float(logs["wasserstein_estimate"]) == pytest.approx(distance, rel=1e-4)
    assert float(logs["critic_loss"]) == pytest.approx(loss, rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(-float(mean(f(fake))), rel=1e-4)


@pytest.mark.parametrize("distribution", KINDS)
def test_samples_are_the_most_probable_values(distribution):
    model = model_of("wgan_gp_discrete", distribution)
    logits = model.generator(model.sample_latents(50, seed=3))
    if distribution == "bernoulli":
        expected = tf.cast(logits >= 0.0, tf.float32)
    else:
        expected = tf.one_hot(tf.argmax(logits, axis=-1), 3)
    np.testing.assert_array_equal(model.generate(50, seed=3), expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"critic_steps": 0}, "critic_steps=0: give an integer of at least 1"),
        ({"penalty_weight": 0.0}, "penalty_weight=0.0: give a number above 0"),
        ({"distribution": "normal"}, "distribution='normal': choose one of"),
        ({"generator": {"output_activation": "sigmoid"}}, "must end without an activation"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ganzoo.create("wgan_gp_discrete", (3,), **settings)


def test_batch_normalization_in_the_critic_is_refused():
    with pytest.raises(ValueError, match=r"The gradient penalty .* batch normalization"):
        ganzoo.create("wgan_gp_discrete", (8, 8, 1), critic={"normalization": "batch"})
