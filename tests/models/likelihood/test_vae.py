import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.likelihood.vae import VAE

SCALE = 0.7
# Columns that are not orthogonal: the exact posterior has correlations that q cannot have.
OBLIQUE = np.array([[1.0, 0.5], [0.3, -0.8], [0.6, 0.9]])
ORTHOGONAL = np.array([[1.0, 0.5], [1.0, -0.5], [0.5, 0.0]])
OFFSET = np.array([0.2, -0.4, 1.0])
X = np.array([0.9, -1.1, 1.7])


def dense(inputs, kernel, bias):
    """A network of one dense layer with these weights."""
    units = np.shape(kernel)[1]
    source = keras.Input((inputs,))
    layer = keras.layers.Dense(units)
    network = keras.Model(source, layer(source))
    layer.set_weights([np.asarray(kernel, "float32"), np.asarray(bias, "float32")])
    return network


def gaussian_model(matrix, mean, log_variance, scale=SCALE, seed=0):
    """p(x|z) = N(matrix z + OFFSET, scale^2 I) and one q(z) for every x."""
    encoder = dense(3, np.zeros((3, 4)), np.concatenate([mean, log_variance]))
    decoder = dense(2, matrix.T, OFFSET)
    return VAE(encoder, decoder, observation_scale=scale, value_range=None, seed=seed)


def exact_posterior(matrix, x=X, scale=SCALE):
    """Mean and covariance of p(z|x)."""
    covariance = np.linalg.inv(np.eye(2) + matrix.T @ matrix / scale**2)
    return covariance @ matrix.T @ (x - OFFSET) / scale**2, covariance


def log_evidence(matrix, x=X, scale=SCALE):
    """log N(x; OFFSET, A A' + scale^2 I)."""
    covariance = matrix @ matrix.T + scale**2 * np.eye(3)
    difference = x - OFFSET
    quadratic = difference @ np.linalg.solve(covariance, difference)
    return -0.5 * (quadratic + np.linalg.slogdet(2 * np.pi * covariance)[1])


def kl_of_gaussians(m, s, mean, covariance):
    """KL(N(m, s) || N(mean, covariance)) of full covariances."""
    inverse = np.linalg.inv(covariance)
    difference = mean - m
    return 0.5 * (
        np.trace(inverse @ s)
        + difference @ inverse @ difference
        - len(m)
        + np.linalg.slogdet(covariance)[1]
        - np.linalg.slogdet(s)[1]
    )


def closed_form_elbo(matrix, m, s, x=X, scale=SCALE):
    """The lower bound of x for q = N(m, s), no sampling."""
    residual = x - matrix @ m - OFFSET
    expected = residual @ residual + np.trace(matrix @ s @ matrix.T)
    log_likelihood = -1.5 * np.log(2 * np.pi * scale**2) - expected / (2 * scale**2)
    return log_likelihood - kl_of_gaussians(m, s, np.zeros(2), np.eye(2))


def sampled_elbo(model, rounds=40, rows=2000):
    """Mean and standard error of the model's own estimate."""
    data = tf.constant(np.tile(X, (rows, 1)), tf.float32)
    estimate = tf.function(lambda seed: -model.negative_elbo(data, seed, training=False))
    values = [float(estimate(tf.constant([7, i], tf.int64))) for i in range(rounds)]
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(rounds)


@pytest.mark.parametrize("matrix", [OBLIQUE, ORTHOGONAL], ids=["oblique", "orthogonal"])
def test_closed_form_is_tight_at_the_exact_posterior_and_lower_by_the_kl_elsewhere(matrix):
    mean, covariance = exact_posterior(matrix)
    evidence = log_evidence(matrix)
    assert closed_form_elbo(matrix, mean, covariance) == pytest.approx(evidence, abs=1e-12)
    m, s = mean + [0.3, -0.1], np.diag([0.2, 0.5])
    gap = evidence - closed_form_elbo(matrix, m, s)
    assert gap == pytest.approx(kl_of_gaussians(m, s, mean, covariance), abs=1e-12)


def test_model_reaches_the_evidence_where_the_posterior_is_diagonal():
    mean, covariance = exact_posterior(ORTHOGONAL)
    np.testing.assert_allclose(covariance[0, 1], 0, atol=1e-15)
    model = gaussian_model(ORTHOGONAL, mean, np.log(np.diag(covariance)))
    elbo, error = sampled_elbo(model)
    assert error < 0.01
    assert abs(elbo - log_evidence(ORTHOGONAL)) < 4 * error + 1e-5


