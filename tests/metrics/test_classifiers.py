import numpy as np
import pytest

from ganzoo.metrics import classifiers

TINY = classifiers.Architecture("digits", (8, 8, 1), 3, 1, (4, 6))


def test_weights_round_trip_in_half_precision(tmp_path):
    network, restored = classifiers.classifier(TINY), classifiers.classifier(TINY)
    path = tmp_path / "new" / "tiny.npz"
    classifiers.save_weights(network, path)
    classifiers.load_weights(restored, path)
    images = np.random.default_rng(0).uniform(-1, 1, (5, 8, 8, 1)).astype(np.float32)
    for given, wanted in zip(restored(images), network(images)):
        np.testing.assert_allclose(given, wanted, rtol=0, atol=5e-3)
    features, logits = network(images)
    assert features.shape == (5, 6)
    assert logits.shape == (5, 3)


def test_weights_of_another_network(tmp_path):
    classifiers.save_weights(classifiers.classifier(TINY), tmp_path / "tiny.npz")
    wider = classifiers.Architecture("digits", (8, 8, 1), 3, 1, (4, 7))
    with pytest.raises(ValueError, match="shape"):
        classifiers.load_weights(classifiers.classifier(wider), tmp_path / "tiny.npz")
    shallower = classifiers.Architecture("digits", (8, 8, 1), 3, 1, (4,))
    with pytest.raises(ValueError, match="only one of them"):
        classifiers.load_weights(classifiers.classifier(shallower), tmp_path / "tiny.npz")
    with pytest.raises(ValueError, match="no weights at"):
        classifiers.load_weights(classifiers.classifier(TINY), tmp_path / "missing.npz")


@pytest.mark.parametrize("name", ["fashion_mnist_cnn", "mnist_cnn", "digits_cnn"])
def test_shipped_weights_are_small(name):
    assert classifiers.weights_path(name).stat().st_size <= 2 * 2**20
