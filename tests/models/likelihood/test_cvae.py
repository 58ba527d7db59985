import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.gaussian import diagonal
from tests.models.steps import bits

CLASSES = 3
SEED = tf.constant([3, 1], tf.int64)


def small(size=3, latent_dim=2, seed=0, **settings):
    """Tanh networks of vectors of bits, and a prior that is far from N(0, I)."""
    network = {"units": (5,), "activation": "tanh"}
    networks = {"encoder": network, "prior": {}, "decoder": network}
    model = ganzoo.create(
        "cvae",
        (size,),
        num_classes=CLASSES,
        seed=seed,
        **{"latent_dim": latent_dim, **networks, **settings},
    )
    mean, log_variance = np.random.default_rng(seed).normal(size=(2, CLASSES, latent_dim))
    kernel = np.concatenate([0.6 * mean, 0.2 * log_variance], axis=1)
    model.prior.set_weights([kernel, model.prior.get_weights()[1]])
    return model


def all_bits(size):
    """Every vector of so many bits."""
    return tf.constant(list(itertools.product([0.0, 1.0], repeat=size)), tf.float32)


def two_gaussian_kl(mean, log_variance, prior_mean, prior_log_variance):
    difference = (mean - prior_mean) ** 2
    terms = prior_log_variance - log_variance - 1
    terms = terms + (np.exp(log_variance) + difference) / np.exp(prior_log_variance)
    return 0.5 * np.sum(terms, axis=-1)


def test_golden_kl():
    posterior = diagonal(tf.constant([[1.0, -2.0, 0.0, np.log(4)]]))
    [kl] = posterior.kl_divergence(diagonal(tf.zeros([1, 4])))
    assert float(kl) == pytest.approx(3.3068528194, rel=1e-6)
    prior = diagonal(tf.constant([[0.5, 1.0, np.log(2), -1.0]]))
    [kl] = posterior.kl_divergence(prior)
    # 0.5 (log 2 - 1 + 1.25 / 2) + 0.5 (-1 - log 4 - 1 + 13 e)
    by_hand = 0.5 * (np.log(2) - 0.375) + 0.5 * (-2 - np.log(4) + 13 * np.e)
    assert float(kl) == pytest.approx(by_hand, rel=1e-6)
    assert two_gaussian_kl(
        np.array([1.0, -2.0]), np.array([0.0, np.log(4)]), np.array([0.5, 1]), np.log([2, 1 / np.e])
    ) == pytest.approx(by_hand, rel=1e-9)


def test_loss_is_the_bound_under_the_prior_of_the_class():
    model, x, y = small(), bits(6), tf.constant([0, 2, 1, 1, 0, 2])
    epsilon = np.float64(model.draw_latents(x, SEED))
    mean, log_variance = np.split(np.float64(model.encoder([x, y])), 2, axis=1)
    prior = np.split(np.float64(model.prior(y)), 2, axis=1)
    z = mean + np.exp(log_variance / 2) * epsilon
    logits = np.float64(model.decoder([tf.constant(z, tf.float32), y]))
    reconstruction = np.mean(np.sum(np.logaddexp(0, logits) - x * logits, axis=1))
    kl = two_gaussian_kl(mean, log_variance, *prior).mean()
    assert abs(kl - two_gaussian_kl(mean, log_variance, 0 * mean, 0 * mean).mean()) > 0.1
    loss = model.negative_elbo(x, y, SEED, training=False)
    logs = model.logs()
    np.testing.assert_allclose(logs["reconstruction_loss"], reconstruction, rtol=1e-5)
    np.testing.assert_allclose(logs["kl_divergence"], kl, rtol=1e-5)
    np.testing.assert_allclose(loss, kl + reconstruction, rtol=1e-5)


def exact_log_prob(model, x, label):
    """log p(x|y) by quadrature over the noise of a scalar latent."""
    epsilon = np.linspace(-8, 8, 4001, dtype="float32")[:, None, None]
    labels = tf.fill([len(x)], label)
    grid = tf.constant(np.repeat(epsilon, len(x), axis=1))
    log_joint = model.log_likelihood(x, grid, labels) - 0.5 * epsilon[:, :, 0] ** 2
    return np.logaddexp.reduce(np.float64(log_joint), axis=0) + np.log(
        (epsilon[1] - epsilon[0]).item() / np.sqrt(2 * np.pi)
    )