@pytest.mark.parametrize("matrix", [OBLIQUE, ORTHOGONAL], ids=["oblique", "orthogonal"])
def test_model_is_lower_by_the_kl_to_the_exact_posterior(matrix):
    mean, covariance = exact_posterior(matrix)
    m, variance = mean + [0.3, -0.1], np.array([0.2, 0.5])
    elbo, error = sampled_elbo(gaussian_model(matrix, m, np.log(variance)))
    gap = kl_of_gaussians(m, np.diag(variance), mean, covariance)
    assert gap > 20 * error
    assert abs(elbo - (log_evidence(matrix) - gap)) < 4 * error + 1e-5


def test_loss_is_the_sum_of_its_two_logged_terms():
    model = gaussian_model(OBLIQUE, [0.5, -0.2], [0.1, -0.7])
    model.compile(optimizer=keras.optimizers.SGD(0.0), run_eagerly=True)
    x = tf.constant(np.random.default_rng(0).normal(size=(6, 3)), tf.float32)
    logs = model.train_step(x)
    total = float(logs["reconstruction_loss"]) + float(logs["kl_divergence"])
    assert float(logs["loss"]) == pytest.approx(total, rel=1e-6)
    assert float(model.test_step(x)["loss"]) > 0


def test_golden_kl():
    model = gaussian_model(OBLIQUE, [1.0, -2.0], [0.0, np.log(4)])
    posterior = model.posterior(tf.zeros([5, 3]))
    assert posterior.batch_shape == (5,) and posterior.event_shape == (2,)
    kl = posterior.kl_divergence(model.prior())
    np.testing.assert_allclose(kl, np.full(5, 3.3068528194), rtol=1e-6)


def test_analytic_kl_equals_its_estimate_from_samples():
    model = gaussian_model(OBLIQUE, [0.6, -1.0], [0.4, -1.2])
    posterior = model.posterior(tf.zeros([1, 3]))
    z = posterior.sample(100_000, seed=1)
    draws = np.asarray(posterior.log_prob(z) - model.prior().log_prob(z), "float64")[:, 0]
    [kl] = np.asarray(posterior.kl_divergence(model.prior()))
    assert abs(draws.mean() - kl) < 4 * draws.std() / np.sqrt(len(draws))


def test_pathwise_gradient():
    """With -log p(x|z) = z^2 + const the mean loss is mu^2 + sigma^2 + KL + const."""
    mean, log_variance, count = 0.8, -0.5, 40_000
    variance = np.exp(log_variance)
    encoder = dense(1, [[0.0, 0.0]], [mean, log_variance])
    decoder = dense(1, [[1.0]], [0.0])
    model = VAE(encoder, decoder, observation_scale=np.sqrt(0.5), value_range=None, seed=0)
    with tf.GradientTape() as tape:
        loss = model.negative_elbo(tf.zeros([count, 1]), tf.constant([1, 2], tf.int64), True)
    [gradient] = tape.gradient(loss, [encoder.trainable_variables[1]])
    # z^2 to mu: 2 z; to log variance: z sigma epsilon, of variances 4 s^2 and m^2 s^2 + 2 s^4.
    errors = np.sqrt([4 * variance, mean**2 * variance + 2 * variance**2]) / np.sqrt(count)
    expected = [2 * mean + mean, variance + 0.5 * (variance - 1)]
    assert np.all(np.abs(gradient - expected) < 4 * errors)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_terms_are_sums_over_pixels_in_nats(likelihood):
    binary = likelihood == "bernoulli"
    model = ganzoo.create(
        "vae",
        (4, 4, 1),
        seed=0,
        latent_dim=2,
        likelihood=likelihood,
        observation_scale=0.4,
        encoder={"units": (5,)},
        decoder={"units": (5,), "output_activation": None},
        value_range=(0.0, 1.0) if binary else (-1.0, 1.0),
    )
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (6, 4, 4, 1)) if binary else rng.uniform(-1, 1, (6, 4, 4, 1))
    x = x.astype("float32")
    decoded = model.decoder(rng.normal(size=(6, 2)).astype("float32"))
    log_prob = model.observation_model(decoded).log_prob(x)
    assert log_prob.shape == (6,)
    pixels = np.asarray(decoded, "float64")
    if binary:
        terms = x * pixels - np.log1p(np.exp(pixels))
    else:
        terms = -0.5 * ((x - pixels) / 0.4) ** 2 - np.log(0.4) - 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(log_prob, terms.sum(axis=(1, 2, 3)), rtol=1e-5)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_generate_returns_means(likelihood):
    binary = likelihood == "bernoulli"
    model = ganzoo.create(
        "vae",
        (3,),
        seed=0,
        likelihood=likelihood,
        value_range=(0.0, 1.0) if binary else None,
    )
    decoded = model.decoder(model.sample_latents(7, seed=5))
    expected = tf.sigmoid(decoded) if binary else decoded
    np.testing.assert_allclose(model.generate(7, seed=5), expected, rtol=1e-5, atol=1e-6)


