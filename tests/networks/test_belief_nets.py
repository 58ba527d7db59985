import numpy as np
import pytest
import tensorflow as tf

from ganzoo import networks


def shapes(network):
    """Shapes of the trainable weights, by name of their layer and their own."""
    return {"/".join(w.path.split("/")[-2:]): tuple(w.shape) for w in network.trainable_variables}


def test_belief_net_of_an_image():
    network = networks.belief_net((2, 2, 1), units=(5, 3))
    assert shapes(network) == {
        "below_1/kernel": (5, 4),
        "below_1/bias": (4,),
        "below_2/kernel": (3, 5),
        "below_2/bias": (5,),
        "belief_net/prior_logits": (3,),
    }
    assert network.input_shape == (None, 8) and network.output_shape == (None, 2, 2, 1)
    latents = tf.random.stateless_uniform([6, 8], [0, 0], -1, 1)
    net = network.get_layer("belief_net")
    np.testing.assert_array_equal(tf.reshape(network(latents), [6, 4]), net(latents))


def test_recognition_net_of_an_image():
    network = networks.recognition_net((2, 2, 1), units=(5, 3))
    assert shapes(network) == {
        "above_1/kernel": (4, 5),
        "above_1/bias": (5,),
        "above_2/kernel": (5, 3),
        "above_2/bias": (3,),
    }
    assert network(tf.zeros([6, 2, 2, 1])).shape == (6, 5)


def test_boltzmann_machine_of_an_image():
    network = networks.boltzmann_machine((2, 2, 1), units=3, deviation=0.5)
    assert shapes(network) == {
        "machine/kernel": (4, 3),
        "machine/visible_bias": (4,),
        "machine/hidden_bias": (3,),
    }
    assert network.input_shape == (None, 3) and network.output_shape == (None, 2, 2, 1)
    assert network.get_layer("machine").deviation == 0.5


def test_baseline_of_an_image():
    baseline = networks.data_baseline((2, 2, 1), units=7)
    assert [tuple(w.shape) for w in baseline.trainable_variables] == [(4, 7), (7,), (7, 1), (1,)]
    center, scale = baseline(tf.ones([6, 2, 2, 1]))
    assert center.shape == (6,) and float(scale) == 1.0


@pytest.mark.parametrize("units", [(5,), (3, 5)])
def test_p_and_q_of_other_layers_are_told_apart(units):
    decoder = networks.belief_net((4,), units=(5, 3))
    networks.belief_nets.check_same_units(decoder, networks.recognition_net((4,), units=(5, 3)))
    with pytest.raises(ValueError, match=r"hidden layers of \(5, 3\) bits"):
        networks.belief_nets.check_same_units(decoder, networks.recognition_net((4,), units=units))
