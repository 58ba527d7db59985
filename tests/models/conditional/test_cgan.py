import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.conditional.cgan import CGAN
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


@pytest.mark.parametrize("r1_weight", [0.0, 0.7])
def test_train_step_is_equation_2(r1_weight):
    model = small("cgan", num_classes=3, discriminator_steps=2, r1_weight=r1_weight)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step((x, LABELS))

    losses = []
    for t in range(2):
        real, y, z = x[t::2], LABELS[t::2], record.latents[t]

        def objective(real=real, y=y, z=z):
            d_real, d_fake = tf.sigmoid(a([real, y])), tf.sigmoid(a([g([z, y]), y]))
            value = -mean(tf.math.log(d_real)) - mean(tf.math.log(1 - d_fake))
            with tf.GradientTape() as tape:  # in x only: labels are no place to move to
                tape.watch(real)
                scores = a([real, y])
            [gradients] = tape.gradient(scores, [real])
            return value + r1_weight * 0.5 * mean(tf.reduce_sum(gradients**2, axis=1))

        losses.append(descend(a, objective))
    y, z = LABELS[1::2], record.latents[2]
    loss = descend(g, lambda: -mean(tf.math.log(tf.sigmoid(a([g([z, y]), y])))))

    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("r1_weight", [0.0, 0.7])
def test_players_that_ignore_the_label_play_the_unconditional_game(r1_weight):
    plain = small("nsgan", discriminator_steps=2, r1_weight=r1_weight)
    conditional = descending(
        ganzoo.create(
            "cgan",
            (3,),
            num_classes=3,
            seed=0,
            generator=ignoring_label(copy(plain.generator), (2,)),
            discriminator=ignoring_label(copy(plain.discriminator), (3,)),
            discriminator_steps=2,
            r1_weight=r1_weight,
        )
    )
    for _ in range(2):
        expected = plain.train_step(examples(8))
        logs = conditional.train_step((examples(8), LABELS))
    for name, value in logs.items():
        assert float(value) == pytest.approx(float(expected[name]), rel=1e-5)
    assert_same_weights(conditional.discriminator, plain.discriminator)
    assert_same_weights(conditional.generator, plain.generator)


def test_permuting_latents_and_labels_permutes_samples():
    model = small("cgan", num_classes=3)
    latents, order = model.sample_latents(8, seed=0), [3, 7, 0, 1, 6, 2, 5, 4]
    samples = model.decode(latents, LABELS).numpy()
    permuted = model.decode(tf.gather(latents, order), tf.gather(LABELS, order))
    np.testing.assert_allclose(permuted, samples[order], rtol=1e-6)
    crossed = model.decode(latents, tf.gather(LABELS, order)).numpy()
    changed = np.any(crossed != samples, axis=1)
    np.testing.assert_array_equal(changed, LABELS.numpy() != LABELS.numpy()[order])


def test_label_changes_a_sample_of_the_same_latent():
    model = small("cgan", num_classes=3)
    samples = [model.generate(4, label=label, seed=0) for label in range(3)]
    assert np.all(np.abs(samples[0] - samples[1]) > 0)
    in_turn = model.generate(4, seed=0)
    np.testing.assert_allclose(in_turn[0], samples[0][0], rtol=1e-6)
    np.testing.assert_allclose(in_turn[1], samples[1][1], rtol=1e-6)
    np.testing.assert_allclose(in_turn[3], samples[0][3], rtol=1e-6)


def test_networks_without_a_label_are_refused():
    plain, conditional = small("nsgan"), small("cgan", num_classes=3)
    with pytest.raises(ValueError, match="each take two inputs"):
        CGAN(conditional.generator, plain.discriminator, num_classes=3)
    with pytest.raises(ValueError, match="each take two inputs"):
        CGAN(plain.generator, conditional.discriminator, num_classes=3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_samples_belong_to_their_mode_of_the_ring(seed):
    model = toys.trained("cgan", "ring", seed, steps=1500)
    assert toys.share_of_own_mode(model) >= 0.99
    coverage = toys.ring_coverage(model)
    assert coverage.num_modes == 8, coverage
    assert 0.9 < coverage.high_quality_share <= 1.0, coverage
