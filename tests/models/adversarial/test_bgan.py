import math

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
    examples,
    half_squared_gradient,
    mean,
    small,
)


def log_mean_exp(logits):
    return float(np.log(np.mean(np.exp(np.asarray(logits, "float64")))))


@pytest.mark.parametrize(("log_z_decay", "r1_weight"), [(None, 0.0), (0.6, 0.0), (None, 0.7)])
def test_two_train_steps(log_z_decay, r1_weight):
    model = small("bgan", discriminator_steps=2, r1_weight=r1_weight, log_z_decay=log_z_decay)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    log_z, draws = 0.0, iter(record.latents)
    for _ in range(2):
        model.reset_metrics()
        logs = model.train_step(x)
        losses = []
        for t in range(2):
            real, z = x[t::2], next(draws)

            def objective(real=real, z=z):
                d_real, d_fake = tf.sigmoid(a(real)), tf.sigmoid(a(g(z)))
                value = mean(tf.math.log(d_real)) + mean(tf.math.log(1 - d_fake))
                return -value + r1_weight * half_squared_gradient(a, real)

            losses.append(descend(a, objective))
        z = next(draws)
        if log_z_decay is not None:
            log_z = log_z_decay * log_z + (1 - log_z_decay) * log_mean_exp(a(g(z)))

        def boundary(z=z, log_z=log_z):
            d_fake = tf.sigmoid(a(g(z)))
            return mean((tf.math.log(d_fake) - tf.math.log(1 - d_fake) - log_z) ** 2) / 2

        loss = descend(g, boundary)
        assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(losses), rel=1e-4)
        assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-3, abs=1e-5)
        assert float(logs["log_z"]) == pytest.approx(log_z, rel=1e-4, abs=1e-6)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)


def test_log_z_follows_its_recursion():
    decay = 0.9
    model = small("bgan", rate=0.0, log_z_decay=decay)
    record = Record(model)
    expected, path = 0.0, []
    for _ in range(5):
        model.train_step(examples(4))
        logits = model.discriminator(model.generator(record.latents[-1]))
        expected = decay * expected + (1 - decay) * log_mean_exp(logits)
        path.append(abs(expected))
        assert float(model.log_z) == pytest.approx(expected, rel=1e-5)
    assert min(path) > 1e-4


def test_printed_loss_keeps_log_z_at_zero():
    model = small("bgan")
    logs = model.train_step(examples(4))
    assert float(model.log_z) == float(logs["log_z"]) == 0


def test_value_where_the_discriminator_says_nine_tenths():
    bias = keras.initializers.Constant(math.log(9))
    critic = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer=bias),
        ]
    )
    model = ganzoo.create("bgan", (3,), seed=0, latent_dim=2, discriminator=critic)
    logs = model.test_step(examples(4))
    assert float(logs["generator_loss"]) == pytest.approx(2.413898, abs=2e-6)
    expected = -math.log(0.9) - math.log(0.1)
    assert float(logs["discriminator_loss"]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("value", [1, 1.0, -0.1, float("nan"), "0.9", True])
def test_log_z_decay_is_checked(value):
    with pytest.raises(ValueError, match=f"log_z_decay={value!r}: give a "):
        small("bgan", log_z_decay=value)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_r1_keeps_several_modes_of_the_ring(seed):
    """Not all, and few samples near: 4, 6 and 3 modes with shares of 0.35, 0.30 and 0.19."""
    coverage = toys.ring_coverage(toys.trained("bgan", "ring", seed, steps=2500, r1_weight=1.0))
    assert 2 <= coverage.num_modes <= 7, coverage
    assert 0.1 < coverage.high_quality_share < 0.5, coverage
