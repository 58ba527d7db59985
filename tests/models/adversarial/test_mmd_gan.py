import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import data, networks
from ganzoo.losses import mmd
from ganzoo.metrics import modes
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    examples,
    mean,
    small,
)


def discrepancy(real, fake):
    """The root of MMD^2 by its definition, and R."""

    def mean_kernel(a, b):
        squares = tf.reduce_sum((a[:, None] - b[None]) ** 2, axis=-1)
        return sum(mean(tf.exp(-squares / (2 * s**2))) for s in (1, 2, 4, 8, 16))

    squared = mean_kernel(real, real) + mean_kernel(fake, fake) - 2 * mean_kernel(real, fake)
    order = tf.minimum(0.0, tf.reduce_mean(real, axis=0) - tf.reduce_mean(fake, axis=0))
    return tf.sqrt(squared), mean(order)


def test_train_step_is_the_game_of_the_released_code():
    clip = 0.4
    model = small("mmd_gan", critic_steps=2, clip_value=clip, rank_weight=16.0)
    f, g = copy(model.critic), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)

    losses, distances = [], []
    for t in range(2):
        real, fake = x[t::2], g(record.latents[t])

        def objective(real=real, fake=fake):
            (real_codes, real_copies), (fake_codes, fake_copies) = f(real), f(fake)
            distance, order = discrepancy(real_codes, fake_codes)
            errors = mean((real - real_copies) ** 2) + mean((fake - fake_copies) ** 2)
            return -(distance + 16 * order - 8 * errors)

        distances.append(float(discrepancy(f(real)[0], f(fake)[0])[0]))
        losses.append(descend(f, objective))
        for weight in f.get_layer("encoder").trainable_variables:
            weight.assign(tf.clip_by_value(weight, -clip, clip))

    def generator_objective():
        distance, order = discrepancy(f(real)[0], f(g(record.latents[2]))[0])
        return distance + 16 * order

    loss = descend(g, generator_objective)
    assert_same_weights(model.critic, f)
    assert_same_weights(model.generator, g)
    assert float(logs["critic_loss"]) == pytest.approx(np.mean(losses), rel=1e-4)
    assert float(logs["mmd"]) == pytest.approx(np.mean(distances), rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-4)


def test_only_the_encoder_is_clipped():
    model = small("mmd_gan", critic_steps=1, clip_value=0.05)
    model.train_step(examples(4))
    encoder, decoder = (model.critic.get_layer(name) for name in ("encoder", "decoder"))
    largest = [max(np.abs(w).max() for w in part.get_weights()) for part in (encoder, decoder)]
    assert largest[0] == pytest.approx(0.05, rel=1e-6)
    assert largest[1] > 0.5


def test_critic_raises_the_discrepancy_and_the_generator_lowers_it():
    x = examples(64)
    for network, sign in (("critic", 1), ("generator", -1)):
        model = small(
            "mmd_gan",
            rate=0.0,
            critic_steps=1,
            clip_value=100.0,
            rank_weight=0.0,
            reconstruction_weight=0.0,
        )
        getattr(model, f"{network}_optimizer").learning_rate = 0.05
        values = [float(model.test_step(x)["mmd"])]
        for _ in range(4):
            model.train_step(x)
        model.reset_metrics()
        values.append(float(model.test_step(x)["mmd"]))
        assert sign * (values[1] - values[0]) > 0.01, (network, values)


@pytest.mark.parametrize(
    ("name", "value"),
    [("clip_value", 0.0), ("rank_weight", -1.0), ("reconstruction_weight", None)],
)
def test_settings_are_checked(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}: give a "):
        small("mmd_gan", **{name: value})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_kernels_of_the_points_themselves_cover_the_ring(seed):
    """Generative moment matching: the distance of this model without its critic."""
    points = data.load("ring").scaled()
    tf.keras.utils.set_random_seed(seed)
    generator = networks.mlp_generator((2,), 8)
    optimizer = ganzoo.create("mmd_gan", (2,), generator=generator, seed=seed).generator_optimizer
    optimizer = type(optimizer).from_config({**optimizer.get_config(), "learning_rate": 1e-3})
    optimizer.build(generator.trainable_variables)

    @tf.function(jit_compile=True)
    def step(real, latents):
        with tf.GradientTape() as tape:
            loss = mmd.squared_mmd(real, generator(latents), (0.1, 0.2, 0.5, 1.0, 2.0))
        variables = generator.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)

    rng = np.random.default_rng(seed)
    for _ in range(1500):
        real = points[rng.integers(len(points), size=256)]
        step(real, rng.normal(size=(256, 8)).astype("float32"))
    samples = generator(rng.normal(size=(2000, 8)).astype("float32")).numpy()
    coverage = modes.toy_bench_coverage(samples, modes.MODES["ring"])
    assert coverage.num_modes == 8, coverage
    assert 0.3 < coverage.high_quality_share < 0.65
