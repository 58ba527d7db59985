import keras
import pytest
import tensorflow as tf

import ganzoo
from tests.models.discrete.by_hand import (
    KINDS,
    data_of,
    game,
    hard,
    log_likelihood,
    model_of,
    scores,
    share_above_zero,
)
from tests.models.steps import Record, assert_same_weights, bits, copy, descend, mean, small


class Baseline(tf.Module):
    """C(z) by hand, with the weights of a model's baseline."""

    def __init__(self, baseline):
        super().__init__()
        self.weights = [tf.Variable(w) for w in baseline.trainable_variables]

    def __call__(self, z):
        kernel, bias, last_kernel, last_bias = self.weights
        return tf.squeeze(tf.tanh(z @ kernel + bias) @ last_kernel + last_bias, axis=-1)


@pytest.mark.parametrize("v", [0.0, 9.0])
@pytest.mark.parametrize("distribution", KINDS)
def test_two_train_steps(distribution, v):
    model = model_of("nvil_gan", distribution, baseline={"units": 4})
    c = 0.3
    model.baseline.mean.assign(c)
    model.baseline.variance.assign(v)
    a, g, baseline = copy(model.discriminator), copy(model.generator), Baseline(model.baseline)
    x, record = data_of(distribution), Record(model)
    for t in range(2):
        model.reset_metrics()
        logs = model.train_step(x)
        (z_d, z), (u_d, u) = record.latents[2 * t :], record.uniforms[2 * t :]
        fake = hard(g(z_d), u_d)
        loss = descend(a, lambda fake=fake: game(a, x, fake))
        assert float(logs["discriminator_loss"]) == pytest.approx(loss, rel=1e-4)

        samples = hard(g(z), u)
        cost = -scores(a, samples)
        rest = cost - baseline(z)
        signal = (rest - c) / max(1.0, v**0.5)

        def lowered(z=z, samples=samples, signal=signal):
            return mean(signal * log_likelihood(g(z), samples))

        descend(g, lowered)
        assert float(logs["generator_loss"]) == pytest.approx(float(mean(cost)), rel=1e-4)
        assert float(logs["fooled_rate"]) == pytest.approx(share_above_zero(-cost), abs=1e-6)

        loss = descend(baseline, lambda z=z, cost=cost, c=c: mean((cost - c - baseline(z)) ** 2))
        assert float(logs["baseline_loss"]) == pytest.approx(loss, rel=1e-4)
        c = 0.8 * c + 0.2 * float(mean(rest))
        v = 0.8 * v + 0.2 * float(tf.math.reduce_variance(rest))
        assert float(model.baseline.mean) == pytest.approx(c, rel=1e-4, abs=1e-6)
        assert float(model.baseline.variance) == pytest.approx(v, rel=1e-4, abs=1e-6)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    for weight, expected in zip(model.baseline.trainable_variables, baseline.weights):
        tf.debugging.assert_near(weight, expected, rtol=1e-4, atol=1e-6)


def test_evaluation_has_the_losses_of_a_step():
    model = small("nvil_gan")
    model.baseline.mean.assign(0.3)
    x, record = bits(6), Record(model)
    logs = model.test_step(x)
    [z], [u] = record.latents, record.uniforms
    fake = hard(model.generator(z), u)
    cost = -scores(model.discriminator, fake)
    expected = {
        "discriminator_loss": game(model.discriminator, x, fake),
        "generator_loss": mean(cost),
        "baseline_loss": mean((cost - 0.3 - Baseline(model.baseline)(z)) ** 2),
        "fooled_rate": share_above_zero(-cost),
    }
    assert set(logs) == set(expected)
    for name, value in expected.items():
        assert float(logs[name]) == pytest.approx(float(value), rel=1e-4), name
    assert float(model.baseline.mean) == pytest.approx(0.3)


def test_running_values_and_baseline_outlive_a_file(tmp_path):
    model = ganzoo.create("nvil_gan", (3,), latent_dim=2)
    model.fit(bits(8).numpy(), batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert float(model.baseline.mean) != 0.0 and float(model.baseline.variance) != 0.0
    for one, other in zip(model.baseline.weights, restored.baseline.weights, strict=True):
        tf.debugging.assert_equal(one, other)


def test_a_baseline_of_no_units_is_refused():
    with pytest.raises(ValueError, match="units=0: give an integer of at least 1"):
        small("nvil_gan", baseline={"units": 0})
    with pytest.raises(ValueError, match="unknown setting of baseline"):
        small("nvil_gan", baseline={"width": 3})
