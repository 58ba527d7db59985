import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import metrics
from ganzoo.data import bits

ENTROPY = 3.3790925052  # of bars and stripes, in nats


def small(num_samples=5, seed=3, **settings):
    settings = {"jit_compile": False, **settings}
    return ganzoo.create("iwae", (6,), seed=seed, num_samples=num_samples, **settings)


def bits_of(count, seed=0):
    return np.random.default_rng(seed).integers(0, 2, (count, 6)).astype("float32")


def by_hand(model, x, seed):
    """log w [k, N] in NumPy, of the noise that a train step with this seed draws."""
    epsilon = model.draw_noise(tf.constant(x), tf.constant(seed, tf.int64)).numpy()
    mean, log_variance = np.split(model.encoder(x).numpy().astype("float64"), 2, axis=1)
    z = mean + np.exp(0.5 * log_variance) * epsilon
    logits = model.decoder(z.reshape(-1, z.shape[-1])).numpy().reshape(*z.shape[:2], -1)
    log_likelihood = (x * logits - np.logaddexp(0, logits)).sum(-1)
    log_prior = (-0.5 * z**2 - 0.5 * np.log(2 * np.pi)).sum(-1)
    log_posterior = (-0.5 * epsilon**2 - 0.5 * log_variance - 0.5 * np.log(2 * np.pi)).sum(-1)
    return log_likelihood + log_prior - log_posterior


def step_seed(model):
    return tf.random.experimental.stateless_split(tf.constant([model.seed, 1], tf.int64), 1)[0]


@pytest.mark.parametrize("num_samples", [1, 5])
def test_loss_is_minus_the_log_of_the_mean_weight(num_samples):
    model, x = small(num_samples), bits_of(7)
    log_weights = by_hand(model, x, step_seed(model))
    assert log_weights.shape == (num_samples, 7)
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    logs = model.fit(x, batch_size=7, shuffle=False, verbose=0).history
    largest = log_weights.max(axis=0)
    bound = largest + np.log(np.exp(log_weights - largest).mean(axis=0))
    assert logs["loss"][0] == pytest.approx(-bound.mean(), rel=1e-5)
    assert logs["negative_elbo"][0] == pytest.approx(-log_weights.mean(), rel=1e-5)
    if num_samples == 1:
        assert logs["loss"] == logs["negative_elbo"]


def gradients(model, x, rounds=1):
    """Mean over calls of minus the change of all weights under SGD with rate 1, and its error."""
    draws = []
    start = [v.numpy() for v in model.trainable_variables]
    for _ in range(rounds):
        model.train_on_batch(x)
        moved = [v.numpy().astype("float64") for v in model.trainable_variables]
        draws.append(np.concatenate([(a - b).ravel() for a, b in zip(start, moved)]))
        for variable, value in zip(model.trainable_variables, start):
            variable.assign(value)
    draws = np.array(draws)
    return draws.mean(axis=0), draws.std(axis=0) / np.sqrt(rounds)


def test_gradient_is_the_weighted_sum_of_those_of_the_log_weights():
    """Equation 14: constants w~ times grad log w."""
    model, x = small(), bits_of(4)
    seed = step_seed(model)
    epsilon = model.draw_noise(tf.constant(x), seed)
    with tf.GradientTape() as tape:
        mean, log_variance = tf.split(model.encoder(x), 2, axis=1)
        z = mean + tf.exp(0.5 * log_variance) * epsilon
        logits = tf.reshape(model.decoder(tf.reshape(z, [-1, 4])), [5, 4, 6])
        log_weights = tf.reduce_sum(x * logits - tf.math.softplus(logits), -1) - 0.5 * (
            tf.reduce_sum(z**2 - epsilon**2 - log_variance, -1)
        )
        weights = tf.stop_gradient(tf.nn.softmax(log_weights, axis=0))
        surrogate = -tf.reduce_mean(tf.reduce_sum(weights * log_weights, axis=0))
    expected = tape.gradient(surrogate, model.trainable_variables)
    expected = np.concatenate([np.ravel(g) for g in expected])
    model.compile(optimizer=keras.optimizers.SGD(1.0))
    np.testing.assert_allclose(gradients(model, x)[0], expected, atol=2e-6)


