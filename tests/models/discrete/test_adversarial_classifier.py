import itertools
import json
import math
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import f_divergence
from ganzoo.models.discrete.adversarial_classifier import ESTIMATORS, AdversarialClassifier
from ganzoo.stochastic import importance
from tests.losses.categorical import FAKE, REAL, P, Q, js, kl
from tests.models.discrete.adversarial_classifiers import (
    CLASSES,
    blobs,
    descending,
    linear,
    perceptrons,
)
from tests.models.steps import assert_same_weights, copy, descend

ROOT = pathlib.Path(__file__).parents[3]
DIVERGENCE = {
    "gan": 2 * js(P, Q) - math.log(4),
    "jensen_shannon": 2 * js(P, Q),
    "kl": kl(P, Q),
    "reverse_kl": kl(Q, P),
    "squared_hellinger": np.sum((np.sqrt(P) - np.sqrt(Q)) ** 2),
    "pearson_chi_squared": np.sum((P - Q) ** 2 / Q),
}


def set_table(model, kernel, bias):
    """The discriminator F(x, y) = (x kernel + bias)_y."""
    [dense] = [layer for layer in model.discriminator.layers if layer.weights]
    dense.set_weights([np.asarray(kernel, np.float32), np.asarray(bias, np.float32)])


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


# === The discriminator ===


@pytest.mark.parametrize("divergence", f_divergence.DIVERGENCES)
def test_optimal_discriminator_measures_the_divergence(divergence):
    model = linear(units=4, divergence=divergence)
    best = 2 * (P / Q - 1) if divergence == "pearson_chi_squared" else np.log(P / Q)
    set_table(model, np.zeros((2, 4)), best)
    samples = tf.broadcast_to(tf.one_hot(FAKE, 4)[:, None], [12, 12, 4])
    real, fake = model.score_labels(model.discriminator, tf.ones([12, 2]), REAL, samples)
    np.testing.assert_allclose(real, best[REAL], rtol=1e-6)
    np.testing.assert_allclose(fake, np.tile(best[FAKE][:, None], 12), rtol=1e-6)
    losses = model.discriminator_loss(real, fake)
    assert losses.shape == (12,)
    assert float(tf.reduce_mean(losses)) == pytest.approx(-DIVERGENCE[divergence], abs=1e-6)
    log_weights = f_divergence.log_weights(fake, divergence)
    np.testing.assert_allclose(importance.log_normalizer(log_weights), 0, atol=1e-6)


def test_each_image_has_labels_of_its_own():
    model = linear(samples_per_image=2)
    set_table(model, [[1, 10, 100], [0, 0, 0]], [0, 0, 0])
    x = tf.constant([[1.0, 0.0], [2.0, 0.0]])
    samples = tf.one_hot([[0, 1], [2, 0]], 3)  # [M, N]
    real, fake = model.score_labels(model.discriminator, x, tf.constant([1, 2]), samples)
    np.testing.assert_allclose(real, [10, 200])
    np.testing.assert_allclose(fake, [[1, 20], [100, 2]])


# === The gradient of the classifier, averaged over draws, against enumerations ===

POINTS = np.array([[0.7, -0.4], [-0.3, 1.1]], np.float32)
STEPS, COPIES, SAMPLES = 200, 100, 3


def problem(estimator, divergence):
    """A model whose discriminator stands still, and g, log w [2, C] at the two points."""
    model = linear(estimator=estimator, divergence=divergence, samples_per_image=SAMPLES)
    kernel, bias = np.array([[0.9, -0.6, 0.2], [-0.3, 0.5, 1.0]]), np.array([0.1, 0.8, -0.5])
    set_table(model, kernel, bias)
    log_weights = POINTS @ kernel + bias
    if divergence == "pearson_chi_squared":
        log_weights = np.log(log_weights / 2 + 1)
    return descending(model, 1.0, 0.0), softmax(model.classifier(POINTS).numpy()), log_weights


def drawn_gradients(model):
    """Gradients of the classifier's kernel [2, C] and bias [C] in `STEPS` steps, as [STEPS, 9]."""
    x, y = np.repeat(POINTS, COPIES, axis=0), np.zeros(2 * COPIES, np.int32)
    start = model.classifier.get_weights()
    step = tf.function(lambda: model.train_step((tf.constant(x), tf.constant(y))))
    gradients = []
    for _ in range(STEPS):
        model.classifier.set_weights(start)
        step()
        moved = [before - w.numpy() for before, w in zip(start, model.classifier.weights)]
        gradients.append(np.concatenate([part.ravel() for part in moved]))
    return np.array(gradients)


