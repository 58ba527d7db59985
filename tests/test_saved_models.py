"""The generators that the repository ships."""

import json
import pathlib

import numpy as np
import pytest

import ganzoo
from ganzoo import metrics
from ganzoo.metrics import extractors

FOLDER = pathlib.Path(__file__).parents[1] / "saved_models"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def test_there_are_a_conditional_and_an_unconditional_one():
    classes = {json.loads(m.read_text())["num_classes"] for m in FOLDER.glob("*/1/manifest.json")}
    assert None in classes and 10 in classes


@pytest.mark.parametrize("name", NAMES)
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


@pytest.mark.parametrize("name", NAMES)
def test_it_is_small_and_says_where_it_comes_from(name):
    size = sum(path.stat().st_size for path in (FOLDER / name).rglob("*"))
    assert size <= 4 * 2**20
    manifest = ganzoo.load(FOLDER / name).manifest
    assert manifest["training"]["dataset"] == "fashion_mnist"
    assert manifest["step"] > 0 and manifest["scores"]


def test_the_conditional_one_draws_the_class_that_is_asked_for():
    model = ganzoo.load(FOLDER / "cgan_fashion_mnist")
    labels = np.arange(1000) % 10
    images = model.generate(1000, label=labels, seed=1).numpy()
    probabilities = extractors.load("fashion_mnist_cnn").probabilities(images)
    assert metrics.label_accuracy(probabilities, labels) >= 0.85
