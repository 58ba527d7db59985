import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models.discrete.by_hand import (
    KINDS,
    data_of,
    game,
    gradient_at,
    hard,
    log_likelihood,
    model_of,
    over_event,
    probabilities,
    scores,
    share_above_zero,
)
from tests.models.steps import (
    Record,
    assert_same_weights,
    bits,
    copy,
    descend,
    descending,
    mean,
    small,
)


@pytest.mark.parametrize("distribution", KINDS)
def test_two_train_steps(distribution):
    model = model_of("muprop_gan", distribution)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = data_of(distribution), Record(model)
    for t in range(2):
        model.reset_metrics()
        logs = model.train_step(x)
        (z_d, z), (u_d, u) = record.latents[2 * t :], record.uniforms[2 * t :]
        fake = hard(g(z_d), u_d)
        loss = descend(a, lambda fake=fake: game(a, x, fake))
        assert float(logs["discriminator_loss"]) == pytest.approx(loss, rel=1e-4)

        b, mu = hard(g(z), u), probabilities(g(z))
        slope = gradient_at(lambda points: -scores(a, points), mu)
        bracket = -scores(a, b) + scores(a, mu) - over_event(slope * (b - mu))

        def objective(z=z, b=b, slope=slope, bracket=bracket):
            through_mean = over_event(slope * probabilities(g(z)))
            return mean(bracket * log_likelihood(g(z), b) + through_mean)

        descend(g, objective)
        reward = scores(a, b)
        assert float(logs["generator_loss"]) == pytest.approx(-float(mean(reward)), rel=1e-4)
        assert float(logs["fooled_rate"]) == pytest.approx(share_above_zero(reward), abs=1e-6)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)


def test_a_linear_discriminator_leaves_no_noise():
    """Then every draw gives the exact gradient of -E[a(x)] = -(w . p + bias)."""
    z, updates = tf.constant([[0.3, -0.8], [1.0, 0.2]]), []
    for seed in (0, 1):
        discriminator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        discriminator.layers[0].kernel.assign([[1.0], [-2.0], [0.5]])
        model = descending(
            ganzoo.create("muprop_gan", (3,), seed=0, latent_dim=2, discriminator=discriminator)
        )
        model.discriminator_optimizer.learning_rate = 0.0
        model.draw_latents = lambda x, seed: z
        uniform = np.random.default_rng(seed).random((2, 3)).astype("float32")
        model.draw_uniform = lambda x, seed, uniform=uniform: tf.constant(uniform)
        g = copy(model.generator)
        model.train_step(bits(2))
        descend(g, lambda g=g: -mean(tf.sigmoid(g(z)) @ tf.constant([[1.0], [-2.0], [0.5]])))
        assert_same_weights(model.generator, g)
        updates.append(model.generator.get_weights())
    for one, other in zip(*updates):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_evaluation_has_the_losses_of_a_step():
    model = small("muprop_gan")
    x, record = bits(6), Record(model)
    logs = model.test_step(x)
    fake = hard(model.generator(record.latents[0]), record.uniforms[0])
    reward = scores(model.discriminator, fake)
    expected = game(model.discriminator, x, fake)
    assert float(logs["discriminator_loss"]) == pytest.approx(float(expected), rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(-float(mean(reward)), rel=1e-4)
    assert float(logs["fooled_rate"]) == pytest.approx(share_above_zero(reward), abs=1e-6)


def test_batch_normalization_in_the_discriminator_is_refused():
    with pytest.raises(ValueError, match=r"The control variate .* batch normalization"):
        ganzoo.create("muprop_gan", (8, 8, 1), discriminator={"normalization": "batch"})
