import numpy as np
import pytest

from ganzoo import data
from ganzoo.metrics import extractors


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", split="test")


def test_digits_classifier_is_accurate_on_held_out_images(digits):
    extractor = extractors.load("digits_cnn")
    features, probabilities = extractor.features_and_probabilities(digits.scaled())
    assert features.shape == (len(digits), 64)
    assert features.dtype == np.float32
    assert np.mean(probabilities.argmax(axis=1) == digits.labels) > 0.97
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)


def test_batches_do_not_matter(digits):
    whole, parts = extractors.load("digits_cnn"), extractors.load("digits_cnn")
    parts.batch_size = 7
    images = digits.scaled()[:30]
    np.testing.assert_allclose(whole.features(images), parts.features(images), atol=1e-5)
    np.testing.assert_allclose(whole.probabilities(images), parts.probabilities(images), atol=1e-5)


def test_fashion_mnist_classifier_runs():
    features, probabilities = extractors.load("fashion_mnist_cnn").features_and_probabilities(
        np.zeros((3, 28, 28, 1), np.float32)
    )
    assert features.shape == (3, 128)
    assert probabilities.shape == (3, 10)


def test_pixels():
    images = np.arange(24.0).reshape(2, 2, 2, 3)
    features, probabilities = extractors.load("pixels").features_and_probabilities(images)
    np.testing.assert_array_equal(features, images.reshape(2, 12))
    assert probabilities is None
    assert extractors.load("pixels").probabilities(images) is None


def test_wrong_images(digits):
    extractor = extractors.load("digits_cnn")
    with pytest.raises(ValueError, match=r"127\.5"):
        extractor.features(digits.examples)
    with pytest.raises(ValueError, match=r"\[N, 8, 8, 1\]"):
        extractor.features(np.zeros((2, 28, 28, 1)))
    with pytest.raises(ValueError, match="NaN"):
        extractor.features(np.full((2, 8, 8, 1), np.nan))
    with pytest.raises(ValueError, match="N >= 1"):
        extractor.features(np.zeros((0, 8, 8, 1)))


def test_wrong_names_and_paths():
    with pytest.raises(ValueError, match="fashion_mnist_cnn"):
        extractors.load("inception")
    with pytest.raises(ValueError, match="no path"):
        extractors.load("pixels", path="weights.npz")
    with pytest.raises(ValueError, match="classify_image_graph_def"):
        extractors.load("inception_v3_2015")
