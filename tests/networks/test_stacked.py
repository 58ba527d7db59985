import numpy as np

from ganzoo import networks


def shapes(network):
    """Shapes of the trainable weights, in order."""
    return [tuple(w.shape) for w in network.trainable_variables]


def test_networks_of_both_models():
    encoder = networks.feature_encoder((4, 4, 1), 3, units=(7,))
    decoder = networks.feature_decoder((4, 4, 1), 3, units=(7,))
    assert shapes(encoder) == [(16, 7), (7,), (7, 6), (6,)]
    assert shapes(decoder) == [(3, 7), (7,), (7, 16), (16,)]
    encoder = networks.latent_encoder(3, 5, units=(7,))
    classifier = networks.latent_classifier(3, 5, units=(7,))
    decoder = networks.latent_decoder(3, 5, units=(7,))
    assert shapes(encoder) == [(3 + 5, 7), (7,), (7, 6), (6,)]
    assert shapes(classifier) == [(3, 7), (7,), (7, 5), (5,)]
    assert shapes(decoder) == [(3 + 5, 7), (7,), (7, 6), (6,)]


def test_gaussians_of_the_latents_start_at_the_prior():
    z, label = np.random.default_rng(0).normal(size=(50, 3)).astype("float32"), np.arange(50) % 5
    for build in (networks.latent_encoder, networks.latent_decoder):
        outputs = np.asarray(build(3, 5, units=(100,))([z, label]))
        assert 1e-3 < np.abs(outputs).max() < 0.2


def test_hidden_layers_are_softplus():
    classifier = networks.latent_classifier(2, 3, units=(4,))
    kernel, bias, last, _ = classifier.get_weights()
    z = np.array([[0.5, -1.0]], "float32")
    np.testing.assert_allclose(classifier(z), np.log1p(np.exp(z @ kernel + bias)) @ last, rtol=1e-5)
