import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models.discrete.by_hand import (
    KINDS,
    data_of,
    game,
    hard,
    model_of,
    over_event,
    scores,
    share_above_zero,
)
from tests.models.discrete.control_variates import Control, estimate, mean_square
from tests.models.steps import Record, assert_same_weights, bits, copy, descend, mean, small


def control_of(model):
    network = model.control_variate.network
    return Control(model.control_variate, copy(network))


@pytest.mark.parametrize("distribution", KINDS)
def test_two_train_steps(distribution):
    model = model_of("relax_gan", distribution)
    model.control_variate.scale.assign(0.7)
    a, g, control = copy(model.discriminator), copy(model.generator), control_of(model)
    x, record = data_of(distribution), Record(model)
    for t in range(2):
        model.reset_metrics()
        logs = model.train_step(x)
        (z_d, z), (u_d, u, v) = record.latents[2 * t :], record.uniforms[3 * t :]
        fake = hard(g(z_d), u_d)
        loss = descend(a, lambda fake=fake: game(a, x, fake))
        assert float(logs["discriminator_loss"]) == pytest.approx(loss, rel=1e-4)
        assert float(logs["scale"]) == pytest.approx(float(control.scale))
        temperature = np.exp(control.log_temperature)
        assert float(logs["temperature"]) == pytest.approx(float(temperature))

        def cost(samples):
            return -scores(a, samples)

        logits = g(z)
        gradient, costs = estimate(cost, control, logits, u, v)
        assert float(logs["generator_loss"]) == pytest.approx(float(mean(costs)), rel=1e-4)
        assert float(logs["fooled_rate"]) == pytest.approx(share_above_zero(-costs), abs=1e-6)
        descend(g, lambda z=z, gradient=gradient: mean(over_event(gradient * g(z))))

        def square(logits=logits, u=u, v=v):
            return mean_square(estimate(cost, control, logits, u, v)[0])

        loss = descend(control, square)
        assert float(logs["control_variate_loss"]) == pytest.approx(loss, rel=1e-4)
    assert float(control.scale) != pytest.approx(0.7, abs=1e-4)
    assert float(control.log_temperature) != pytest.approx(np.log(0.5), abs=1e-4)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    found = model.control_variate.trainable_variables
    for weight, expected in zip(found, control.trainable_variables, strict=True):
        tf.debugging.assert_near(weight, expected, rtol=1e-4, atol=1e-6)


def test_evaluation_has_the_losses_of_a_step():
    model = small("relax_gan")
    x, record = bits(6), Record(model)
    logs = model.test_step(x)
    [z], (u, v) = record.latents, record.uniforms
    gradient, costs = estimate(
        lambda samples: -scores(model.discriminator, samples),
        control_of(model),
        model.generator(z),
        u,
        v,
    )
    expected = {
        "discriminator_loss": game(model.discriminator, x, hard(model.generator(z), u)),
        "generator_loss": mean(costs),
        "control_variate_loss": mean_square(gradient),
        "fooled_rate": share_above_zero(-costs),
        "temperature": 0.5,
        "scale": 1.0,
    }
    assert set(logs) == set(expected)
    for name, value in expected.items():
        assert float(logs[name]) == pytest.approx(float(value), rel=1e-4), name


def test_the_control_variate_learns_to_lower_the_square():
    """Everything but the control variate stands still, and the noise is fresh at each step."""
    model = small("relax_gan")
    model.compile(
        run_eagerly=True,
        generator_optimizer=keras.optimizers.SGD(0.0),
        discriminator_optimizer=keras.optimizers.SGD(0.0),
        control_variate_optimizer=keras.optimizers.Adam(0.1),
    )
    x = bits(200)
    before = model.test_step(x)["control_variate_loss"]
    for _ in range(20):
        model.train_step(x)
    model.reset_metrics()
    after = model.test_step(x)["control_variate_loss"]
    assert float(after) < 0.9 * float(before)


def test_the_control_variate_outlives_a_file(tmp_path):
    model = ganzoo.create("relax_gan", (3,), latent_dim=2)
    model.fit(bits(8).numpy(), batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert float(model.control_variate.scale) != 1.0
    found = restored.control_variate.weights
    for one, other in zip(model.control_variate.weights, found, strict=True):
        tf.debugging.assert_equal(one, other)


def test_wrong_parts_are_refused():
    with pytest.raises(ValueError, match=r"The control variate .* batch normalization"):
        ganzoo.create("relax_gan", (8, 8, 1), discriminator={"normalization": "batch"})
    with pytest.raises(ValueError, match="control_variate has no network, which relax_gan adds"):
        ganzoo.create("relax_gan", (3,), control_variate={"architecture": "rebar"})
