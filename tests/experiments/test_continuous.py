"""What the continuous experiments share: one step for all trainings, the stress, and the scores."""

import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import metrics
from ganzoo.experiments import continuous

RING, DIGITS = ganzoo.data.load("ring"), ganzoo.data.load("digits")


def sgd(**config):
    return {"class_name": "SGD", "config": {"learning_rate": 0.1, **config}}


def weights(network):
    return [weight.numpy() for weight in network.trainable_variables]


def test_discriminator_moves_once_in_five_steps_on_the_mean_of_five_gradients():
    """Beside a model that moves at once, whose every step gives the gradient of one minibatch."""
    name = "discriminator_optimizer"
    accumulating = sgd(gradient_accumulation_steps=5)
    sizes = {"generator": {"units": (8,)}, "discriminator": {"units": (8,)}}
    model, single = (
        ganzoo.create("bgan", (2,), seed=0, **sizes, **{name: optimizer}, generator_optimizer=sgd())
        for optimizer in (accumulating, sgd())
    )
    start, moves, generators = weights(model.discriminator), [], [weights(model.generator)]
    for step, batch in enumerate(RING.dataset(16, 0, with_labels=False).take(5)):
        single.set_weights(model.get_weights())
        single.train_step(batch)
        moves.append(
            [a - b for a, b in zip(weights(single.discriminator), weights(model.discriminator))]
        )
        model.train_step(batch)
        generators.append(weights(model.generator))
        for before, after in zip(generators[-2], generators[-1]):
            assert np.abs(after - before).max() > 1e-6
        if step < 4:
            for before, after in zip(start, weights(model.discriminator), strict=True):
                np.testing.assert_array_equal(after, before)
    for before, after, *of_steps in zip(start, weights(model.discriminator), *moves, strict=True):
        np.testing.assert_allclose(after - before, np.mean(of_steps, axis=0), atol=1e-6)
        assert np.abs(after - before).max() > 1e-3
    assert np.abs(np.subtract(moves[0][0], moves[1][0])).max() > 1e-4


def test_stress_is_set_for_the_opponent_alone():
    for method in continuous.METHODS:
        model = continuous.create(method, RING, learning_rate=3e-3, generator_steps=5)
        opponent = "critic" if method.startswith("wgan") else "discriminator"
        other = getattr(model, f"{opponent}_optimizer")
        assert other.gradient_accumulation_steps == 5
        assert model.generator_optimizer.gradient_accumulation_steps is None
        for optimizer in (other, model.generator_optimizer):
            assert float(optimizer.learning_rate) == pytest.approx(3e-3)


def test_all_methods_have_the_same_networks():
    for data, latents in ((RING, 8), (DIGITS, 16)):
        models = [continuous.create(method, data) for method in continuous.METHODS]
        assert {model.latent_dim for model in models} == {latents}
        assert {model.latent_distribution for model in models} == {"normal"}
        assert len({model.generator.count_params() for model in models}) == 1
        opponents = [getattr(model, model.network_names[0]).count_params() for model in models]
        [largest] = {count for count, model in zip(opponents, models) if model.name != "wgan"}
        [without_bias] = {count for count, model in zip(opponents, models) if model.name == "wgan"}
        assert largest == without_bias + 1
    assert float(tf.reduce_max(tf.abs(models[0].generate(8, seed=0)))) <= 1.0


def test_trainings_of_one_step_are_those_of_new_models():
    trainings = continuous.Trainings("bgan, log Z", RING, iterations=4)
    compiled, traced = trainings._model, []
    train_step = compiled.train_step
    compiled.train_step = lambda batch: (traced.append(batch), train_step(batch))[1]
    first, traces = trainings.run(0, 1e-3), len(traced)
    second = trainings.run(1, 1e-2)
    assert np.abs(second - first).max() > 0.1
    np.testing.assert_array_equal(trainings.run(0, 1e-3), first)
    assert len(traced) == traces

    model = continuous.create("bgan, log Z", RING, 0, 1e-3)
    model.fit(RING.dataset(256, 0, with_labels=False), steps_per_epoch=4, verbose=0)
    np.testing.assert_allclose(first, model.generate(2500, seed=0), atol=1e-5)


def test_scores_of_points():
    points = RING.scaled(slice(2500))
    found = continuous.scores(RING, points)
    assert found["modes"] == 8 and found["outcome"] == "trained" and found["frechet"] == ""
    assert float(found["high_quality_share"]) == pytest.approx(0.9889, abs=0.01)
    for count, outcome in ((4, "trained"), (3, "collapsed")):
        few = np.repeat(metrics.MODES["ring"].centers[:count], 100, axis=0)
        found = continuous.scores(RING, few)
        assert found["modes"] == count and found["outcome"] == outcome
        assert float(found["reverse_kl"]) == pytest.approx(np.log(8 / count), abs=1e-4)
    for value, outcome in ((np.nan, "diverged"), (101.0, "diverged"), (99.0, "collapsed")):
        found = continuous.scores(
            RING, np.where(np.arange(10)[:, None] == 3, value, 50.0 + points[:10])
        )
        assert found["outcome"] == outcome
    assert found["modes"] == 0 and found["reverse_kl"] == ""


def test_scores_of_digits():
    test = ganzoo.data.load("digits", split="test")
    found = continuous.scores(DIGITS, test.scaled())
    assert float(found["frechet"]) == pytest.approx(0.0, abs=1e-2) and found["modes"] == ""
    assert float(found["class_variation"]) < 0.05 and found["outcome"] == "trained"
    for classes, outcome in ((6, "trained"), (4, "collapsed")):
        found = continuous.scores(DIGITS, test.scaled(test.labels < classes))
        assert found["outcome"] == outcome
        assert float(found["class_variation"]) == pytest.approx(1 - classes / 10, abs=0.03)
