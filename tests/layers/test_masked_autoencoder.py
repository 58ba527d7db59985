import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo import networks
from ganzoo.layers import MaskedAutoencoder

SIZE, NUM_MASKS = 6, 3


def built(direct_connection=True, **settings):
    """With random weights, two hidden layers and an order for each mask."""
    network = networks.made(
        (SIZE,),
        units=(40, 30),
        num_masks=NUM_MASKS,
        direct_connection=direct_connection,
        **settings,
    )
    layer = network.get_layer("conditionals")
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def jacobian(layer, mask_number, point):
    """d logit_i / d x_j, [i, j]."""
    x = tf.constant(point)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = layer(x[None], mask_number=mask_number)[0]
    return np.asarray(tape.jacobian(logits, x))


@pytest.mark.parametrize("mask_number", range(NUM_MASKS))
@pytest.mark.parametrize("direct_connection", [False, True])
def test_logits_depend_on_the_bits_before_and_on_no_other(mask_number, direct_connection):
    layer = built(direct_connection, activation="softplus")
    point = np.random.default_rng(1).normal(size=SIZE).astype("float32")
    order = layer.orders[mask_number]
    before = order[None, :] < order[:, None]
    np.testing.assert_array_equal(jacobian(layer, mask_number, point) != 0, before)


@pytest.mark.parametrize("direct_connection", [False, True])
def test_logits_are_those_of_the_formula(direct_connection):
    layer = built(direct_connection)
    weights = [np.asarray(w, "float64") for w in layer.get_weights()]
    x = np.random.default_rng(2).integers(0, 2, (5, SIZE)).astype("float32")
    for number in range(NUM_MASKS):
        degrees = [layer.orders[number], *(d[number] for d in layer.hidden_degrees)]
        hidden = x
        for i in range(2):
            mask = degrees[i + 1][None, :] >= degrees[i][:, None]
            hidden = np.maximum(hidden @ (weights[2 * i] * mask) + weights[2 * i + 1], 0)
        mask = degrees[0][None, :] > degrees[2][:, None]
        logits = hidden @ (weights[4] * mask) + weights[5]
        if direct_connection:
            logits += x @ (weights[6] * (degrees[0][None, :] > degrees[0][:, None]))
        np.testing.assert_allclose(layer(x, mask_number=number), logits, rtol=1e-4, atol=1e-4)
    assert len(weights) == (7 if direct_connection else 6)


def test_configuration_keeps_the_masks():
    layer = built()
    copy = MaskedAutoencoder.from_config(layer.get_config())
    copy.build((None, SIZE))
    copy.set_weights(layer.get_weights())
    assert copy.get_config() == layer.get_config() and copy.num_masks == NUM_MASKS
    x = np.random.default_rng(2).normal(size=(5, SIZE)).astype("float32")
    for number in range(NUM_MASKS):
        np.testing.assert_array_equal(copy(x, mask_number=number), layer(x, mask_number=number))


def test_mixed_precision_ends_in_float32():
    layer = MaskedAutoencoder([[1, 2]], [[[1, 1]]], dtype=keras.DTypePolicy("mixed_bfloat16"))
    assert layer(tf.ones([2, 2])).dtype == tf.float32
    assert [hidden.compute_dtype for hidden in layer.hidden_layers] == ["bfloat16"]


@pytest.mark.parametrize("orders", [[1, 2], [[0, 1]], [[1, 1]], [[1, 3]]])
def test_orders_are_permutations(orders):
    with pytest.raises(ValueError, match="a permutation of the integers 1 to D"):
        MaskedAutoencoder(orders, [[[1]]])