def test_doubly_reparameterized_gradient_has_the_same_mean_and_less_noise():
    settings = {"encoder": {"units": (5,)}, "decoder": {"units": (5,)}, "latent_dim": 2}
    x, found = np.tile(bits_of(2), (500, 1)), {}
    for doubly in (False, True):
        model = small(8, doubly_reparameterized=doubly, **settings)
        model.compile(optimizer=keras.optimizers.SGD(1.0))
        found[doubly] = gradients(model, x, rounds=40)
    (one, one_error), (other, other_error) = found[False], found[True]
    encoder = sum(v.numpy().size for v in model.encoder.trainable_variables)
    z = (one - other) / np.sqrt(one_error**2 + other_error**2 + 1e-14)
    assert np.abs(z).max() < 4.5 and np.sqrt((z**2).mean()) < 1.5
    assert np.abs(one[:encoder]).max() > 20 * one_error[:encoder].max()
    ratio = (other_error[:encoder] ** 2).sum() / (one_error[:encoder] ** 2).sum()
    assert 0.05 < ratio < 0.8
    np.testing.assert_allclose(one[encoder:], other[encoder:], atol=1e-6)


def test_bounds_of_many_samples_are_a_normalized_model():
    model = small()
    output = model.encoder.layers[-1]
    output.set_weights([0.2 * w for w in output.get_weights()])  # q wide enough for few draws
    every = (np.arange(64)[:, None] >> np.arange(6) & 1).astype("float32")
    bounds = metrics.likelihood.importance_bound(model, every, 5000, seed=1)
    again = metrics.likelihood.importance_bound(model, every, 5000, seed=2)
    np.testing.assert_allclose(bounds, again, atol=0.1)
    assert np.exp(bounds).sum() == pytest.approx(1.0, abs=0.01)
    few = metrics.likelihood.importance_bound(model, every, 1)
    assert few.mean() < bounds.mean() - 0.1


def test_codes_and_reconstructions():
    model, x = small(), bits_of(3)
    codes = model.encode(x)
    mean, log_variance = np.split(model.encoder(x).numpy(), 2, axis=1)
    np.testing.assert_allclose(codes["mean"], mean, rtol=1e-6)
    np.testing.assert_allclose(codes["log_variance"], log_variance, atol=1e-5)
    image = model.reconstruct(x)["image"]
    np.testing.assert_allclose(image, tf.sigmoid(model.decoder(mean)), rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_more_samples_model_bars_and_stripes_better_though_their_elbo_is_worse(seed):
    """k = 10 against k = 1: 4.25 against 4.64 nats, and ELBOs of about 11 against 5.3."""
    x = bits.bars_and_stripes(np.random.default_rng(seed), 50_000)[0].astype("float32")
    likelihood, elbo = {}, {}
    for num_samples in (1, 10):
        model = ganzoo.create(
            "iwae",
            (16,),
            seed=seed,
            num_samples=num_samples,
            optimizer={"class_name": "Adam", "config": {"learning_rate": 3e-3}},
            encoder={"units": (64,), "activation": "relu"},
            decoder={"units": (64,), "activation": "relu"},
        )
        model.fit(x, batch_size=100, epochs=6, verbose=0)
        test = bits.bars_and_stripes(np.random.default_rng(9), 2000)[0]
        likelihood[num_samples] = -metrics.likelihood.importance_bound(model, test, 2000).mean()
        elbo[num_samples] = -metrics.likelihood.importance_bound(model, test, 1).mean()
    assert ENTROPY < likelihood[10] < likelihood[1] - 0.15
    assert 3.9 < likelihood[10] < 4.5 and 4.3 < likelihood[1] < 4.95
    assert elbo[10] > elbo[1] + 1.0
