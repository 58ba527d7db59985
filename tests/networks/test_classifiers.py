import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo import networks


def shapes(network):
    """Shapes of the trainable weights, in order."""
    return [tuple(w.shape) for w in network.trainable_variables]


def images(count, shape, seed=0):
    return tf.constant(np.random.default_rng(seed).uniform(-1, 1, (count, *shape)), tf.float32)


@pytest.mark.parametrize(("shape", "features"), [((28, 28, 1), 7 * 7 * 8), ((9, 6, 3), 3 * 2 * 8)])
def test_layers_follow_width_and_image(shape, features):
    body = [(5, 5, shape[2], 4), (4,), (3, 3, 4, 8), (8,), (features, 32), (32,)]
    classifier = networks.convolutional_classifier(shape, 10, width=4)
    assert shapes(classifier) == [*body, (32, 10), (10,)]
    assert classifier(images(5, shape)).shape == (5, 10)
    discriminator = networks.pair_discriminator(shape, 10, width=4)
    assert sorted(shapes(discriminator)) == sorted([*body, (10, 32), (32, 1), (1,)])
    for count in (1, 7):
        labels = tf.one_hot(tf.zeros([5, count], tf.int32), 10)
        assert discriminator([images(5, shape), labels]).shape == (5, count)


def test_pair_enters_a_dense_layer_on_features_beside_the_label():
    network = networks.pair_discriminator((8, 8, 1), 3, width=2)
    dense, label, logit = (w for w in network.layers if isinstance(w, keras.layers.Dense))
    if dense.name == "label":
        dense, label = label, dense
    label.set_weights([np.random.default_rng(1).normal(size=(3, 16))])
    features = keras.Model(network.inputs[0], dense.input)
    x = images(4, (8, 8, 1))
    labels = tf.one_hot([[0, 1], [2, 2], [1, 0], [0, 2]], 3)
    kernel = np.concatenate([dense.kernel, label.kernel])
    for position in range(2):
        pair = np.concatenate([features(x), labels[:, position]], axis=1)
        hidden = pair @ kernel + dense.bias.numpy()
        hidden = np.where(hidden > 0, hidden, 0.2 * hidden)
        expected = hidden @ logit.kernel.numpy() + logit.bias.numpy()
        scores = network([x, labels])[:, position : position + 1]
        np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_networks_survive_a_file(tmp_path):
    network = networks.pair_discriminator((8, 8, 1), 3, width=2)
    network.save(tmp_path / "network.keras")
    restored = keras.models.load_model(tmp_path / "network.keras")
    x, labels = images(4, (8, 8, 1)), tf.one_hot([[0, 1], [2, 2], [1, 0], [0, 2]], 3)
    np.testing.assert_array_equal(network([x, labels]), restored([x, labels]))
