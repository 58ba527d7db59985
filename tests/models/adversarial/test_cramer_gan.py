import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.adversarial import cramer_gan
from ganzoo.regularizers.gradient_penalty import two_sided_penalty
from tests.models import toys
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    examples,
    mean,
    small,
)


def norm(vectors):
    return tf.norm(vectors, axis=1)


def test_train_step_is_algorithm_1():
    weight = 2.5
    model = small("cramer_gan", critic_steps=2, penalty_weight=weight)
    h, generate = copy(model.critic), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)
    assert h.output_shape == (None, 16)

    losses, surrogates = [], []
    for t in range(2):
        real, epsilon = x[t::2], record.epsilons[t]
        g, other = (generate(z) for z in record.latents[2 * t : 2 * t + 2])
        mixed = epsilon * real + (1 - epsilon) * g

        def witness(u, other=other):
            return norm(h(u) - h(other)) - norm(h(u))

        def surrogate(real=real, g=g, witness=witness):
            return mean(witness(real)) - mean(witness(g))

        def objective(mixed=mixed, witness=witness, surrogate=surrogate):
            with tf.GradientTape() as tape:
                tape.watch(mixed)
                values = witness(mixed)
            penalty = mean((norm(tape.gradient(values, mixed)) - 1) ** 2)
            return weight * penalty - surrogate()

        surrogates.append(float(surrogate()))
        losses.append(descend(h, objective))

    def generator_objective():
        g, other = (generate(z) for z in record.latents[4:])
        to_data = mean(norm(h(real) - h(g))) + mean(norm(h(real) - h(other)))
        return to_data - mean(norm(h(g) - h(other)))

    loss = descend(generate, generator_objective)
    assert len(record.latents) == 6
    assert_same_weights(model.critic, h)
    assert_same_weights(model.generator, generate)
    assert float(logs["critic_loss"]) == pytest.approx(np.mean(losses), rel=1e-4)
    assert float(logs["surrogate_distance"]) == pytest.approx(np.mean(surrogates), rel=1e-3)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-4)


def test_the_penalty_is_not_augmented(monkeypatch):
    critic = {"width": 4, "output_units": 8, "augmentation": ("color", "cutout")}
    model = ganzoo.create(
        "cramer_gan",
        (8, 8, 1),
        seed=0,
        latent_dim=2,
        generator={"width": 4},
        critic=critic,
        critic_steps=1,
    )
    generate, record, seen = copy(model.generator), Record(model), []

    def watched(witness, mixed):
        _, other = tf.split(generate(tf.concat(record.latents, axis=0), training=True), 2)
        of_mixed = model.critic(mixed)
        expected = norm(of_mixed - model.critic(other)) - norm(of_mixed)
        seen.append((witness(mixed), expected))
        return two_sided_penalty(witness, mixed)

    monkeypatch.setattr(cramer_gan, "two_sided_penalty", watched)
    model.train_step(tf.tanh(examples(6, (8, 8, 1))))
    [(found, expected)] = seen
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_all_noise_of_a_step_differs():
    model = small("cramer_gan", critic_steps=2)
    record = Record(model)
    model.train_step(examples(8))
    model.train_step(examples(8))
    drawn = np.concatenate(record.latents)
    assert drawn.shape == (2 * (2 * 2 + 2) * 4, 2)
    assert len(np.unique(drawn, axis=0)) == len(drawn)
    assert len(np.unique(np.concatenate(record.epsilons))) == 2 * 2 * 4


def test_every_draw_has_a_seed_of_its_own():
    model = small("cramer_gan", critic_steps=2)
    draw, seeds = model.draw, []

    def watched(sampler, shape, seed):
        seeds.append(tuple(seed.numpy()))
        return draw(sampler, shape, seed)

    model.draw = watched
    model.train_step(examples(8))
    assert len(seeds) == len(set(seeds)) == 3 * 2 + 2


def test_batch_normalization_in_the_critic_is_refused():
    with pytest.raises(ValueError, match=r"The gradient penalty .* batch normalization"):
        ganzoo.create("cramer_gan", (8, 8, 1), critic={"width": 2, "normalization": "batch"})


@pytest.mark.parametrize("value", [0, -10.0, float("nan"), "10", None])
def test_penalty_weight_is_checked(value):
    with pytest.raises(ValueError, match=f"penalty_weight={value!r}: give a "):
        small("cramer_gan", penalty_weight=value)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring(seed):
    coverage = toys.ring_coverage(toys.trained("cramer_gan", "ring", seed, steps=1000))
    assert coverage.num_modes == 8, coverage
    assert 0.25 < coverage.high_quality_share < 0.7
