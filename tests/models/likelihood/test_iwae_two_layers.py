import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import metrics

HALF_LOG = 0.5 * np.log(2 * np.pi)


def small(num_samples=4, seed=3, **settings):
    return ganzoo.create(
        "iwae_two_layers",
        (5,),
        seed=seed,
        num_samples=num_samples,
        latent_dim=(3, 2),
        jit_compile=False,
        **settings,
    )


def bits_of(count, seed=0):
    return np.random.default_rng(seed).integers(0, 2, (count, 5)).astype("float32")


def gaussian(parameters):
    """Mean and standard deviation in float64."""
    mean, log_variance = np.split(np.asarray(parameters, "float64"), 2, axis=-1)
    return mean, np.exp(0.5 * log_variance)


def log_normal(values, mean=0.0, deviation=1.0):
    z = (values - mean) / deviation
    return (-0.5 * z**2 - np.log(deviation) - HALF_LOG).sum(axis=-1)


def by_hand(model, x, epsilon):
    """log w [k, N] of noise [k, N, 5] in NumPy: three dimensions beside the data, two above."""
    rows = []
    for noise in epsilon:
        mean, deviation = gaussian(model.encoder(x))
        h1 = mean + deviation * noise[:, :3]
        log_q = log_normal(h1, mean, deviation)
        mean, deviation = gaussian(model.upper_encoder(h1.astype("float32")))
        h2 = mean + deviation * noise[:, 3:]
        log_q += log_normal(h2, mean, deviation)
        mean, deviation = gaussian(model.upper_decoder(h2.astype("float32")))
        log_p = log_normal(h2) + log_normal(h1, mean, deviation)
        logits = np.asarray(model.decoder(h1.astype("float32")), "float64")
        rows.append(log_p + (x * logits - np.logaddexp(0, logits)).sum(axis=-1) - log_q)
    return np.array(rows)


@pytest.mark.parametrize("num_samples", [1, 4])
def test_loss_is_minus_the_log_of_the_mean_weight(num_samples):
    model, x = small(num_samples), bits_of(6)
    start = tf.constant([model.seed, 1], tf.int64)
    [seed] = tf.unstack(tf.random.experimental.stateless_split(start, 1))
    epsilon = model.draw_noise(tf.constant(x), seed).numpy()
    assert epsilon.shape == (num_samples, 6, 5)
    log_weights = by_hand(model, x, epsilon)
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    logs = model.fit(x, batch_size=6, shuffle=False, verbose=0).history
    bound = np.logaddexp.reduce(log_weights, axis=0) - np.log(num_samples)
    assert logs["loss"][0] == pytest.approx(-bound.mean(), rel=1e-5)
    assert logs["negative_elbo"][0] == pytest.approx(-log_weights.mean(), rel=1e-5)


def test_log_weights_draw_both_layers():
    model, x = small(), bits_of(3)
    seed = tf.constant([5, 7], tf.int64)
    epsilon = model.draw_prior([6, 3, 5], seed).numpy()
    np.testing.assert_allclose(
        model.log_weights(x, 6, seed), by_hand(model, x, epsilon), rtol=1e-4, atol=1e-4
    )


def test_bounds_of_many_samples_are_a_normalized_model():
    model = small()
    for network in (model.encoder, model.upper_encoder, model.upper_decoder):
        output = network.layers[-1]
        output.set_weights([0.2 * w for w in output.get_weights()])
    every = (np.arange(32)[:, None] >> np.arange(5) & 1).astype("float32")
    bounds = metrics.likelihood.importance_bound(model, every, 5000, seed=1)
    assert np.exp(bounds).sum() == pytest.approx(1.0, abs=0.01)
    # The model's own samples have these frequencies.
    samples = model.generate(20_000, seed=0).numpy()
    counts = np.bincount((samples @ (1 << np.arange(5))).astype(int), minlength=32)
    expected = 20_000 * np.exp(bounds)
    assert ((counts - expected) ** 2 / expected).sum() < 31 + 4 * np.sqrt(2 * 31)


def test_reconstruction_is_of_the_mean_code():
    model, x = small(), bits_of(3)
    codes = model.encode(x)
    mean, deviation = gaussian(model.encoder(x))
    np.testing.assert_allclose(codes["mean"], mean, rtol=1e-6)
    np.testing.assert_allclose(codes["log_variance"], 2 * np.log(deviation), atol=1e-5)
    image = model.reconstruct(x)["image"]
    np.testing.assert_allclose(image, tf.sigmoid(model.decoder(mean.astype("float32"))), rtol=1e-5)


def test_layers_need_their_sizes():
    with pytest.raises(ValueError, match=r"both layers, from the data up, such as \(100, 50\)"):
        ganzoo.create("iwae_two_layers", (5,), latent_dim=50)
