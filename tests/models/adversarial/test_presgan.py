import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models.steps import Record, assert_same_weights, copy, descend, examples, mean, small


def linear_model(matrix, seed=0, **settings):
    """A model whose generator is mu(z) = W z, W [2, 2], sigma 0.5."""
    latents = keras.Input((2,))
    generator = keras.Model(latents, keras.layers.Dense(2, use_bias=False)(latents))
    generator.set_weights([np.transpose(matrix)])
    model = ganzoo.create("presgan", (2,), seed=seed, latent_dim=2, generator=generator, **settings)
    model.scale.get_layer("noise").rho.assign([np.log(np.expm1(0.5))] * 2)
    return model


MATRIX = np.array([[1.0, 0.4], [-0.3, 0.7]], np.float32)
PRECISION = np.linalg.inv(MATRIX @ MATRIX.T + 0.25 * np.eye(2))  # of x


def drawn(model, count, seed=0):
    """z, epsilon, x and sigma of `count` samples."""
    rng = np.random.default_rng(seed)
    z, epsilon = (tf.constant(rng.normal(size=(count, 2)), tf.float32) for _ in range(2))
    return z, epsilon, *model.noisy(model.generator(z), epsilon)


def test_sigma_starts_at_the_softplus_of_minus_one():
    model = small("presgan")
    np.testing.assert_allclose(model.scale(examples(2)), 0.313262, rtol=1e-5)


def test_slope_of_the_entropy_of_a_linear_generator():
    model = linear_model(MATRIX, burn_in=0, posterior_samples=60)
    z, _, x, sigma = drawn(model, 400)
    model.step_size.assign(0.4)
    slope, _, acceptance = model.entropy_slope(x, sigma, z, model.step_seeds(model.chain_draws))
    assert 0.7 < float(acceptance) < 1.0
    errors = slope.numpy() - x.numpy() @ PRECISION
    # Of the mean of 60 nearly independent draws; the slopes themselves have deviation 1.1.
    assert np.abs(errors.mean(axis=0)).max() < 0.03
    assert errors.std() < 0.25


def test_gradient_is_that_of_the_gaussian_entropy():
    # Draws that still know the z of x would bias the product of the slope and dx / dW.
    model = linear_model(MATRIX, burn_in=10, posterior_samples=4)
    z, epsilon, x, sigma = drawn(model, 20_000)
    model.step_size.assign(0.4)
    slope, _, _ = model.entropy_slope(x, sigma, z, model.step_seeds(model.chain_draws))
    with tf.GradientTape() as tape:
        fake, _ = model.noisy(model.generator(z), epsilon)
        entropy = tf.reduce_mean(tf.reduce_sum(slope * fake, axis=1))
    gradients = tape.gradient(
        entropy, [*model.generator.trainable_weights, *model.scale.trainable_weights]
    )
    np.testing.assert_allclose(np.transpose(gradients[0]), PRECISION @ MATRIX, atol=0.04)
    # d sigma / d rho is the sigmoid of rho.
    slope_of_softplus = 1.0 - np.exp(-0.5)
    np.testing.assert_allclose(
        gradients[1], 0.5 * np.diag(PRECISION) * slope_of_softplus, atol=0.04
    )


