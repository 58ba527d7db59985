import keras
import numpy as np
import pytest

from ganzoo import networks

SHAPE = (3, 4, 1)


@pytest.mark.parametrize("architecture", ["fvsbn", "nade", "made"])
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_images_to_float32_logits_of_every_pixel(architecture, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        network = networks.ARCHITECTURES["conditionals"][architecture](SHAPE)
    finally:
        keras.config.set_dtype_policy(before)
    logits = network(np.ones((2, *SHAPE), "float32"))
    assert logits.shape == (2, *SHAPE) and logits.dtype == "float32"
    assert network.name == "conditionals"


def test_numbers_of_weights():
    size = 12
    assert networks.fvsbn(SHAPE).count_params() == size**2 + size
    assert networks.nade(SHAPE, units=5).count_params() == 2 * size * 5 + size + 5
    made = networks.made(SHAPE, units=(7, 5), direct_connection=False)
    assert made.count_params() == size * 7 + 7 + 7 * 5 + 5 + 5 * size + size
    direct = networks.made(SHAPE, units=(7, 5))
    assert direct.count_params() == made.count_params() + size**2


def test_fvsbn_starts_from_fair_coins():
    x = np.random.default_rng(0).integers(0, 2, (2, *SHAPE)).astype("float32")
    np.testing.assert_array_equal(networks.fvsbn(SHAPE)(x), np.zeros((2, *SHAPE)))


def autoencoder(**settings):
    return networks.made(SHAPE, **settings).get_layer("conditionals")


def test_degrees_of_a_layer_start_at_the_lowest_of_the_layer_before():
    layer = autoencoder(units=(3, 200, 2), num_masks=50)
    lowest = np.ones(50)
    for degrees in layer.hidden_degrees:
        assert degrees.shape[0] == 50
        assert (degrees >= lowest[:, None]).all() and degrees.max() == 11
        lowest = degrees.min(axis=1)
    first, second, _ = layer.hidden_degrees
    assert first.min() == 1 and first.min(axis=1).max() > 4
    # 200 draws reach the lowest degree that is allowed.
    np.testing.assert_array_equal(second.min(axis=1), first.min(axis=1))


def test_every_mask_has_its_own_order_and_degrees():
    layer = autoencoder(units=(20,), num_masks=4)
    assert layer.num_masks == 4
    assert len(np.unique(layer.orders, axis=0)) == 4
    assert len(np.unique(layer.hidden_degrees[0], axis=0)) == 4


def test_bits_keep_their_order_unless_it_is_drawn():
    layer = autoencoder(units=(20,), num_masks=4, random_order=False)
    np.testing.assert_array_equal(layer.orders, np.tile(np.arange(1, 13), (4, 1)))
    assert len(np.unique(layer.hidden_degrees[0], axis=0)) == 4


def test_masks_follow_their_seed_and_not_that_of_the_weights():
    layers = []
    for weights_seed, mask_seed in ((0, 0), (1, 0), (0, 1)):
        keras.utils.set_random_seed(weights_seed)
        layers.append(autoencoder(units=(20,), num_masks=2, mask_seed=mask_seed))
    one, same, other = layers
    np.testing.assert_array_equal(one.orders, same.orders)
    np.testing.assert_array_equal(one.hidden_degrees[0], same.hidden_degrees[0])
    assert not np.array_equal(one.get_weights()[0], same.get_weights()[0])
    assert not np.array_equal(one.orders, other.orders)


def test_one_bit_alone():
    for build in (networks.fvsbn, networks.nade, networks.made):
        assert build((1,))(np.ones((3, 1), "float32")).shape == (3, 1)
