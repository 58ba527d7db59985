import numpy as np
import pytest
import tensorflow as tf

from ganzoo import networks

IMAGES = tf.tanh(tf.random.stateless_normal([3, 8, 8, 1], [0, 1]))
POINTS = tf.random.stateless_normal([3, 2], [0, 2])


def test_convolutions_down_and_up():
    network = networks.dcgan_autoencoder((8, 8, 1), 5, width=4)
    codes, copies = network(IMAGES)
    assert codes.shape == (3, 5) and copies.shape == IMAGES.shape
    assert tf.reduce_max(tf.abs(copies)) <= 1
    encoder, decoder = network.get_layer("encoder"), network.get_layer("decoder")
    np.testing.assert_array_equal(codes, encoder(IMAGES))
    np.testing.assert_array_equal(copies, decoder(codes))
    assert len(network.weights) == len(encoder.weights) + len(decoder.weights)


def test_perceptrons_mirrored():
    network = networks.mlp_autoencoder((2,), 5, units=(6, 7))
    shapes = [tuple(w.shape) for w in network.weights if len(w.shape) == 2]
    assert shapes == [(2, 6), (6, 7), (7, 5), (5, 7), (7, 6), (6, 2)]
    codes, copies = network(POINTS)
    assert codes.shape == (3, 5) and copies.shape == (3, 2)


@pytest.mark.parametrize(
    ("network", "samples"),
    [
        (networks.dcgan_energy((8, 8, 1), code_dim=5, width=4), IMAGES),
        (networks.mlp_energy((2,), code_dim=5, units=(6,)), POINTS),
    ],
    ids=["images", "points"],
)
def test_energy_is_that_of_the_reconstruction(network, samples):
    _, copies = network.get_layer("autoencoder")(samples)
    error = (samples - copies).numpy().reshape(3, -1)
    expected = np.sqrt(np.abs(error).sum(1)) + np.sqrt((error**2).sum(1))
    energies = network(samples)
    assert energies.shape == (3, 1)
    np.testing.assert_allclose(energies[:, 0], expected, rtol=1e-5)


def test_energy_of_one_image_is_its_own():
    network = networks.dcgan_energy((8, 8, 1), code_dim=5, width=4)
    np.testing.assert_allclose(
        network(IMAGES, training=True)[:1], network(IMAGES[:1], training=True), rtol=1e-5
    )
