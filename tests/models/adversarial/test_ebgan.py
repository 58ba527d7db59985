import numpy as np
import pytest
import tensorflow as tf

from ganzoo import data
from tests.models import toys
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    energy,
    examples,
    mean,
    small,
)


def repulsion(autoencoder, points):
    """Mean squared cosine between the codes of different points, pair by pair."""
    codes = tf.unstack(autoencoder(points)[1])
    cosines = [
        tf.tensordot(s, t, 1) / (tf.norm(s) * tf.norm(t))
        for i, s in enumerate(codes)
        for j, t in enumerate(codes)
        if i != j
    ]
    return mean(tf.square(tf.stack(cosines)))


@pytest.mark.parametrize(
    ("margin", "weight"), [(100.0, 0.0), (1.5, 0.0), (1.5, 0.4)], ids=["far", "near", "PT"]
)
def test_train_step_is_equations_1_and_2(margin, weight):
    model = small("ebgan", margin=margin, pulling_away_weight=weight)
    d, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(6), Record(model)
    logs = model.train_step(x)

    first, second = record.latents
    real_energy, fake_energy = energy(d, x), energy(d, g(first))
    if margin == 1.5:  # some samples are beyond it, some are not
        assert min(fake_energy) < margin < max(fake_energy)

    def discriminator_objective():
        return mean(energy(d, x)) + mean(tf.maximum(margin - energy(d, g(first)), 0.0))

    def generator_objective():
        return mean(energy(d, g(second))) + weight * repulsion(d, g(second))

    discriminator_loss = descend(d, discriminator_objective)
    generator_loss = descend(g, generator_objective)
    assert_same_weights(model.discriminator, d)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(discriminator_loss, rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(generator_loss, rel=1e-5)
    assert float(logs["real_energy"]) == pytest.approx(float(mean(real_energy)), rel=1e-5)
    assert float(logs["fake_energy"]) == pytest.approx(float(mean(fake_energy)), rel=1e-5)


def test_evaluation_has_the_losses_of_training():
    model = small("ebgan", rate=0.0, pulling_away_weight=0.4)
    d, g = model.discriminator, model.generator
    x, record = examples(6), Record(model)
    logs = model.test_step(x)
    fake = g(record.latents[0])
    expected = mean(energy(d, fake)) + 0.4 * repulsion(d, fake)
    assert float(logs["generator_loss"]) == pytest.approx(float(expected), rel=1e-5)
    expected = mean(energy(d, x)) + mean(tf.nn.relu(model.margin - energy(d, fake)))
    assert float(logs["discriminator_loss"]) == pytest.approx(float(expected), rel=1e-5)


def test_energy_and_reconstruction_of_data():
    model = small("ebgan")
    x = examples(4)
    np.testing.assert_array_equal(model.reconstruct(x)["image"], model.discriminator(x)[0])
    np.testing.assert_allclose(
        model.discriminate(x)["energy"], energy(model.discriminator, x), rtol=1e-6
    )


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), "1"])
def test_margin_is_checked(value):
    with pytest.raises(ValueError, match=f"margin={value!r}: give a "):
        small("ebgan", margin=value)


@pytest.mark.parametrize("value", [-0.1, float("inf"), None])
def test_pulling_away_weight_is_checked(value):
    with pytest.raises(ValueError, match=f"pulling_away_weight={value!r}: give a "):
        small("ebgan", pulling_away_weight=value)


def test_codes_of_one_dimension_cannot_be_pulled_apart():
    line = {"units": (6,), "code_dim": 1}
    small("ebgan", discriminator=line)
    with pytest.raises(ValueError, match=r"pulling_away_weight=0\.1: codes of one dimension"):
        small("ebgan", pulling_away_weight=0.1, discriminator=line)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_energy_tells_data_from_samples_and_samples_from_noise(seed):
    # The game drops modes here, which is not asserted.
    model = toys.trained("ebgan", "ring", seed, steps=2000)
    noise = np.random.default_rng(0).uniform(-3, 3, (2000, 2)).astype("float32")
    points = data.load("ring").scaled()[:2000]
    # Sums over the two features, of which the margin is 1.
    real, fake, far = (
        2 * float(mean(model.discriminate(tf.convert_to_tensor(x))["energy"]))
        for x in (points, model.generate(2000, seed=0), noise)
    )
    assert 0.1 < real < 0.8 * fake, (real, fake, far)
    assert fake < 0.8 * far < 10, (real, fake, far)
    assert 0.5 < fake < 2, (real, fake, far)
