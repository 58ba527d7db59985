import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.stochastic.schedules import ExponentialToFloor
from tests.models.discrete.by_hand import (
    KINDS,
    data_of,
    game,
    gradient_at,
    hard,
    model_of,
    over_event,
    perturbed,
    probabilities,
    scores,
    share_above_zero,
)
from tests.models.steps import Record, assert_same_weights, bits, copy, descend, mean, small


def soft(logits, uniform, temperature):
    """sigma, or softmax, of the perturbed logits over the temperature."""
    return probabilities(perturbed(logits, uniform) / temperature)


@pytest.mark.parametrize("is_hard", [False, True])
@pytest.mark.parametrize("distribution", KINDS)
def test_two_train_steps(distribution, is_hard):
    schedule = ExponentialToFloor(initial=2.0, rate=0.5, floor=0.9)
    model = model_of("gumbel_gan", distribution, hard=is_hard, temperature=schedule)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = data_of(distribution), Record(model)
    for t, tau in enumerate([2.0 * np.exp(-0.5), 0.9]):
        model.reset_metrics()
        logs = model.train_step(x)
        (z_d, z), (u_d, u) = record.latents[2 * t :], record.uniforms[2 * t :]
        fake = hard(g(z_d), u_d) if is_hard else soft(g(z_d), u_d, tau)
        loss = descend(a, lambda fake=fake: game(a, x, fake))
        assert float(logs["discriminator_loss"]) == pytest.approx(loss, rel=1e-4)

        seen = hard(g(z), u) if is_hard else soft(g(z), u, tau)
        assert (set(np.unique(seen)) == {0.0, 1.0}) == is_hard
        passed_on = gradient_at(lambda points: -tf.math.log(tf.sigmoid(scores(a, points))), seen)

        def objective(z=z, u=u, tau=tau, passed_on=passed_on):
            return mean(over_event(passed_on * soft(g(z), u, tau)))

        descend(g, objective)
        expected = -mean(tf.math.log(tf.sigmoid(scores(a, seen))))
        assert float(logs["generator_loss"]) == pytest.approx(float(expected), rel=1e-4)
        assert float(logs["fooled_rate"]) == pytest.approx(
            share_above_zero(scores(a, seen)), abs=1e-6
        )
        assert float(logs["temperature"]) == pytest.approx(tau, rel=1e-6)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)


@pytest.mark.parametrize("is_hard", [False, True])
def test_evaluation_has_the_losses_of_a_step(is_hard):
    model = small("gumbel_gan", hard=is_hard, temperature=0.7)
    x, record = bits(6), Record(model)
    logs = model.test_step(x)
    logits, uniform = model.generator(record.latents[0]), record.uniforms[0]
    fake = hard(logits, uniform) if is_hard else soft(logits, uniform, 0.7)
    fake_logits = scores(model.discriminator, fake)
    expected = {
        "discriminator_loss": game(model.discriminator, x, fake),
        "generator_loss": -mean(tf.math.log(tf.sigmoid(fake_logits))),
        "fooled_rate": share_above_zero(fake_logits),
        "temperature": 0.7,
    }
    assert set(logs) == set(expected)
    for name, value in expected.items():
        assert float(logs[name]) == pytest.approx(float(value), rel=1e-4), name


def test_the_recipe_anneals_from_3_to_a_half():
    model = ganzoo.create("gumbel_gan", (3,), latent_dim=2)
    for iteration, temperature in [(499, 3.0), (500, 3.0 * np.exp(-0.5)), (9000, 0.5)]:
        model.iteration.assign(iteration)
        assert float(model.scheduled("temperature")) == pytest.approx(temperature, rel=1e-5)


SCHEDULE = {
    "class_name": "ganzoo>ExponentialToFloor",
    "config": {"initial": 2.0, "rate": 0.5, "floor": 0.5},
}
FALLING = [2.0, 2.0 * np.exp(-1.0), 0.5]


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (0.8, [0.8, 0.8, 0.8]),
        (ExponentialToFloor(2.0, 0.5, 0.5), FALLING),
        (SCHEDULE, FALLING),
        (keras.optimizers.schedules.PiecewiseConstantDecay([1], [2.0, 1.0]), [2.0, 1.0, 1.0]),
    ],
    ids=["number", "schedule", "dict", "schedule of Keras"],
)
def test_temperatures_outlive_a_file(tmp_path, temperature, expected):
    model = ganzoo.create("gumbel_gan", (3,), latent_dim=2, temperature=temperature)
    model.fit(bits(8).numpy(), batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert int(restored.iteration) == 2
    for one in (model, restored):
        for iteration, value in zip([0, 2, 9], expected):
            one.iteration.assign(iteration)
            assert float(one.scheduled("temperature")) == pytest.approx(value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hard": "yes"}, "hard='yes': choose one of False, True"),
        ({"temperature": 0.0}, "temperature=0.0: give a number above 0"),
        ({"temperature": -1}, "temperature=-1: give a number above 0"),
        ({"temperature": "hot"}, "temperature='hot': give a finite number"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        small("gumbel_gan", **settings)
