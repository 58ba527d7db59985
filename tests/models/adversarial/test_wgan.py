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


def test_train_step_is_algorithm_1():
    c = 0.3
    model = small("wgan", critic_steps=3, clip_value=c)
    f, g = copy(model.critic), copy(model.generator)
    x, record = examples(12), Record(model)
    logs = model.train_step(x)

    losses = []
    for t in range(3):
        real, z = x[t::3], record.latents[t]
        losses.append(descend(f, lambda real=real, z=z: -(mean(f(real)) - mean(f(g(z))))))
        f.set_weights([np.clip(w, -c, c) for w in f.get_weights()])
    loss = descend(g, lambda: -mean(f(g(record.latents[3]))))

    assert_same_weights(model.critic, f)
    assert_same_weights(model.generator, g)
    assert float(logs["critic_loss"]) == pytest.approx(np.mean(losses), rel=1e-4, abs=1e-6)
    assert float(logs["wasserstein_estimate"]) == pytest.approx(
        -np.mean(losses), rel=1e-4, abs=1e-6
    )
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("clip_value", [0.01, 0.1])
def test_weights_are_in_the_box_after_any_step(clip_value):
    model = small("wgan", rate=10.0, critic_steps=2, clip_value=clip_value)
    for _ in range(3):
        model.train_step(examples(8))
        largest = max(np.abs(w).max() for w in model.critic.trainable_variables)
        assert largest == np.float32(clip_value)


def test_gains_of_a_batch_normalization_are_clipped_too_and_its_statistics_are_not():
    model = descending(
        ganzoo.create(
            "wgan",
            (8, 8, 1),
            seed=0,
            latent_dim=2,
            critic_steps=1,
            clip_value=0.01,
            generator={"width": 2},
            critic={"width": 2},
        )
    )
    x = tf.constant(np.tanh(np.random.default_rng(0).normal(size=(4, 8, 8, 1))), tf.float32)
    model.train_step(x)
    [gain] = [w for w in model.critic.weights if "gamma" in w.path]
    [variance] = [w for w in model.critic.weights if "moving_variance" in w.path]
    np.testing.assert_allclose(gain, 0.01, rtol=1e-5)
    assert np.all(variance.numpy() > 0.5)


def test_linear_critic_reaches_c_times_the_l1_distance_of_the_means():
    c = 0.05
    place = np.array([0.5, -1.0, 2.0], "float32")
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    critic = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    model = ganzoo.create(
        "wgan", (3,), seed=0, generator=generator, critic=critic, critic_steps=4, clip_value=c
    )
    generator.set_weights([np.zeros((2, 3)), place])
    model.compile(
        run_eagerly=True,
        critic_optimizer=keras.optimizers.SGD(1.0),
        generator_optimizer=keras.optimizers.SGD(0.0),
    )
    # Four times the same minibatch: example i is in minibatch i mod 4.
    x = tf.repeat(examples(8), 4, axis=0)
    model.train_step(x)
    difference = np.mean(x, axis=0, dtype="float64") - place
    np.testing.assert_allclose(critic.get_weights()[0][:, 0], c * np.sign(difference), rtol=1e-6)
    model.reset_metrics()
    distance = float(model.test_step(x)["wasserstein_estimate"])
    assert distance == pytest.approx(c * np.abs(difference).sum(), rel=1e-5)


@pytest.mark.parametrize("value", [0, 0.0, -0.01, float("nan"), float("inf"), "0.01", None, True])
def test_clip_value_is_checked(value):
    with pytest.raises(ValueError, match=f"clip_value={value!r}: give a "):
        small("wgan", clip_value=value)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring(seed):
    model = toys.trained("wgan", "ring", seed, steps=2000)
    coverage = toys.ring_coverage(model)
    assert coverage.num_modes >= 7, coverage
    assert 0.2 < coverage.high_quality_share < 0.65, coverage  # 0.33 to 0.54 over the seeds
    assert max(np.abs(w).max() for w in model.critic.trainable_variables) <= np.float32(0.1)
