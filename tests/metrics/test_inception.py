import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.metrics import extractors

WEIGHTS = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
BIAS = np.array([5.0, -5.0, 0.0, 1.0], np.float32)


@pytest.fixture
def frozen_graph(tmp_path):
    """A file with the tensor names of the 2015 graph, whose features are the mean color."""
    graph = tf.Graph()
    with graph.as_default():
        decoded = tf.constant(np.zeros((5, 5, 3), np.float32), name="Cast")
        image = tf.expand_dims(decoded, 0, name="ExpandDims")
        resized = tf.compat.v1.image.resize_bilinear(image, [299, 299], name="ResizeBilinear")
        scaled = tf.multiply(tf.subtract(resized, 128.0, name="Sub"), 1.0 / 128.0, name="Mul")
        pooled = tf.reduce_mean(scaled, axis=[1, 2], keepdims=True, name="pool_3")
        flat = tf.reshape(pooled, [-1, 3], name="pool_3/_reshape")
        weights = tf.constant(WEIGHTS, name="softmax/weights")
        product = tf.matmul(flat, weights, name="softmax/logits/MatMul")
        tf.nn.softmax(product + BIAS, name="softmax")
    path = tmp_path / "classify_image_graph_def.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def test_2015_graph(frozen_graph):
    extractor = extractors.load("inception_v3_2015", frozen_graph)
    colors = np.random.default_rng(1).uniform(-1, 1, (60, 1, 1, 3)).astype(np.float32)
    images = np.tile(colors, (1, 4, 6, 1))
    features, probabilities = extractor.features_and_probabilities(images)
    levels = np.rint((colors[:, 0, 0] + 1.0) * 127.5)
    expected = (levels - 128.0) / 128.0
    np.testing.assert_allclose(features, expected, atol=1e-4)
    logits = expected @ WEIGHTS  # no bias
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, softmax, atol=1e-4)


def test_2015_graph_takes_gray_images(frozen_graph):
    extractor = extractors.load("inception_v3_2015", frozen_graph)
    features = extractor.features(np.ones((2, 28, 28, 1), np.float32))
    np.testing.assert_allclose(features, np.full((2, 3), 127.0 / 128.0), atol=1e-5)
    with pytest.raises(ValueError, match="channels"):
        extractor.features(np.zeros((2, 28, 28, 4), np.float32))


def test_other_files_are_not_the_2015_graph(tmp_path):
    path = tmp_path / "graph.pb"
    path.write_bytes(tf.Graph().as_graph_def().SerializeToString())
    with pytest.raises(ValueError, match="not the Inception graph"):
        extractors.load("inception_v3_2015", path)
    path.write_text("no graph")
    with pytest.raises(ValueError, match="not a frozen TensorFlow graph"):
        extractors.load("inception_v3_2015", path)
    with pytest.raises(ValueError, match="needs path="):
        extractors.load("inception_v3_2015", tmp_path / "missing.pb")


def small_network(include_top, weights):
    """Stands for keras.applications.InceptionV3: same layer names, none of its size."""
    assert include_top
    image = keras.Input((299, 299, 3))
    features = keras.layers.GlobalAveragePooling2D(name="avg_pool")(image)
    probabilities = keras.layers.Dense(7, activation="softmax", name="predictions")(features)
    network = keras.Model(image, probabilities)
    if weights != "imagenet":
        network.load_weights(weights)
    return network


def test_keras_network(monkeypatch, tmp_path):
    monkeypatch.setattr(keras.applications, "InceptionV3", small_network)
    path = tmp_path / "inception.weights.h5"
    saved = small_network(True, "imagenet")
    saved.save_weights(path)
    extractor = extractors.load("inception_v3_keras", path)
    colors = np.random.default_rng(1).uniform(-1, 1, (3, 1, 1, 3)).astype(np.float32)
    features, probabilities = extractor.features_and_probabilities(np.tile(colors, (1, 8, 8, 1)))
    # Pooling sums 299 x 299 equal values in float32.
    np.testing.assert_allclose(features, colors[:, 0, 0], atol=2e-3)
    wanted = saved(np.tile(colors, (1, 299, 299, 1)))
    np.testing.assert_allclose(probabilities, wanted, atol=2e-3)


def test_keras_weights_that_cannot_be_had(monkeypatch, tmp_path):
    def fail(include_top, weights):
        raise OSError("URL fetch failure")

    monkeypatch.setattr(keras.applications, "InceptionV3", fail)
    with pytest.raises(ValueError, match=r"URL fetch failure.*path="):
        extractors.load("inception_v3_keras")
    with pytest.raises(ValueError, match="no weights file"):
        extractors.load("inception_v3_keras", tmp_path / "missing.h5")
