"""DCGAN: Radford, Metz, Chintala, ICLR 2016, arXiv 1511.06434: NSGAN on convolutional networks.

The paper contributes networks (`ganzoo.networks.dcgan`) and settings; its game is the
non-saturating one, so the model class is `NSGAN`.
"""

from ganzoo.models.adversarial.nsgan import NSGAN
from ganzoo.registry import Recipe, register

_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="dcgan",
        model=NSGAN,
        title="Unsupervised Representation Learning with Deep Convolutional GANs",
        paper="arXiv 1511.06434",
        networks={
            "generator": {"part": "generator"},
            "discriminator": {"part": "critic"},
        },
        settings={"latent_dim": 100, "latent_distribution": "uniform"},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=128,
        epochs=25,
        vector={
            "latent_dim": 8,
            "latent_distribution": "normal",
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={"latent_dim": 4, "generator": {"width": 4}, "discriminator": {"width": 4}},
    )
)
