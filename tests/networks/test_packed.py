import pytest

from ganzoo.networks import packed


def first_kernel(network):
    return tuple(network.trainable_variables[0].shape)


def test_only_the_input_layer_grows():
    for build, shape, kernel in (
        (packed.packed_mlp_critic, (2,), (128,)),
        (packed.packed_dcgan_critic, (8, 8, 3), (5, 5, 64)),
    ):
        one, three = build(shape, packing=1), build(shape, packing=3)
        *sides, channels = shape
        assert three.input_shape == (None, *sides, 3 * channels)
        assert three.output_shape == (None, 1)
        assert first_kernel(three) == (*kernel[:-1], 3 * channels, kernel[-1])
        assert first_kernel(one) == (*kernel[:-1], channels, kernel[-1])
        others = [[w.shape for w in network.weights][1:] for network in (one, three)]
        assert others[0] == others[1]


@pytest.mark.parametrize("packing", [0, -1, 2.0, "2", True, None])
def test_packing_is_checked(packing):
    with pytest.raises(ValueError, match=f"packing={packing!r}: give an integer"):
        packed.packed_mlp_critic((2,), packing)
