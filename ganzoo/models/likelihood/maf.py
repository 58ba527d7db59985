"""MAF: Papamakarios, Pavlakou, Murray, "Masked Autoregressive Flow for Density Estimation", NIPS
2017, arXiv 1705.07057.

MADEs u_i = (x_i - mu_i) exp(-alpha_i) with log-determinant minus the sum of alpha, each on the u of
the one before and in the reverse of its order. Sampling takes one pass of every MADE for each
dimension.
"""

from ganzoo.models.likelihood.normalizing_flow import NormalizingFlow
from ganzoo.registry import Recipe, register

_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "weight_decay": 1e-6}}

register(
    Recipe(
        name="maf",
        model=NormalizingFlow,
        title="Masked Autoregressive Flow for Density Estimation",
        paper="arXiv 1705.07057",
        networks={"flow": {"part": "flow", "architecture": "maf", "units": (1024, 1024)}},
        settings={"value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=100,
        epochs=100,
        dataset="mnist",
        vector={"value_range": None, "flow": {"units": (100, 100)}},
        tiny={"flow": {"layers": 2, "units": (16,)}},
    )
)
