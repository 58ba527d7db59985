import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.conditional.lscgan import LSCGAN
from tests.models import toys
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    descending,
    examples,
    ignoring_label,
    mean,
    small,
)

LABELS = tf.constant([0, 2, 1, 1, 0, 2, 2, 0])
PEARSON = {"fake_target": -1.0, "real_target": 1.0, "generator_target": 0.0}


@pytest.mark.parametrize(
    ("settings", "a0", "b", "c"), [({}, 0, 1, 1), (PEARSON, -1, 1, 0)], ids=["zero-one", "Pearson"]
)
def test_train_step_is_equation_2_given_the_label(settings, a0, b, c):
    model = small("lscgan", num_classes=3, discriminator_steps=2, **settings)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step((x, LABELS))

    losses = []
    for t in range(2):
        real, y, z = x[t::2], LABELS[t::2], record.latents[t]

        def objective(real=real, y=y, z=z):
            return mean((a([real, y]) - b) ** 2) / 2 + mean((a([g([z, y]), y]) - a0) ** 2) / 2

        losses.append(descend(a, objective))
    y, z = LABELS[1::2], record.latents[2]
    loss = descend(g, lambda: mean((a([g([z, y]), y]) - c) ** 2) / 2)

    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("settings", [{}, PEARSON], ids=["zero-one", "Pearson"])
def test_players_that_ignore_the_label_play_lsgan(settings):
    plain = small("lsgan", discriminator_steps=2, **settings)
    conditional = descending(
        ganzoo.create(
            "lscgan",
            (3,),
            num_classes=3,
            seed=0,
            generator=ignoring_label(copy(plain.generator), (2,)),
            discriminator=ignoring_label(copy(plain.discriminator), (3,)),
            discriminator_steps=2,
            **settings,
        )
    )
    for _ in range(2):
        expected = plain.train_step(examples(8))
        logs = conditional.train_step((examples(8), LABELS))
    for name, value in expected.items():
        assert float(logs[name]) == pytest.approx(float(value), rel=1e-5)
    assert_same_weights(conditional.discriminator, plain.discriminator)
    assert_same_weights(conditional.generator, plain.generator)


def test_networks_without_a_label_are_refused():
    plain, conditional = small("lsgan"), small("lscgan", num_classes=3)
    with pytest.raises(ValueError, match="each take two inputs"):
        LSCGAN(conditional.generator, plain.discriminator, num_classes=3)
    with pytest.raises(ValueError, match="each take two inputs"):
        LSCGAN(plain.generator, conditional.discriminator, num_classes=3)


@pytest.mark.parametrize("name", PEARSON)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", None])
def test_targets_are_numbers(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}: give a finite number"):
        small("lscgan", num_classes=3, **{name: value})


def test_targets_of_data_and_samples_differ():
    with pytest.raises(ValueError, match=r"real_target and fake_target are both 0\.5"):
        small("lscgan", num_classes=3, real_target=0.5, fake_target=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_samples_belong_to_their_mode_of_the_ring(seed):
    model = toys.trained("lscgan", "ring", seed, steps=1500)
    assert toys.share_of_own_mode(model) >= 0.99
    coverage = toys.ring_coverage(model)
    assert coverage.num_modes == 8, coverage
    assert 0.9 < coverage.high_quality_share <= 1.0, coverage
