import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import BatchNormalization
from tests.models import toys
from tests.models.steps import (
    RATE,
    Record,
    assert_same_weights,
    copy,
    descend,
    examples,
    mean,
    small,
)


def discriminator_loss(a, real, fake):
    return mean(tf.nn.softplus(-a(real))) + mean(tf.nn.softplus(a(fake)))


def unrolled_value(a, real, fake, steps, rate):
    """L after `steps` real updates of a copy of the discriminator."""
    answering = copy(a)
    for _ in range(steps):
        descend(answering, lambda: discriminator_loss(answering, real, fake), rate)
    return float(discriminator_loss(answering, real, fake))


def test_no_unrolling_is_the_minimax_game():
    model = small("unrolled_gan", unrolling_steps=0)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(6), Record(model)
    logs = model.train_step(x)

    loss = descend(a, lambda: discriminator_loss(a, x, g(record.latents[0])))
    generator_loss = -float(discriminator_loss(a, x, g(record.latents[1])))
    descend(g, lambda: mean(tf.math.log(1 - tf.sigmoid(a(g(record.latents[1]))))))

    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(loss, rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(generator_loss, rel=1e-5)


@pytest.mark.parametrize("steps", [1, 3])
def test_generator_descends_what_the_discriminator_will_answer(steps):
    """Finite differences of the loss after real updates of a copied discriminator."""
    rate = 1.5
    model = small("unrolled_gan", unrolling_steps=steps, unrolling_rate=rate)
    a, g, before = copy(model.discriminator), copy(model.generator), copy(model.generator)
    x, record = examples(6), Record(model)
    logs = model.train_step(x)
    descend(a, lambda: discriminator_loss(a, x, g(record.latents[0])))
    assert_same_weights(model.discriminator, a)  # one ordinary update

    def objective(weights):
        g.set_weights(weights)
        return -unrolled_value(a, x, g(record.latents[1]), steps, rate)

    start = before.get_weights()
    assert float(logs["generator_loss"]) == pytest.approx(objective(start), rel=1e-4)
    gradients = [(w - v) / RATE for w, v in zip(start, model.generator.get_weights())]
    rng, size = np.random.default_rng(0), 0.01
    for _ in range(3):
        direction = [rng.normal(size=w.shape) for w in start]
        ahead = objective([w + size * d for w, d in zip(start, direction)])
        behind = objective([w - size * d for w, d in zip(start, direction)])
        slope = sum(np.sum(gradient * d) for gradient, d in zip(gradients, direction))
        assert slope == pytest.approx((ahead - behind) / (2 * size), rel=0.03, abs=1e-3)


def test_unrolling_changes_the_gradient():
    """What unrolls to the same would leave nothing for the finite differences above to find."""
    moves = []
    for steps in (0, 3):
        model = small("unrolled_gan", unrolling_steps=steps, unrolling_rate=1.5)
        before = model.generator.get_weights()
        model.train_step(examples(6))
        moves.append(
            np.concatenate([(v - w).ravel() for v, w in zip(model.generator.get_weights(), before)])
        )
    assert np.linalg.norm(moves[0] - moves[1]) > 0.1 * np.linalg.norm(moves[0])


def test_unrolled_passes_leave_the_discriminator():
    model = small(
        "unrolled_gan", data_shape=(8, 8, 1), discriminator={"width": 2}, generator={"width": 2}
    )
    layers = model.discriminator.layers
    assert any(isinstance(layer, BatchNormalization) for layer in layers)
    before = model.discriminator.get_weights()
    x = tf.tanh(examples(4, (8, 8, 1)))
    loss = model.unrolled_loss(x, -x, training=True)
    assert np.isfinite(loss)
    for one, other in zip(model.discriminator.get_weights(), before):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("unrolling_steps", -1, "an integer of at least 0"),
        ("unrolling_steps", 2.0, "an integer of at least 0"),
        ("unrolling_rate", 0.0, "a number above 0"),
        ("unrolling_rate", None, "a finite number"),
    ],
)
def test_settings_are_checked(name, value, allowed):
    with pytest.raises(ValueError, match=f"{name}={value!r}: give {allowed}"):
        small("unrolled_gan", **{name: value})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring(seed):
    coverage = toys.ring_coverage(toys.trained("unrolled_gan", "ring", seed, steps=8000))
    assert coverage.num_modes == 8, coverage
    assert coverage.high_quality_share > 0.7, coverage
