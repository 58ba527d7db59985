"""The generators that the repository ships."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import metrics
from ganzoo.cli.scores import Scores
from ganzoo.metrics import extractors
from tests.datasets import require_prepared

FOLDER = pathlib.Path(__file__).parents[1] / "saved_models"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
# In nats: the bound that was measured on all test images, of 1 and 50 samples of the first 1,000.
NEGATIVE_BOUNDS = {
    "vae_mnist": (86.952, 90.87, 87.68),
    "iwae_mnist": (85.594, 96.67, 87.07),
    "iwae_two_layers_mnist": (85.322, 96.01, 86.66),
    "sbn_mnist": (101.008, 111.30, 103.00),
    "sbn_reweighted_wake_sleep_mnist": (99.985, 114.43, 102.42),
}
# Of 500 samples: how many of each class there are at least, and the share of which the classifier
# is surer than 0.9, a tenth below what was seen.
DIGITS = {
    "vae_mnist": (15, 0.59),
    "iwae_mnist": (15, 0.56),
    "iwae_two_layers_mnist": (15, 0.73),
    "sbn_mnist": (4, 0.24),
    "sbn_reweighted_wake_sleep_mnist": (4, 0.23),
    "rbm_mnist": (4, 0.67),
}
# Frechet distances of 10,000 samples to the test images, in features of fashion_mnist_cnn.
DISTANCES = {
    "cgan_fashion_mnist": 0.423,
    "dcgan_fashion_mnist": 1.776,
    "magan_fashion_mnist": 0.470,
}
CLOTHES = [name for name in NAMES if name.endswith("_fashion_mnist")]


def test_there_are_a_conditional_and_an_unconditional_one():
    classes = {json.loads(m.read_text())["num_classes"] for m in FOLDER.glob("*/1/manifest.json")}
    assert None in classes and 10 in classes


@pytest.mark.parametrize("name", CLOTHES)
def test_it_loads_and_generates_clothes(name):
    model = ganzoo.load(FOLDER / name)
    images = model.generate(200, seed=0).numpy()
    assert images.shape == (200, 28, 28, 1)
    assert images.min() >= -1 and images.max() <= 1
    np.testing.assert_array_equal(images[:20], model.generate(200, seed=0).numpy()[:20])
    # The mean pixel of Fashion-MNIST's training set is -0.428, of its test set -0.427.
    assert images.mean() == pytest.approx(-0.43, abs=0.08)
    extractor = extractors.load("fashion_mnist_cnn")
    assert len(set(extractor.probabilities(images).argmax(-1))) == 10


@pytest.fixture(scope="module")
def clothes_scores():
    require_prepared("fashion_mnist")
    train, test = (ganzoo.data.load("fashion_mnist", split=split) for split in ("train", "test"))
    return Scores(train, test)


@pytest.mark.parametrize("name", CLOTHES)
def test_its_distance_is_the_one_that_was_measured(name, clothes_scores):
    model = ganzoo.load(FOLDER / name)
    [(score, distance)] = clothes_scores.quick(model).items()
    assert distance == pytest.approx(DISTANCES[name], rel=0.01)
    assert model.manifest["scores"][score] == pytest.approx(DISTANCES[name], abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_small_and_says_where_it_comes_from(name):
    size = sum(path.stat().st_size for path in (FOLDER / name).rglob("*"))
    assert size <= 4 * 2**20
    manifest = ganzoo.load(FOLDER / name).manifest
    assert name == f"{manifest['recipe']}_{manifest['training']['dataset']}"
    assert manifest["step"] > 0 and manifest["scores"]


def test_the_conditional_one_draws_the_class_that_is_asked_for():
    model = ganzoo.load(FOLDER / "cgan_fashion_mnist")
    labels = np.arange(1000) % 10
    images = model.generate(1000, label=labels, seed=1).numpy()
    probabilities = extractors.load("fashion_mnist_cnn").probabilities(images)
    assert metrics.label_accuracy(probabilities, labels) >= 0.85


@pytest.mark.parametrize("name", DIGITS)
def test_it_draws_digits_of_all_classes(name):
    fewest, share = DIGITS[name]
    images = ganzoo.load(FOLDER / name).generate(500, seed=0).numpy()
    assert images.shape == (500, 28, 28, 1) and images.min() >= 0.0 and images.max() <= 1.0
    probabilities = extractors.load("mnist_cnn").probabilities(2.0 * images - 1.0)
    assert np.bincount(probabilities.argmax(-1), minlength=10).min() >= fewest
    assert (probabilities.max(-1) > 0.9).mean() > share


@pytest.fixture(scope="module")
def bits():
    require_prepared("mnist")
    return ganzoo.data.load("mnist", split="test", binarized="static").scaled()[:1000]


@pytest.mark.parametrize("name", NEGATIVE_BOUNDS)
def test_its_bound_is_the_one_that_was_measured(name, bits):
    model = ganzoo.load(FOLDER / name)
    of_all, *of_some = NEGATIVE_BOUNDS[name]
    measured = model.manifest["scores"]["negative_log_likelihood"]
    assert measured == pytest.approx(of_all, abs=1e-3)

    def negative_bound(num_samples):
        settings = {"num_samples": tf.constant(num_samples), "seed": tf.constant(0, tf.int64)}
        bound = model.endpoints["log_prob_bound"]
        parts = [bound(image=tf.constant(part), **settings) for part in np.split(bits, 10)]
        return -np.concatenate([part["log_prob_bound"] for part in parts]).mean()

    assert negative_bound(1) == pytest.approx(of_some[0], abs=0.5)
    assert negative_bound(50) == pytest.approx(of_some[1], abs=0.1)


def test_the_boltzmann_machine_has_the_likelihood_that_was_measured(bits):
    model = ganzoo.load(FOLDER / "rbm_mnist")
    scores = model.manifest["scores"]
    assert scores["negative_log_likelihood"] == pytest.approx(89.009, abs=1e-3)
    unnormalized = model.endpoints["unnormalized_log_prob"](image=tf.constant(bits))
    log_probs = unnormalized["unnormalized_log_prob"] - scores["log_partition"]
    assert -log_probs.numpy().mean() == pytest.approx(89.055, abs=0.01)  # of the first 1,000
