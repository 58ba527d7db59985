import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import data
from ganzoo.models.conditional.semi_supervised_bayesian_gan import score
from ganzoo.optimizers import SGHMC
from tests.models.steps import (
    assert_same_weights,
    copy,
    descend,
    draws_of,
    examples,
    mean,
    members,
    small,
)

LABELS = np.array([0, -1, 2, 1, -1, 1], "int32")


def bayesian(generators=3, discriminators=2, **settings):
    return small(
        "semi_supervised_bayesian_gan",
        num_classes=3,
        latent_dim=3,
        generator={"units": (5,), "activation": "tanh", "members": generators},
        discriminator={"units": (6,), "activation": "tanh", "members": discriminators},
        **settings,
    )


def probabilities(discriminator, x):
    """p(0|x) of a fake, then those of the classes: [N, 1 + C]."""
    return tf.nn.softmax(tf.concat(discriminator(x), axis=1))


@pytest.mark.parametrize("generators, discriminators", [(3, 2), (1, 1)])
def test_train_step_descends_the_negative_log_posteriors(generators, discriminators, monkeypatch):
    model = bayesian(generators, discriminators, classification_weight=2.5)
    assert (model.num_generators, model.num_discriminators) == (generators, discriminators)
    ds, gs = (
        [copy(member) for member in members(network)]
        for network in (model.discriminator, model.generator)
    )
    draws = draws_of(model, monkeypatch)
    x = examples(6)
    logs = model.train_step((x, tf.constant(LABELS)))
    first, second = (np.split(values, generators, axis=1) for values in draws)
    fakes = [g(z) for g, z in zip(gs, first)]
    class_losses = []

    def of_discriminator(d):
        of_real = probabilities(d, x)
        class_loss = -sum(tf.math.log(of_real[i, 1 + y]) for i, y in enumerate(LABELS) if y >= 0)
        class_losses.append(class_loss / 6)
        of_fakes = sum(mean(-tf.math.log(probabilities(d, fake)[:, 0])) for fake in fakes)
        return mean(-tf.math.log(1 - of_real[:, 0])) + 2.5 * class_loss / 6 + of_fakes / generators

    def of_generator(g, z):
        losses = [mean(-tf.math.log(1 - probabilities(d, g(z))[:, 0])) for d in ds]
        return sum(losses) / discriminators

    d_losses = [descend(d, lambda d=d: of_discriminator(d)) for d in ds]
    g_losses = [descend(g, lambda g=g, z=z: of_generator(g, z)) for g, z in zip(gs, second)]
    for network, expected in ((model.discriminator, ds), (model.generator, gs)):
        for found, other in zip(members(network), expected, strict=True):
            assert_same_weights(found, other)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(d_losses), rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(np.mean(g_losses), rel=1e-4)
    assert float(logs["class_loss"]) == pytest.approx(np.mean(class_losses), rel=1e-4)


def test_score_is_the_log_odds_of_being_no_fake():
    logits = tf.constant(np.random.default_rng(0).normal(size=(4, 2, 5)), tf.float64)
    of_fake = tf.nn.softmax(logits)[..., 0]
    np.testing.assert_allclose(score(logits), np.log((1 - of_fake) / of_fake), rtol=1e-12)
    np.testing.assert_allclose(tf.nn.softplus(-score(logits)), -np.log(1 - of_fake), rtol=1e-12)


def test_classes_are_told_by_the_mean_of_the_discriminators():
    model, x = bayesian(), examples(4)
    expected = []
    for d in members(model.discriminator):
        of_all = probabilities(d, x).numpy()
        expected.append(of_all[:, 1:] / (1 - of_all[:, :1]))
    np.testing.assert_allclose(model.classify(x)["probability"], np.mean(expected, 0), rtol=1e-5)
    assert model.discriminate(x)["score"].shape == (4, 2)


def test_samples_are_drawn_without_labels():
    model = bayesian()
    assert model.learns_labels and not model.uses_labels
    assert model.generate(3, seed=0).shape == (3, *model.data_shape)
    with pytest.raises(ValueError, match="not conditional"):
        model.generate(3, label=1)


def test_an_export_takes_no_labels(tmp_path):
    model = bayesian()
    model.export(tmp_path)
    exported = ganzoo.load(tmp_path)
    np.testing.assert_array_equal(exported.generate(3, seed=0), model.generate(3, seed=0))
    with pytest.raises(ValueError, match="not conditional"):
        exported.generate(3, label=1)


def test_other_numbers_of_classes_are_refused():
    model = bayesian()
    networks = {"generator": model.generator, "discriminator": model.discriminator}
    for num_classes in (2, None):
        with pytest.raises(ValueError, match="one for a fake and one for each class"):
            type(model)(**networks, num_classes=num_classes)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_few_labels_name_the_modes_of_a_ring(seed):
    ring = data.load("ring")
    points, labels = ring.scaled(), ring.labels.copy()
    labels[80:] = -1  # about ten of each class
    optimizers = {
        f"{name}_optimizer": SGHMC(
            1e-3, num_examples=len(points), friction=0.1, prior_std=10.0, seed=offset
        )
        for offset, name in enumerate(("generator", "discriminator"))
    }
    model = ganzoo.create(
        "semi_supervised_bayesian_gan",
        (2,),
        num_classes=8,
        seed=seed,
        classification_weight=len(points) / 80,
        generator={"members": 4, "units": (64, 64)},
        discriminator={"units": (64, 64)},
        jit_compile=True,
        steps_per_execution=50,
        **optimizers,
    )
    model.fit(points, labels, batch_size=256, epochs=10, steps_per_epoch=100, verbose=0)
    named = np.argmax(model.classify(points[80:])["probability"], axis=1)
    assert np.mean(named == ring.labels[80:]) > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_discriminators_do_not_win_on_images(seed):
    digits = data.load("digits")
    labels = digits.labels.copy()
    labels[100:] = -1
    model = ganzoo.create(
        "semi_supervised_bayesian_gan",
        digits.data_shape,
        num_classes=10,
        seed=seed,
        classification_weight=len(labels) / 100,
        generator={"members": 2, "width": 16},
        discriminator={"members": 1, "width": 16},
    )
    with pytest.warns(UserWarning, match="counts 60000 examples"):
        history = model.fit(digits.scaled(), labels, batch_size=64, epochs=20, verbose=0).history
    # One that cannot tell has 2 log 2; under equal rates of both players it was 0.05 to 0.06.
    assert 0.4 < history["discriminator_loss"][-1] < 1.8
