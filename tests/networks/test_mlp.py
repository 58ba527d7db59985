import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo import networks
from ganzoo.layers import SpectralNormalization
from ganzoo.networks import mlp


def shapes(network):
    """Shapes of the trainable weights, in order."""
    return [tuple(w.shape) for w in network.trainable_variables]


def test_networks_of_the_toy_bench():
    generator = networks.mlp_generator((2,), latent_dim=8)
    critic = networks.mlp_critic((2,))
    hidden = [(128, 128), (128,)]
    assert shapes(generator) == [(8, 128), (128,), *hidden, *hidden, (128, 2), (2,)]
    assert shapes(critic) == [(2, 128), (128,), *hidden, (128, 1), (1,)]
    assert generator.output.shape == (None, 2) and critic.output.shape == (None, 1)


def test_encoder_has_two_outputs_a_latent():
    encoder = networks.mlp_encoder((4, 4, 1), latent_dim=3, units=(7,))
    assert shapes(encoder) == [(16, 7), (7,), (7, 6), (6,)]


def test_encoder_and_classifier_of_a_label():
    encoder = networks.mlp_encoder((4, 4, 1), latent_dim=3, num_classes=5, units=(7,))
    assert shapes(encoder) == [(16 + 5, 7), (7,), (7, 6), (6,)]
    classifier = networks.mlp_classifier((4, 4, 1), num_classes=5, units=(7,))
    assert shapes(classifier) == [(16, 7), (7,), (7, 5), (5,)]
    assert classifier.layers[-2].activation is keras.activations.softplus


def test_images_are_vectors_to_a_perceptron():
    generator = networks.mlp_generator((4, 4, 3), 5, units=(6,), output_activation="tanh")
    critic = networks.mlp_critic((4, 4, 3), units=(6,))
    images = generator(100 * tf.random.stateless_normal([7, 5], [0, 0]))
    assert images.shape == (7, 4, 4, 3)
    assert -1 <= tf.reduce_min(images) < -0.9 and 0.9 < tf.reduce_max(images) <= 1
    assert critic(images).shape == (7, 1)
    np.testing.assert_array_equal(
        critic(images),
        keras.Model(critic.layers[1].output, critic.output)(tf.reshape(images, [7, 48])),
    )


def test_label_is_one_hot_beside_the_input():
    generator = networks.mlp_generator((2,), 8, num_classes=3, units=(5,))
    critic = networks.mlp_critic((2,), num_classes=3, units=(5,))
    assert shapes(generator)[0] == (8 + 3, 5)
    assert shapes(critic)[0] == (2 + 3, 5)
    kernel, bias, last, last_bias = (w.numpy() for w in critic.trainable_variables)
    x = np.array([[0.3, -2.0]], "float32")
    hidden = np.maximum(np.concatenate([x, [[0, 0, 1]]], axis=1) @ kernel + bias, 0)
    np.testing.assert_allclose(
        critic([x, np.array([2])]), hidden @ last + last_bias, rtol=1e-5, atol=1e-6
    )


def test_initial_weights_are_he_normal():
    keras.utils.set_random_seed(0)
    first, _, second, _, last, _ = networks.mlp_critic((200,), units=(200, 100)).trainable_variables
    for kernel, inputs in ((first, 200), (second, 200), (last, 100)):
        # 40,000, 20,000 and 100 weights.
        spread = np.sqrt(2 / inputs)
        assert np.std(kernel) == pytest.approx(spread, rel=4 / np.sqrt(2 * np.size(kernel)))


def test_hidden_activation_is_an_argument():
    critic = networks.mlp_critic((2,), units=(3,), activation="tanh")
    kernel, bias, last, last_bias = (w.numpy() for w in critic.trainable_variables)
    x = np.array([[0.3, -2.0]], "float32")
    np.testing.assert_allclose(
        critic(x), np.tanh(x @ kernel + bias) @ last + last_bias, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    ("part", "shape", "architecture"),
    [
        ("generator", (28, 28, 1), "dcgan"),
        ("critic", (28, 28, 1), "dcgan"),
        ("encoder", (28, 28, 1), "mlp"),
        ("generator", (32, 60), "text"),
        ("critic", (32, 60), "text"),
        ("encoder", (32, 60), "mlp"),
        ("generator", (2,), "mlp"),
        ("critic", (2,), "mlp"),
    ],
)
def test_default_architecture(part, shape, architecture):
    assert networks.default_architecture(part, shape) == architecture
    assert architecture in networks.ARCHITECTURES[part]


def test_output_bias_may_be_left_out():
    with_bias, without = (
        networks.mlp_critic((2,), units=(3,), output_bias=b) for b in (True, False)
    )
    assert shapes(without) == shapes(with_bias)[:-1]


def test_critic_with_features_in_place_of_a_score():
    critic = mlp.mlp_critic((2,), units=(4,), output_units=3)
    assert critic.output_shape == (None, 3)


def test_critic_with_spectral_normalization():
    critic = mlp.mlp_critic((2,), units=(4, 5), normalization="spectral")
    kinds = [type(layer) for layer in critic.layers[1:]]
    assert kinds == 3 * [SpectralNormalization]
    assert [layer.kernel.shape for layer in critic.layers[1:]] == [(2, 4), (4, 5), (5, 1)]
    with pytest.raises(ValueError, match="normalization='batch': choose 'spectral' or None"):
        mlp.mlp_critic((2,), normalization="batch")


def test_autoencoder_of_the_toy_bench():
    autoencoder = networks.mlp_reconstructing_critic((2,))
    assert shapes(autoencoder) == [
        *[(2, 64), (64,), (64, 2), (2,)],
        *[(2, 64), (64,), (64, 2), (2,)],
    ]
    far = 100 * tf.random.stateless_normal([7, 2], [0, 0])
    reconstruction, code = autoencoder(far)
    assert reconstruction.shape == code.shape == (7, 2)
    # The code and the reconstruction take both signs and any size.
    for outputs in (reconstruction, code):
        assert tf.reduce_min(outputs) < -5 and tf.reduce_max(outputs) > 5


def test_autoencoder_mirrors_its_units_and_its_code_is_all_that_the_decoder_sees():
    autoencoder = networks.mlp_reconstructing_critic((4, 4, 1), code_dim=3, units=(9, 5))
    assert shapes(autoencoder)[::2] == [(16, 9), (9, 5), (5, 3), (3, 5), (5, 9), (9, 16)]
    x = tf.random.stateless_normal([2, 4, 4, 1], [0, 1])
    reconstruction, code = autoencoder(x)
    assert reconstruction.shape == (2, 4, 4, 1)
    decoder = keras.Model(autoencoder.outputs[1], autoencoder.outputs[0])
    np.testing.assert_array_equal(decoder(code), reconstruction)
