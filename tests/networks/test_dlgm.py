import keras
import numpy as np
import pytest

from ganzoo import networks


def shapes(network):
    """Shapes of the trainable weights, in order."""
    return sorted(tuple(w.shape) for w in network.trainable_variables)


def test_noise_enters_every_layer():
    """h_2 = G_2 xi_2, h_1 = T_1(h_2) + G_1 xi_1, outputs T_0(h_1)."""
    decoder = networks.dlgm_decoder((2, 3, 1), (4, 2), units=(5,), activation="tanh")
    assert decoder.output.shape == (None, 2, 3, 1)
    assert shapes(decoder) == sorted(
        [(4, 4), (2, 2), (2, 5), (5,), (5, 4), (4,), (4, 5), (5,), (5, 6), (6,)]
    )
    weights = {tuple(w.shape): w for w in decoder.trainable_variables if len(w.shape) == 2}
    for layer in decoder.layers:
        if getattr(layer, "bias", None) is not None:
            layer.bias.assign(np.linspace(-1, 1, layer.bias.shape[0]))
    g_1, g_2, up, down, first, last = (
        weights[shape].numpy() for shape in [(4, 4), (2, 2), (2, 5), (5, 4), (4, 5), (5, 6)]
    )
    xi = np.random.default_rng(0).normal(size=(3, 6)).astype("float32")
    spread = lambda size: np.linspace(-1, 1, size)  # noqa: E731
    h_1 = np.tanh(xi[:, 4:] @ g_2 @ up + spread(5)) @ down + spread(4) + xi[:, :4] @ g_1
    expected = np.tanh(h_1 @ first + spread(5)) @ last + spread(6)
    np.testing.assert_allclose(np.reshape(decoder(xi), [3, 6]), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("covariance", "parameters"), [("diagonal", 2), ("rank_one", 3)])
def test_every_layer_has_an_encoder_of_its_own(covariance, parameters):
    encoder = networks.dlgm_encoder((2, 3, 1), (4, 2), covariance, units=(5,))
    assert [o.shape for o in encoder.outputs] == [(None, parameters * 4), (None, parameters * 2)]
    hidden = [(6, 5), (5,)]
    last = [(5, parameters * d) for d in (4, 2)] + [(parameters * d,) for d in (4, 2)]
    assert shapes(encoder) == sorted([*hidden, *hidden, *last])


def test_one_layer():
    assert networks.dlgm_decoder((3,), (4,), units=()).count_params() == 4 * 4 + 4 * 3 + 3
    [output] = networks.dlgm_encoder((3,), [4], units=()).outputs
    assert output.shape == (None, 8)


@pytest.mark.parametrize("latent_dim", [50, (), (4, 0), (4, 2.0), None])
def test_layers_are_checked(latent_dim):
    for build in (networks.dlgm_decoder, networks.dlgm_encoder):
        with pytest.raises(ValueError, match="noise of each layer, from the data up"):
            build((3,), latent_dim)


def test_covariance_is_checked():
    with pytest.raises(ValueError, match="covariance='full': choose 'diagonal' or 'rank_one'"):
        networks.dlgm_encoder((3,), (2,), "full")


def test_networks_are_serializable():
    decoder = networks.dlgm_decoder((3,), (4, 2))
    copy = keras.Model.from_config(decoder.get_config())
    copy.set_weights(decoder.get_weights())
    x = np.ones([2, 6], "float32")
    np.testing.assert_array_equal(copy(x), decoder(x))
