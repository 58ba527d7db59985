"""Discriminators of packs: m examples of one kind side by side along the last axis.

Lin, Khetan, Fanti, Oh, "PacGAN", NeurIPS 2018, arXiv 1712.04086: nothing but the first layer grows.
"""

from ganzoo.networks.dcgan import dcgan_critic
from ganzoo.networks.mlp import mlp_critic


def packed_dcgan_critic(
    data_shape, packing, width=64, normalization="batch", initializer="dcgan", name="critic"
):
    """Packs [N, height, width, packing channels] to one score or logit each, [N, 1].

    `data_shape` is that of one example; the other arguments are those of `dcgan_critic`.
    """
    return dcgan_critic(
        packed_shape(data_shape, packing),
        width=width,
        normalization=normalization,
        initializer=initializer,
        name=name,
    )


def packed_mlp_critic(data_shape, packing, units=(128, 128), activation="relu", name="critic"):
    """Packs [N, ..., packing features] to one score or logit each, [N, 1].

    `data_shape` is that of one example; the other arguments are those of `mlp_critic`.
    """
    return mlp_critic(
        packed_shape(data_shape, packing), units=units, activation=activation, name=name
    )


def packed_shape(data_shape, packing):
    """Shape of a pack of `packing` examples of `data_shape`."""
    if isinstance(packing, bool) or not isinstance(packing, int) or packing < 1:
        raise ValueError(f"packing={packing!r}: give an integer of at least 1")
    return (*data_shape[:-1], packing * data_shape[-1])
