import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.stochastic.schedules import LinearToCeiling
from tests.models.discrete.by_hand import (
    KINDS,
    data_of,
    game,
    gradient_at,
    hard,
    model_of,
    over_event,
    probabilities,
    scores,
    share_above_zero,
)
from tests.models.steps import Record, assert_same_weights, bits, copy, descend, mean, small


def most_probable(logits):
    if len(logits.shape) == 2:
        return tf.cast(tf.sigmoid(logits) >= 0.5, tf.float32)
    return tf.one_hot(tf.argmax(logits, axis=-1), 3)


@pytest.mark.parametrize("step", ["deterministic", "sampled"])
@pytest.mark.parametrize("distribution", KINDS)
def test_two_train_steps(distribution, step):
    schedule = LinearToCeiling(initial=1.5, rate=0.5, ceiling=2.2)
    model = model_of("straight_through_gan", distribution, step=step, slope=schedule)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = data_of(distribution), Record(model)
    for t, slope in enumerate([2.0, 2.2]):

        def harden(logits, draw, slope=slope):
            return most_probable(logits) if step == "deterministic" else hard(slope * logits, draw)

        model.reset_metrics()
        logs = model.train_step(x)
        z_d, z = record.latents[2 * t :]
        u_d, u = record.uniforms[2 * t :] or (None, None)
        fake = harden(g(z_d), u_d)
        loss = descend(a, lambda fake=fake: game(a, x, fake))
        assert float(logs["discriminator_loss"]) == pytest.approx(loss, rel=1e-4)

        b = harden(g(z), u)
        assert set(np.unique(b)) == {0.0, 1.0}
        passed_on = gradient_at(lambda points: -tf.math.log(tf.sigmoid(scores(a, points))), b)

        def objective(z=z, slope=slope, passed_on=passed_on):
            return mean(over_event(passed_on * probabilities(slope * g(z))))

        descend(g, objective)
        expected = -mean(tf.math.log(tf.sigmoid(scores(a, b))))
        assert float(logs["generator_loss"]) == pytest.approx(float(expected), rel=1e-4)
        assert float(logs["fooled_rate"]) == pytest.approx(share_above_zero(scores(a, b)), abs=1e-6)
        assert float(logs["slope"]) == pytest.approx(slope)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)


def test_evaluation_has_the_losses_of_a_step():
    model = small("straight_through_gan", slope=2.0)
    x, record = bits(6), Record(model)
    logs = model.test_step(x)
    fake = hard(2.0 * model.generator(record.latents[0]), record.uniforms[0])
    logits = scores(model.discriminator, fake)
    expected = {
        "discriminator_loss": game(model.discriminator, x, fake),
        "generator_loss": -mean(tf.math.log(tf.sigmoid(logits))),
        "fooled_rate": share_above_zero(logits),
        "slope": 2.0,
    }
    assert set(logs) == set(expected)
    for name, value in expected.items():
        assert float(logs[name]) == pytest.approx(float(value), rel=1e-4), name


def test_samples_have_the_slope_of_training():
    model = ganzoo.create("straight_through_gan", (3,), seed=0, latent_dim=2, slope=4.0)
    z = tf.constant([[0.3, -0.8], [1.0, 0.2]])
    np.testing.assert_allclose(model.decode(z), tf.sigmoid(4.0 * model.generator(z)), rtol=1e-5)

    schedule = LinearToCeiling(initial=1.0, rate=0.25, ceiling=5.0)
    model = ganzoo.create("straight_through_gan", (3,), seed=0, latent_dim=2, slope=schedule)
    for iteration in (2, 6):
        model.iteration.assign(iteration)
        expected = tf.sigmoid((1.0 + 0.25 * iteration) * model.generator(z))
        np.testing.assert_allclose(model.decode(z), expected, rtol=1e-5)


def test_the_deterministic_step_has_one_sample_for_each_latent():
    model = ganzoo.create("straight_through_gan", (3,), seed=0, latent_dim=2, step="deterministic")
    z = model.sample_latents(50, seed=3)
    np.testing.assert_array_equal(model.generate(50, seed=3), most_probable(model.generator(z)))


SCHEDULE = {
    "class_name": "ganzoo>LinearToCeiling",
    "config": {"initial": 1.0, "rate": 0.5, "ceiling": 3.0},
}


@pytest.mark.parametrize(
    ("slope", "expected"),
    [
        (2.5, [2.5, 2.5, 2.5]),
        (LinearToCeiling(1.0, 0.5, 3.0), [1.0, 2.0, 3.0]),
        (SCHEDULE, [1.0, 2.0, 3.0]),
        (keras.optimizers.schedules.PiecewiseConstantDecay([1], [1.0, 2.0]), [1.0, 2.0, 2.0]),
    ],
    ids=["number", "schedule", "dict", "schedule of Keras"],
)
def test_slopes_outlive_a_file(tmp_path, slope, expected):
    model = ganzoo.create("straight_through_gan", (3,), latent_dim=2, slope=slope)
    model.fit(bits(8).numpy(), batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert int(restored.iteration) == 2
    for one in (model, restored):
        for iteration, value in zip([0, 2, 9], expected):
            one.iteration.assign(iteration)
            assert float(one.scheduled("slope")) == pytest.approx(value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"step": "soft"}, "step='soft': choose one of 'deterministic', 'sampled'"),
        ({"slope": 0.0}, "slope=0.0: give a number above 0"),
        ({"slope": -1}, "slope=-1: give a number above 0"),
        ({"slope": "steep"}, "slope='steep': give a finite number"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        small("straight_through_gan", **settings)