@pytest.mark.parametrize("label", range(CLASSES))
def test_weights_average_to_the_likelihood_given_the_class(label):
    model, x = small(size=2, latent_dim=1), all_bits(2)
    exact = exact_log_prob(model, x, label)
    assert np.exp(exact).sum() == pytest.approx(1, abs=1e-4)
    log_weights = np.float64(model.log_weights(x, 20_000, SEED, tf.fill([4], label)))
    assert log_weights.shape == (20_000, 4)
    weights = np.exp(log_weights - exact)
    error = weights.std(axis=0) / np.sqrt(20_000)
    assert np.all(error < 0.03) and np.all(np.abs(weights.mean(axis=0) - 1) < 4.5 * error)
    # The bound of the loss is below it by the mean of the KL to the exact posterior.
    assert np.all(log_weights.mean(axis=0) < exact + 1e-3)


def test_samples_follow_the_prior_of_their_class():
    """Frequencies of all states against the quadrature, in a chi-squared test."""
    model, x = small(size=2, latent_dim=1), all_bits(2)
    for label in range(CLASSES):
        expected = 4000 * np.exp(exact_log_prob(model, x, label))
        samples = np.asarray(model.generate(4000, label=label, seed=1)).astype(int)
        counts = np.bincount(2 * samples[:, 0] + samples[:, 1], minlength=4)
        assert np.sum((counts - expected) ** 2 / expected) < 16.3  # 99.9 % of three degrees


def test_prior_learns_from_the_kl_alone():
    model, x, y = small(), bits(6), tf.constant([0, 2, 1, 1, 0, 2])
    with tf.GradientTape() as tape:
        loss = model.negative_elbo(x, y, SEED, training=True)
    gradient = tape.gradient(loss, model.prior.trainable_variables[1])
    mean, log_variance = np.split(np.float64(model.encoder([x, y])), 2, axis=1)
    prior_mean, prior_log_variance = np.split(np.float64(model.prior(y)), 2, axis=1)
    to_mean = np.mean((prior_mean - mean) / np.exp(prior_log_variance), axis=0)
    ratio = (np.exp(log_variance) + (mean - prior_mean) ** 2) / np.exp(prior_log_variance)
    np.testing.assert_allclose(
        gradient, np.concatenate([to_mean, np.mean(0.5 * (1 - ratio), axis=0)]), rtol=2e-4
    )


def test_codes_and_reconstructions():
    model, x, y = small(), bits(5), tf.constant([0, 1, 2, 0, 1])
    codes = model.encode(x, y)
    outputs = tf.concat([codes["mean"], codes["log_variance"]], axis=1)
    np.testing.assert_allclose(outputs, model.encoder([x, y]), rtol=1e-5, atol=1e-6)
    expected = tf.sigmoid(model.decoder([codes["mean"], y]))
    arrays = np.asarray(x), np.asarray(y)
    np.testing.assert_allclose(model.reconstruct(*arrays)["image"], expected, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_learns_the_bits_of_each_class(seed):
    """Two equal halves of which class 1 is the complement: log 2 nats for each of two bits."""
    rng = np.random.default_rng(seed)
    halves = rng.integers(0, 2, (6000, 2))
    y = rng.integers(0, 2, 6000)
    x = np.concatenate([halves, halves ^ y[:, None]], axis=1).astype("float32")
    network = {"units": (32,)}
    model = ganzoo.create(
        "cvae",
        (4,),
        num_classes=2,
        seed=seed,
        latent_dim=2,
        encoder=network,
        decoder=network,
        optimizer=keras.optimizers.Adam(3e-3),
        jit_compile=True,
        steps_per_execution=20,
    )
    model.fit(x, y, batch_size=100, epochs=30, verbose=0)
    states = all_bits(4)
    for label in range(2):
        fits = np.all(states[:, :2] == np.abs(states[:, 2:] - label), axis=1)
        labels = tf.fill([16], label)
        log_weights = np.float64(model.log_weights(states, 2000, SEED, labels))
        nll = -(np.logaddexp.reduce(log_weights, axis=0) - np.log(2000))[fits].mean()
        assert 2 * np.log(2) - 0.02 < nll < 2 * np.log(2) + 0.35