@pytest.mark.parametrize("entropy_weight", [0.0, 0.3])
def test_train_step_is_the_noisy_game_and_the_entropy(entropy_weight, monkeypatch):
    model = small("presgan", entropy_weight=entropy_weight)
    d, g, scale = copy(model.discriminator), copy(model.generator), copy(model.scale)
    x, record, drawn_noise = examples(6), Record(model), []
    slope = examples(6, seed=3)
    draw = model.draw

    def watched(sampler, shape, seed):
        drawn_noise.append(draw(sampler, shape, seed))
        return drawn_noise[-1]

    monkeypatch.setattr(model, "draw", watched)
    starts = []

    def entropy_slope(x, sigma, latents, seeds):
        starts.append((x, sigma, latents, seeds))
        return slope, 0.25, tf.constant(0.9)

    monkeypatch.setattr(model, "entropy_slope", entropy_slope)
    logs = model.train_step(x)
    [z], epsilon = record.latents, drawn_noise[1]
    assert epsilon.shape == x.shape

    sigma = scale(x)
    fake = g(z) + sigma * epsilon
    [(start, start_sigma, start_latents, seeds)] = starts
    np.testing.assert_allclose(start, fake, rtol=1e-5)
    np.testing.assert_allclose(start_sigma, sigma, rtol=1e-6)
    np.testing.assert_array_equal(start_latents, z)  # a draw of the posterior, of that sample
    assert len(seeds) == model.chain_draws
    d_loss = descend(
        d,
        lambda: mean(tf.nn.softplus(-d(x + sigma * epsilon))) + mean(tf.nn.softplus(d(fake))),
    )

    def objective():
        fake = g(z) + scale(x) * epsilon
        entropy = mean(tf.reduce_sum(slope * fake, axis=1))
        return mean(tf.nn.softplus(-d(fake))) - entropy_weight * entropy

    before = copy(g)
    g_loss = descend(g, objective)
    after, g = g, before
    descend(scale, objective)
    assert_same_weights(model.discriminator, d)
    assert_same_weights(model.generator, after)
    assert_same_weights(model.scale, scale)
    assert float(logs["discriminator_loss"]) == pytest.approx(d_loss, rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(g_loss, rel=1e-4)
    assert float(logs["scale_loss"]) == pytest.approx(g_loss, rel=1e-4)
    assert float(logs["acceptance"]) == pytest.approx(0.9)
    assert float(model.step_size) == 0.25


def test_the_step_size_follows_the_acceptance_of_dropped_transitions():
    model = linear_model(MATRIX, burn_in=3)
    assert float(model.step_size) == 0.5  # 1 / d
    model.step_size.assign(1e-4)
    z, _, x, sigma = drawn(model, 50)
    seeds = model.step_seeds(model.chain_draws)
    _, step_size, acceptance = model.entropy_slope(x, sigma, z, seeds)
    assert float(acceptance) == pytest.approx(1.0, abs=1e-3)
    assert float(step_size) == pytest.approx(1e-4 * (1 + 0.02 * 0.33) ** 3, rel=1e-4)


def test_the_density_has_the_noise():
    model = linear_model(MATRIX)
    z, _, x, _ = drawn(model, 5)
    errors = (x - model.generator(z)) / 0.5
    expected = -0.5 * tf.reduce_sum(errors**2, axis=1) - np.log(2 * np.pi * 0.25)
    density = model.observation_model(model.generator(z))
    np.testing.assert_allclose(density.log_prob(x), expected, rtol=1e-5)


def test_channels_of_a_pixel_share_their_noise():
    model = ganzoo.create("presgan", (8, 8, 3), seed=0, **ganzoo.registry.get("presgan").tiny)
    [rho] = model.scale.trainable_variables
    assert rho.shape == (8, 8, 1)
    assert model.scale(tf.zeros([2, 8, 8, 3])).shape == (2, 8, 8, 3)


def log_determinant(seed, entropy_weight):
    """log det of the covariance of samples of a linear generator after training on two clusters."""
    rng = np.random.default_rng(seed)
    centers = np.array([[-1.0, 0.0], [1.0, 0.0]])[rng.integers(2, size=2560)]
    data = (centers + 0.1 * rng.normal(size=centers.shape)).astype("float32")
    model = linear_model(
        0.3 * np.eye(2, dtype="float32"),
        seed,
        entropy_weight=entropy_weight,
        steps_per_execution=20,
    )
    model.fit(data, batch_size=128, epochs=20, verbose=0)
    matrix = np.transpose(model.generator.get_weights()[0])
    sigma = model.scale(np.zeros((1, 2), "float32")).numpy()[0]
    return np.linalg.slogdet(matrix @ matrix.T + np.diag(sigma**2))[1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_entropy_widens_the_samples(seed):
    assert log_determinant(seed, 0.5) > log_determinant(seed, 0.0) + 0.2


@pytest.mark.parametrize(
    "setting", [{"entropy_weight": -0.1}, {"burn_in": -1}, {"posterior_samples": 0}]
)
def test_settings_are_checked(setting):
    [(name, value)] = setting.items()
    with pytest.raises(ValueError, match=f"{name}={value!r}: give "):
        small("presgan", **setting)
