import keras
import pytest

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


@pytest.mark.parametrize("decay", [0.6, None])
@pytest.mark.parametrize("distribution", KINDS)
def test_two_train_steps(distribution, decay):
    model = model_of("reinforce_gan", distribution, baseline_decay=decay)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record, b = data_of(distribution), Record(model), 0.0
    for t in range(2):
        model.reset_metrics()
        logs = model.train_step(x)
        (z_d, z), (u_d, u) = record.latents[2 * t :], record.uniforms[2 * t :]
        fake = hard(g(z_d), u_d)
        loss = descend(a, lambda fake=fake: game(a, x, fake))
        assert float(logs["discriminator_loss"]) == pytest.approx(loss, rel=1e-4)

        samples = hard(g(z), u)
        reward = scores(a, samples)

        def raised(z=z, samples=samples, signal=reward - b):
            return -mean(signal * log_likelihood(g(z), samples))

        descend(g, raised)
        assert float(logs["generator_loss"]) == pytest.approx(-float(mean(reward)), rel=1e-4)
        assert float(logs["fooled_rate"]) == pytest.approx(share_above_zero(reward), abs=1e-6)
        if decay is not None:
            b = decay * b + (1.0 - decay) * float(mean(reward))
            assert float(model.baseline.mean) == pytest.approx(-b, rel=1e-4)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)


def test_evaluation_has_the_losses_of_a_step():
    model = small("reinforce_gan")
    x, record = bits(6), Record(model)
    logs = model.test_step(x)
    fake = hard(model.generator(record.latents[0]), record.uniforms[0])
    reward = scores(model.discriminator, fake)
    expected = game(model.discriminator, x, fake)
    assert float(logs["discriminator_loss"]) == pytest.approx(float(expected), rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(-float(mean(reward)), rel=1e-4)
    assert float(logs["fooled_rate"]) == pytest.approx(share_above_zero(reward), abs=1e-6)
    assert float(model.baseline.mean) == 0.0


def test_the_running_reward_outlives_a_file(tmp_path):
    model = ganzoo.create("reinforce_gan", (3,), latent_dim=2)
    model.fit(bits(8).numpy(), batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert float(model.baseline.mean) != 0.0
    assert float(restored.baseline.mean) == float(model.baseline.mean)


@pytest.mark.parametrize("decay", [0.0, 1.0, -0.1, "0.9", True])
def test_a_decay_outside_the_unit_interval_is_refused(decay):
    with pytest.raises(ValueError, match=f"baseline_decay={decay!r}: give a "):
        small("reinforce_gan", baseline_decay=decay)
