import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models import toys
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    descending,
    examples,
    mean,
    small,
)


def gradient_norms(critic, points):
    """||d critic / dx||_2 of every example, through a Jacobian: [N]."""
    with tf.GradientTape() as tape:
        tape.watch(points)
        scores = critic(points)
    jacobian = tape.batch_jacobian(scores, points)
    return tf.norm(tf.reshape(jacobian, [len(points), -1]), axis=1)


def test_train_step_is_algorithm_1():
    weight = 2.5
    model = small("wgan_gp", critic_steps=3, penalty_weight=weight)
    f, g = copy(model.critic), copy(model.generator)
    x, record = examples(12), Record(model)
    logs = model.train_step(x)

    losses, distances = [], []
    for t in range(3):
        real, fake, epsilon = x[t::3], g(record.latents[t]), record.epsilons[t]
        mixed = epsilon * real + (1 - epsilon) * fake

        def objective(real=real, fake=fake, mixed=mixed):
            penalty = mean((gradient_norms(f, mixed) - 1) ** 2)
            return mean(f(fake)) - mean(f(real)) + weight * penalty

        distances.append(float(mean(f(real)) - mean(f(fake))))
        losses.append(descend(f, objective))
    loss = descend(g, lambda: -mean(f(g(record.latents[3]))))

    assert_same_weights(model.critic, f)
    assert_same_weights(model.generator, g)
    assert float(logs["critic_loss"]) == pytest.approx(np.mean(losses), rel=1e-4)
    assert float(logs["wasserstein_estimate"]) == pytest.approx(np.mean(distances), rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-4)


def linear(weights, penalty_weight, rate):
    """A model of dimension 3 whose critic is w . x, its generator trained by nothing."""
    critic = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model = ganzoo.create(
        "wgan_gp",
        (3,),
        seed=0,
        generator=generator,
        critic=critic,
        critic_steps=1,
        penalty_weight=penalty_weight,
    )
    critic.set_weights([np.array(weights, "float32")[:, None]])
    return descending(model, rate)


@pytest.mark.parametrize("scale", [0.25, 1.0, 3.0])
def test_penalty_of_a_linear_critic(scale):
    direction = np.array([2.0, -1.0, 2.0]) / 3
    model = linear(scale * direction, penalty_weight=7.0, rate=0.0)
    logs = model.train_step(examples(6))
    penalty = float(logs["critic_loss"]) + float(logs["wasserstein_estimate"])
    assert penalty == pytest.approx(7.0 * (scale - 1) ** 2, abs=2e-5)


def test_penalized_linear_critic_settles_beyond_slope_one():
    """Its optimum is w = (1 + W / 2 lambda) u for means that differ by W u."""
    weight = 5.0
    model = linear([0.3, 0.0, 0.0], penalty_weight=weight, rate=0.02)
    model.generator.set_weights([np.zeros((2, 3)), np.zeros(3)])
    x = tf.constant([[3.0, 0, 0], [1.0, 0, 0], [2.0, 0, 0], [2.0, 0, 0]])
    with_generator_fixed = {"generator_optimizer": keras.optimizers.SGD(0.0)}
    model.compile(
        run_eagerly=True, critic_optimizer=keras.optimizers.SGD(0.02), **with_generator_fixed
    )
    for _ in range(60):
        model.train_step(x)
    np.testing.assert_allclose(
        model.critic.get_weights()[0][:, 0], [1 + 2 / (2 * weight), 0, 0], atol=1e-3
    )


def test_one_epsilon_for_each_example():
    model = small("wgan_gp")
    images = tf.zeros([500, 4, 4, 3])
    epsilon = model.draw_epsilon(images, tf.constant([1, 2], tf.int64)).numpy()
    assert epsilon.shape == (500, 1, 1, 1)
    assert epsilon.min() >= 0 and epsilon.max() < 1
    assert len(np.unique(epsilon)) > 490
    assert epsilon.mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * 500))
    assert model.draw_epsilon(tf.zeros([5, 3]), tf.constant([1, 2], tf.int64)).shape == (5, 1)


def test_every_critic_step_mixes_anew():
    model = small("wgan_gp", critic_steps=3)
    record = Record(model)
    model.train_step(examples(12))
    model.train_step(examples(12))
    drawn = np.concatenate(record.epsilons)
    assert drawn.shape == (2 * 3 * 4, 1)
    assert len(np.unique(drawn)) == len(drawn)


def test_batch_normalization_in_the_critic_is_refused():
    with pytest.raises(ValueError, match=r"The gradient penalty .* batch normalization"):
        ganzoo.create("wgan_gp", (8, 8, 1), critic={"width": 2, "normalization": "batch"})


@pytest.mark.parametrize("value", [0, -10.0, float("nan"), float("inf"), "10", None, True])
def test_penalty_weight_is_checked(value):
    with pytest.raises(ValueError, match=f"penalty_weight={value!r}: give a "):
        small("wgan_gp", penalty_weight=value)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring(seed):
    coverage = toys.ring_coverage(toys.trained("wgan_gp", "ring", seed, steps=1500))
    assert coverage.num_modes == 8, coverage
    assert 0.4 < coverage.high_quality_share < 0.9