def test_each_row_and_each_step_has_its_own_noise():
    model = gaussian_model(OBLIQUE, [0.0, 0.0], [0.0, 0.0])
    model.compile(optimizer=keras.optimizers.SGD(0.0), run_eagerly=True)
    draw_latents, drawn = model.draw_latents, []

    def watched(data, seed):
        drawn.append(draw_latents(data, seed))
        return drawn[-1]

    model.draw_latents = watched
    for _ in range(3):
        model.train_step(tf.zeros([5, 3]))
    values = np.concatenate(drawn)
    assert values.shape == (15, 2)
    assert len(np.unique(values)) == 30


@pytest.mark.parametrize("value", ["laplace", None, 1])
def test_likelihood_is_checked(value):
    with pytest.raises(ValueError, match=f"likelihood={value!r}: choose one of 'gaussian'"):
        ganzoo.create("vae", (3,), likelihood=value)


@pytest.mark.parametrize("value", [0, -0.3, float("nan"), "0.3", None])
def test_observation_scale_is_checked(value):
    with pytest.raises(ValueError, match=f"observation_scale={value!r}: give a "):
        ganzoo.create("vae", (3,), observation_scale=value)


def test_bernoulli_needs_binary_data():
    with pytest.raises(ValueError, match=r"value_range=None: .*\{0, 1\}"):
        ganzoo.create("vae", (3,), likelihood="bernoulli")
    model = ganzoo.create(
        "vae",
        (3,),
        seed=0,
        likelihood="bernoulli",
        value_range=(0.0, 1.0),
        **ganzoo.registry.get("vae").tiny,
    )
    gray = np.full((8, 3), 0.5, "float32")
    for data in (gray, tf.data.Dataset.from_tensor_slices(gray).batch(4)):
        with pytest.raises(ValueError, match="binarized"):
            model.fit(data, verbose=0)
    assert 0.0 < model.generate(4, seed=0).numpy().min() < 1.0  # means, as the docstring says


def bars(side=4):
    """All patterns of bars and stripes [K, side, side, 1] and their probabilities."""
    lines = (np.arange(2**side)[:, None] >> np.arange(side)) & 1
    rows = np.repeat(lines[:, :, None], side, axis=2)
    both = np.concatenate([rows, rows.transpose(0, 2, 1)])
    patterns, counts = np.unique(both, axis=0, return_counts=True)
    return patterns[..., None].astype("float32"), counts / counts.sum()


def test_bars_have_their_known_entropy():
    patterns, probabilities = bars()
    assert len(patterns) == 30
    entropy = -np.sum(probabilities * np.log(probabilities))
    assert entropy == pytest.approx(3.3790925052, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_bars_and_stripes(seed):
    patterns, probabilities = bars()
    draws = np.random.default_rng(seed).choice(len(patterns), 30_000, p=probabilities)
    model = ganzoo.create(
        "vae",
        (4, 4, 1),
        seed=seed,
        latent_dim=4,
        likelihood="bernoulli",
        value_range=(0.0, 1.0),
        encoder={"units": (64,)},
        decoder={"units": (64,), "output_activation": None},
        optimizer=keras.optimizers.Adam(3e-3),
        jit_compile=True,
        steps_per_execution=100,
    )
    model.fit(patterns[draws], batch_size=100, epochs=10, verbose=0)
    assert int(model.iteration) == 3000

    posterior = model.posterior(patterns)
    z = posterior.sample(2000, seed=seed)
    decoded = tf.reshape(model.decoder(tf.reshape(z, [-1, 4])), [2000, 30, 4, 4, 1])
    log_likelihood = model.observation_model(decoded).log_prob(patterns)
    log_weights = log_likelihood + model.prior().log_prob(z) - posterior.log_prob(z)
    log_weights = np.asarray(log_weights, "float64")
    log_probs = np.logaddexp.reduce(log_weights, axis=0) - np.log(2000)
    kl = np.asarray(posterior.kl_divergence(model.prior()), "float64")
    bounds = np.asarray(log_likelihood, "float64").mean(axis=0) - kl
    nll, negative_elbo = -probabilities @ log_probs, -probabilities @ bounds
    assert 3.379 < nll <= negative_elbo < 6.2
