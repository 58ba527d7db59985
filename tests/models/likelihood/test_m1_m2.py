import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models.steps import bits

CLASSES = 3
SEED = tf.constant([3, 1], tf.int64)


def small(size=3, latent_dim=2, **settings):
    """M1+M2 of vectors of bits with tanh networks."""
    network = {"units": (5,), "activation": "tanh"}
    names = ("feature_encoder", "feature_decoder", "encoder", "classifier", "decoder")
    settings = {**dict.fromkeys(names, network), "classification_weight": 1.5, **settings}
    model = ganzoo.create(
        "m1_m2", (size,), num_classes=CLASSES, seed=0, latent_dim=latent_dim, **settings
    )
    for number, weight in enumerate(model.trainable_variables):
        weight.assign(0.6 * tf.random.stateless_normal(weight.shape, [number, 0]))
    return model


def log_normal(z, outputs):
    mean, log_variance = np.split(outputs, 2, axis=1)
    terms = log_variance + np.log(2 * np.pi) + (z - mean) ** 2 / np.exp(log_variance)
    return -0.5 * terms.sum(axis=1)


def kl_to_standard(outputs):
    mean, log_variance = np.split(outputs, 2, axis=1)
    return 0.5 * np.sum(np.exp(log_variance) + mean**2 - 1 - log_variance, axis=1)


def apply(network, *inputs):
    outputs = network([tf.constant(i, tf.float32) for i in inputs] if inputs[1:] else inputs[0])
    return np.float64(outputs)


def test_loss_is_the_sum_of_both_models():
    model, x = small(), bits(6)
    y = np.array([0, -1, 2, -1, -1, 1], np.int32)
    epsilon = np.float64(model.draw_latents(x, SEED))
    features = apply(model.feature_encoder, x)
    mean, log_variance = np.split(features, 2, axis=1)
    z1 = mean + np.exp(log_variance / 2) * epsilon[:, :2]
    logits = apply(model.feature_decoder, tf.constant(z1, tf.float32))
    reconstruction = np.sum(np.logaddexp(0, logits) - np.asarray(x) * logits, axis=1)
    vae_loss = reconstruction + kl_to_standard(features)

    losses = np.zeros((6, CLASSES))
    for label in range(CLASSES):
        labels = np.full(6, label)
        outputs = apply(model.encoder, z1, labels)
        mean, log_variance = np.split(outputs, 2, axis=1)
        z2 = mean + np.exp(log_variance / 2) * epsilon[:, 2:]
        log_likelihood = log_normal(z1, apply(model.decoder, z2, labels))
        losses[:, label] = kl_to_standard(outputs) - log_likelihood + np.log(CLASSES)
    logits = apply(model.classifier, tf.constant(z1, tf.float32))
    log_q = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    unlabelled = np.sum(np.exp(log_q) * (losses + log_q), axis=1)
    bound = np.where(y < 0, unlabelled, losses[np.arange(6), y])
    classification = np.where(y < 0, 0.0, -log_q[np.arange(6), y])

    loss = model.objective(x, y, SEED, training=False)
    logs = model.logs()
    total = reconstruction + log_normal(z1, features) + bound
    np.testing.assert_allclose(logs["vae_loss"], vae_loss.mean(), rtol=1e-5)
    np.testing.assert_allclose(logs["negative_bound"], total.mean(), rtol=1e-5)
    np.testing.assert_allclose(logs["classification_loss"], classification.mean(), rtol=1e-5)
    expected = (vae_loss + bound + 1.5 * classification).mean()
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_the_vae_learns_as_if_it_were_alone():
    model, x = small(), bits(6)
    y = tf.constant([0, -1, 2, -1, -1, 1])
    variables = model.feature_encoder.trainable_variables + model.feature_decoder.weights
    with tf.GradientTape() as tape:
        loss = model.objective(x, y, SEED, training=True)
    found = tape.gradient(loss, variables)
    with tf.GradientTape() as tape:
        epsilon, _ = model.split(model.draw_latents(x, SEED))
        mean, log_variance = tf.split(model.feature_encoder(x), 2, axis=1)
        logits = model.feature_decoder(mean + tf.exp(log_variance / 2) * epsilon)
        cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(x, logits)
        kl = 0.5 * tf.reduce_sum(tf.exp(log_variance) + mean**2 - 1 - log_variance, axis=1)
        loss = tf.reduce_mean(tf.reduce_sum(cross_entropy, axis=1) + kl)
    for one, other in zip(found, tape.gradient(loss, variables)):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_a_trained_vae_may_be_given(tmp_path):
    network = {"units": (5,), "activation": "tanh"}
    vae = ganzoo.create(
        "vae",
        (3,),
        seed=5,
        latent_dim=2,
        likelihood="bernoulli",
        value_range=(0.0, 1.0),
        encoder=network,
        decoder=network,
    )
    vae.encoder.trainable = vae.decoder.trainable = False
    model = small(feature_encoder=vae.encoder, feature_decoder=vae.decoder)
    x = bits(8)
    before = vae.get_weights(), model.decoder.get_weights()
    model.fit(x, np.array([0, 1, 2, -1] * 2), batch_size=4, verbose=0)
    for one, other in zip(before[0], vae.get_weights()):
        np.testing.assert_array_equal(one, other)
    assert any(not np.array_equal(a, b) for a, b in zip(before[1], model.decoder.get_weights()))
    features = vae.encode(x)["mean"]
    expected = tf.nn.softmax(model.classifier(features))
    np.testing.assert_allclose(model.classify(x)["probability"], expected, rtol=1e-5)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model.generate(5, seed=0), restored.generate(5, seed=0))
    assert restored.feature_encoder.trainable_variables == []


