import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.data import toys
from ganzoo.models.likelihood.vae_gan import half_squared_distance
from tests.models.steps import descending, examples

RATE = 0.1
WEIGHT = 0.3


def small(**settings):
    """Tanh networks of vectors, with noise that is given, for eager gradient descent."""
    model = ganzoo.create(
        "vae_gan",
        (3,),
        seed=0,
        latent_dim=2,
        feature_weight=WEIGHT,
        encoder={"units": (5,), "activation": "tanh"},
        decoder={"units": (5,), "activation": "tanh"},
        discriminator={"units": (6, 4), "activation": "tanh"},
        **settings,
    )
    noise = iter(tf.random.stateless_normal([20, 8, 2], [1, 2]))
    model.draw_latents = lambda x, seed: next(noise)
    return descending(model, RATE)


def weights_of(model):
    return {n: [w.numpy() for w in getattr(model, n).weights] for n in model.network_names}


def terms(model, x, noise):
    """Means of L_prior, L_feature (of the first hidden layer) and L_GAN, written out."""
    mean, log_variance = tf.split(model.encoder(x), 2, axis=1)
    reconstruction = model.decoder(mean + tf.exp(log_variance / 2) * noise[0])
    sample = model.decoder(noise[1])
    first, *rest = model.discriminator.layers[1:]
    features = [first(values) for values in (x, reconstruction, sample)]
    probabilities = []
    for hidden in features:
        for layer in rest:
            hidden = layer(hidden)
        probabilities.append(tf.sigmoid(hidden)[:, 0])
    prior = 0.5 * tf.reduce_sum(mean**2 + tf.exp(log_variance) - 1 - log_variance, axis=1)
    feature = 0.5 * tf.reduce_sum((features[0] - features[1]) ** 2, axis=1)
    real, of_reconstruction, of_sample = probabilities
    log = tf.math.log
    gan = -log(real) - log(1 - of_reconstruction) - log(1 - of_sample)
    return tuple(tf.reduce_mean(values) for values in (prior, feature, gan))


def gradients(model, x, noise):
    """Gradient of each term to each network: term -> network -> list, 0 where there is none."""
    with tf.GradientTape(persistent=True) as tape:
        losses = dict(zip(("prior", "feature", "gan"), terms(model, x, noise)))
    return {
        term: {
            name: [
                0.0 if gradient is None else gradient.numpy()
                for gradient in tape.gradient(loss, getattr(model, name).trainable_variables)
            ]
            for name in model.network_names
        }
        for term, loss in losses.items()
    }


# What descends in each network: the weight of each term in its loss.
ROUTES = {
    "encoder": {"prior": 1.0, "feature": 1.0},
    "decoder": {"feature": WEIGHT, "gan": -1.0},
    "discriminator": {"gan": 1.0},
}


def test_routes_of_the_gradients():
    model, x = small(), examples(8)
    noise = tf.random.stateless_normal([20, 8, 2], [1, 2])[:2]
    before = weights_of(model)
    found = gradients(model, x, noise)
    # Each term would reach the networks that its loss is kept from.
    for term, name in (("gan", "encoder"), ("feature", "discriminator")):
        assert max(np.abs(g).max() for g in found[term][name]) > 1e-3
    model.train_step(x)
    after = weights_of(model)
    for name, route in ROUTES.items():
        for number, (old, new) in enumerate(zip(before[name], after[name])):
            expected = sum(weight * found[term][name][number] for term, weight in route.items())
            np.testing.assert_allclose((old - new) / RATE, expected, rtol=1e-3, atol=2e-6)


def test_what_is_logged():
    model, x = small(), examples(8)
    noise = tf.random.stateless_normal([20, 8, 2], [1, 2])
    prior, feature, gan = (float(term) for term in terms(model, x, noise[:2]))
    logs = {name: float(value) for name, value in model.train_step(x).items()}
    expected = {
        "encoder_loss": prior + feature,
        "decoder_loss": WEIGHT * feature - gan,
        "discriminator_loss": gan,
        "kl_divergence": prior,
        "feature_loss": feature,
    }
    assert logs == pytest.approx(expected, rel=1e-5)
    for tracker in model.metrics:
        tracker.reset_state()
    prior, feature, gan = (float(term) for term in terms(model, x, noise[2:4]))
    logs = model.test_step(x)
    assert float(logs["decoder_loss"]) == pytest.approx(WEIGHT * feature - gan, rel=1e-5)
    assert float(logs["encoder_loss"]) == pytest.approx(prior + feature, rel=1e-5)


def test_squares_are_summed_over_all_axes():
    a, b = tf.ones([2, 3, 4, 5]), tf.constant([0.0, 3.0])[:, None, None, None]
    np.testing.assert_allclose(half_squared_distance(a, a * b), [30.0, 120.0])


def test_feature_layer_by_index_and_by_name():
    x = examples(8)
    by_index, other = small(feature_layer=1), small(feature_layer=2)
    name = by_index.discriminator.layers[1].name
    by_name = type(by_index)(
        by_index.encoder,
        by_index.decoder,
        by_index.discriminator,
        feature_layer=name,
        value_range=None,
    )
    np.testing.assert_array_equal(by_name.judge(x)[0], by_index.judge(x)[0])
    np.testing.assert_array_equal(by_index.judge(x)[0], by_index.discriminator.layers[1](x))
    assert other.judge(x)[0].shape == (8, 4)
    np.testing.assert_allclose(other.judge(x)[1], other.discriminator(x), rtol=1e-6)
    convolutional = ganzoo.create("vae_gan", (8, 8, 1), seed=0, discriminator={"width": 2})
    assert convolutional.judge(tf.zeros([2, 8, 8, 1]))[0].shape == (2, 2, 2, 4)


@pytest.mark.parametrize("value", [4, -5, "conv", 1.0, None])
def test_feature_layer_is_checked(value):
    with pytest.raises(ValueError, match=r"give an index from -4 to 3, or the name of a layer"):
        small(feature_layer=value)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_feature_weight_is_checked(value):
    with pytest.raises(ValueError, match=r"feature_weight=.*above 0"):
        ganzoo.create("vae_gan", (3,), feature_weight=value)


def test_codes_and_reconstructions():
    model, x = small(), examples(5)
    codes = model.encode(x)
    np.testing.assert_array_equal(
        tf.concat([codes["mean"], codes["log_variance"]], axis=1), model.encoder(x)
    )
    np.testing.assert_allclose(
        model.reconstruct(x)["image"], model.decoder(codes["mean"]), rtol=1e-6
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_ring_is_covered_and_reconstructed(seed):
    points, _ = toys.ring(np.random.default_rng(seed), 25_600)
    points = points.astype("float32")
    model = ganzoo.create("vae_gan", (2,), seed=seed, jit_compile=True, steps_per_execution=100)
    history = model.fit(points, batch_size=256, epochs=20, verbose=0).history
    assert history["feature_loss"][-1] < 0.5 * history["feature_loss"][0]
    samples = np.asarray(model.generate(2000, seed=0))
    distances = np.linalg.norm(samples[:, None] - toys.RING_CENTERS, axis=2)
    near = distances.argmin(axis=1)[distances.min(axis=1) < 6 * toys.RING_SIGMA]
    assert len(np.unique(near)) == 8