def of_weights(gradient):
    """The gradient [9] of kernel and bias from that of the logits [2, C], one row a point."""
    return np.concatenate([(POINTS.T @ gradient / 2).ravel(), gradient.mean(axis=0)])


def reinforce_gradient(g, log_weights):
    """d/dl of KL(g || g' w / Z) at g = g', with g', w and Z fixed."""
    return -g * (log_weights - np.sum(g * log_weights, axis=1, keepdims=True))


def per_latent_gradient(g, log_weights):
    """E of softmax(l) - sum_m v_m y_m over all C^M draws of M labels."""
    target = np.zeros_like(g)
    for labels in itertools.product(range(CLASSES), repeat=SAMPLES):
        labels = list(labels)
        weights = softmax(log_weights[:, labels])
        probability = np.prod(g[:, labels], axis=1)
        for m, label in enumerate(labels):
            target[:, label] += probability * weights[:, m]
    return g - target


@pytest.mark.parametrize("divergence", ["kl", "pearson_chi_squared"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_mean_gradient_of_the_classifier(estimator, divergence):
    model, g, log_weights = problem(estimator, divergence)
    exact = reinforce_gradient if estimator == "reinforce" else per_latent_gradient
    gradients, exact = drawn_gradients(model), of_weights(exact(g, log_weights))
    errors = gradients.std(axis=0, ddof=1) / math.sqrt(STEPS)
    assert np.abs(exact).max() > 40 * errors.max()
    assert np.all(np.abs(gradients.mean(axis=0) - exact) < 4 * errors)


def test_the_two_expectations_differ():
    _, g, log_weights = problem("per_latent", "kl")
    difference = reinforce_gradient(g, log_weights) - per_latent_gradient(g, log_weights)
    assert np.abs(difference).max() > 0.02


def test_labels_are_drawn_from_the_classifier():
    model = linear(samples_per_image=4000)
    conditional = model.conditional(POINTS)
    samples = model.draw_labels(conditional, tf.constant([1, 2])).numpy()
    assert samples.shape == (4000, 2, CLASSES)
    np.testing.assert_array_equal(np.sort(samples, axis=2)[..., -1], 1)
    np.testing.assert_array_equal(samples.sum(axis=2), 1)
    g = softmax(model.classifier(POINTS).numpy())
    assert np.all(np.abs(samples.mean(axis=0) - g) < 4 * np.sqrt(g * (1 - g) / 4000))


# === A step ===


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_train_step_is_the_algorithm(estimator):
    model = linear(estimator=estimator, samples_per_image=4, baseline_decay=0.6)
    model.baseline.mean.assign(0.3)
    discriminator, classifier = copy(model.discriminator), copy(model.classifier)
    x, y = (tf.constant(part) for part in blobs(6))
    drawn, draw = [], model.draw_labels
    model.draw_labels = lambda *given: drawn.append(draw(*given)) or drawn[-1]
    logs = model.train_step((x, y))
    [samples] = drawn
    by_image = tf.transpose(samples, [1, 0, 2])
    real = tf.one_hot(y, CLASSES)[:, None]

    def discriminator_loss():
        fake_losses = tf.nn.softplus(discriminator([x, by_image]))
        return tf.reduce_mean(tf.nn.softplus(-discriminator([x, real]))) + tf.reduce_mean(
            fake_losses
        )

    loss = descend(discriminator, discriminator_loss)
    logits = discriminator([x, by_image]).numpy()  # [N, M], of the new weights
    log_z = np.log(np.mean(np.exp(logits), axis=1))
    weights = softmax(logits) if estimator == "per_latent" else (logits - 0.3) / 4

    def classifier_loss():
        log_g = tf.nn.log_softmax(classifier(x))
        return -tf.reduce_mean(tf.einsum("nm,nmc,nc->n", weights, by_image, log_g))

    accuracy = np.mean(np.argmax(classifier(x), axis=1) == y)
    generator_loss = descend(classifier, classifier_loss)
    assert_same_weights(model.discriminator, discriminator)
    assert_same_weights(model.classifier, classifier)
    assert float(model.baseline.mean) == pytest.approx(0.6 * 0.3 + 0.4 * log_z.mean(), rel=1e-5)
    expected = {
        "discriminator_loss": loss,
        "classifier_loss": generator_loss,
        "accuracy": accuracy,
        "effective_sample_size": np.mean(1 / np.sum(softmax(logits) ** 2, axis=1)),
        "log_z": log_z.mean(),
    }
    assert set(logs) == set(expected)
    for name, value in expected.items():
        assert float(logs[name]) == pytest.approx(value, rel=1e-4), name


def test_evaluation_changes_nothing_and_repeats():
    model = linear(estimator="reinforce")
    x, y = blobs(30)
    before = [w.numpy() for w in model.weights]
    first = model.evaluate(x, y, batch_size=10, verbose=0, return_dict=True)
    second = model.evaluate(x, y, batch_size=10, verbose=0, return_dict=True)
    assert first == second
    for weight, old in zip(model.weights, before):
        np.testing.assert_array_equal(weight, old)
    logits = model.predict(x, verbose=0)
    np.testing.assert_array_equal(logits, model.classifier.predict(x, verbose=0))
    assert first["accuracy"] == pytest.approx(np.mean(np.argmax(logits, axis=1) == y), abs=1e-6)


# === Training ===


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_learns_separable_classes(estimator):
    model = perceptrons(estimator=estimator, samples_per_image=5)
    x, y = blobs(960)
    assert np.mean(np.argmax(model.predict(x, verbose=0), axis=1) == y) < 0.7
    model.fit(x, y, batch_size=32, epochs=8, verbose=0)
    test_x, test_y = blobs(600, seed=1)
    assert np.mean(np.argmax(model.predict(test_x, verbose=0), axis=1) == test_y) > 0.95


def weights_of(model):
    optimizers = (model.classifier_optimizer, model.discriminator_optimizer)
    variables = [*model.weights, *(v for o in optimizers for v in o.variables)]
    return [np.asarray(v) for v in variables]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_saved_model_goes_on_bit_for_bit(estimator, tmp_path):
    settings = {"estimator": estimator, "divergence": "kl", "samples_per_image": 3}
    x, y = blobs(40)
    whole = perceptrons(**settings)
    whole.fit(x, y, batch_size=8, epochs=2, verbose=0)
    half = perceptrons(**settings)
    half.fit(x, y, batch_size=8, epochs=1, verbose=0)
    half.save(tmp_path / "half.keras")
    resumed = keras.models.load_model(tmp_path / "half.keras")
    assert isinstance(resumed, AdversarialClassifier)
    assert {name: getattr(resumed, name) for name in settings} == settings
    resumed.fit(x, y, batch_size=8, epochs=2, initial_epoch=1, verbose=0)
    for one, other in zip(weights_of(whole), weights_of(resumed), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(weights_of(half), weights_of(resumed)):
        if one.dtype == np.float32 and one.size > 1:
            assert np.any(one != other)


def test_the_seed_decides():
    x, y = blobs(24)

    def trained(seed):
        model = linear(seed=seed, samples_per_image=3)
        model.fit(x, y, batch_size=8, verbose=0, shuffle=False)
        return model.classifier.get_weights()

    first, again, other = trained(1), trained(1), trained(2)
    np.testing.assert_array_equal(first[0], again[0])
    assert np.any(first[0] != other[0])


@pytest.mark.thorough
def test_two_replicas_compute_what_one_device_does():
    result = subprocess.run(
        [sys.executable, "-m", "tests.models.discrete.classifier_replicas"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )
    assert result.returncode == 0, result.stderr[-4000:]
    report = json.loads(result.stdout.splitlines()[-1])
    assert set(report) == set(ESTIMATORS)
    for found in report.values():
        assert found["moved"] > 1e-3
        assert found["weights"] < 1e-5
        assert found["logs"] < 1e-5


# === Wrong arguments ===


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"divergence": "total_variation"}, "divergence='total_variation': choose one of 'gan'"),
        ({"estimator": "global"}, "estimator='global': choose one of 'per_latent', 'reinforce'"),
        ({"samples_per_image": 1}, "samples_per_image=1: give an integer of at least 2"),
        (
            {"estimator": "reinforce", "samples_per_image": 0},
            "samples_per_image=0: give an integer of at least 1",
        ),
        ({"baseline_decay": 1.0}, "decay=1.0: give a number in"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        linear(**settings)


def test_data_are_checked():
    model = linear()
    x, y = blobs(6)
    with pytest.raises(ValueError, match="label"):
        model.fit(x, y + 1, verbose=0)
    with pytest.raises(ValueError, match="label"):
        model.fit(x, verbose=0)
    with pytest.raises(ValueError, match="shape"):
        model.fit(x[:, :1], y, verbose=0)


def test_there_is_nothing_to_generate_from():
    with pytest.raises(TypeError, match=r"use predict\(images\)"):
        linear().generate(3)