def one_latent():
    """A model of two bits with scalar latents, whose distributions are not far from the prior."""
    model = small(size=2, latent_dim=1)
    for weight in model.trainable_variables:
        weight.assign(0.6 * weight)
    return model


def exact_log_joints(model, x):
    """log p(x, y) [N, C] by quadrature over scalar z1 and z2."""
    z1 = np.linspace(-12, 12, 1201)[:, None]
    z2 = np.linspace(-7, 7, 281)[:, None]
    logits = apply(model.feature_decoder, tf.constant(z1, tf.float32))
    log_x = np.asarray(x) @ logits.T - np.logaddexp(0, logits).sum(axis=1)  # [N, z1]
    columns = []
    for label in range(CLASSES):
        outputs = apply(model.decoder, z2, np.full(len(z2), label))
        log_z1 = np.stack([log_normal(point[None], outputs) for point in z1])  # [z1, z2]
        log_z2 = -0.5 * z2[:, 0] ** 2 - 0.5 * np.log(2 * np.pi)
        log_z1 = np.logaddexp.reduce(log_z1 + log_z2, axis=1) + np.log(z2[1, 0] - z2[0, 0])
        total = np.logaddexp.reduce(log_x + log_z1, axis=1) + np.log(z1[1, 0] - z1[0, 0])
        columns.append(total - np.log(CLASSES))
    return np.stack(columns, axis=1)


def test_weights_average_to_the_joint_and_to_the_marginal():
    model = one_latent()
    x = tf.constant(list(itertools.product([0.0, 1.0], repeat=2)), tf.float32)
    exact = exact_log_joints(model, x)
    assert np.exp(exact).sum() == pytest.approx(1, abs=1e-3)
    marginal = np.logaddexp.reduce(exact, axis=1)
    for labels, expected in ([0, 1, 2, 0], exact[range(4), [0, 1, 2, 0]]), ([-1] * 4, marginal):
        log_weights = np.float64(model.log_weights(x, 20_000, SEED, labels))
        assert log_weights.shape == (20_000, 4)
        weights = np.exp(log_weights - expected)
        error = weights.std(axis=0) / np.sqrt(20_000)
        assert np.all(error < 0.05) and np.all(np.abs(weights.mean(axis=0) - 1) < 4.5 * error)


def test_codes_and_reconstructions_follow_the_means():
    model, x = small(), bits(4)
    best = tf.argmax(model.classify(x)["probability"], axis=1, output_type=tf.int32)
    labels = (best + 1) % CLASSES
    z1, _ = tf.split(model.feature_encoder(x), 2, axis=1)
    mean, log_variance = np.split(np.float64(model.encoder([z1, labels])), 2, axis=1)
    codes = model.encode(x, labels)
    np.testing.assert_allclose(codes["mean"], mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(codes["log_variance"], log_variance, rtol=1e-5, atol=1e-6)
    of_code, _ = np.split(np.float64(model.decoder([codes["mean"], labels])), 2, axis=1)
    probability = tf.sigmoid(apply(model.feature_decoder, of_code.astype("float32")))
    found = model.reconstruct(x, labels)["image"]
    np.testing.assert_allclose(found, probability, rtol=1e-5)
    unknown = tf.constant([-1, -1, -1, -1])
    for method in (model.encode, model.reconstruct):
        for inferred, given in zip(method(x, unknown).values(), method(x, best).values()):
            np.testing.assert_array_equal(inferred, given)
    assert np.abs(found - model.reconstruct(x, best)["image"]).min() > 0


def test_samples_follow_the_joint_of_their_class():
    """Frequencies of all states against the quadrature, in a chi-squared test."""
    model = one_latent()
    x = tf.constant(list(itertools.product([0.0, 1.0], repeat=2)), tf.float32)
    exact = exact_log_joints(model, x)
    for label in range(CLASSES):
        expected = 4000 * CLASSES * np.exp(exact[:, label])
        samples = np.asarray(model.generate(4000, label=label, seed=1)).astype(int)
        counts = np.bincount(2 * samples[:, 0] + samples[:, 1], minlength=4)
        assert np.sum((counts - expected) ** 2 / expected) < 16.3  # 99.9 % of three degrees


def test_a_latent_is_the_noise_of_z1_and_then_z2():
    model = small()
    codes, labels = model.sample_latents(5, seed=0), np.array([0, 1, 2, 1, 0], np.int32)
    assert codes.shape == (5, 4)
    epsilon, z2 = np.split(np.float64(codes), 2, axis=1)
    mean, log_variance = np.split(apply(model.decoder, z2, labels), 2, axis=1)
    z1 = mean + np.exp(log_variance / 2) * epsilon
    expected = 1 / (1 + np.exp(-apply(model.feature_decoder, tf.constant(z1, tf.float32))))
    np.testing.assert_allclose(model.decode(codes, labels), expected, rtol=1e-4)


def test_settings_are_checked():
    with pytest.raises(ValueError, match=r"classification_weight=-1\.0: .*at least 0"):
        small(classification_weight=-1.0)
    decoder = small().feature_decoder
    squashed = keras.Model(decoder.input, keras.layers.Activation("sigmoid")(decoder.output))
    with pytest.raises(ValueError, match="feature_decoder must end without an activation"):
        small(feature_decoder=squashed)
