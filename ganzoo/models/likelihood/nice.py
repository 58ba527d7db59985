"""NICE: Dinh, Krueger, Bengio, "NICE: Non-linear Independent Components Estimation", ICLR 2015
workshop, arXiv 1410.8516.

Couplings y1 = x1, y2 = x2 + m(x1) with determinant 1, the two halves taking turns, and at the end
a scale for each dimension, which is all that changes volumes: log p(x) = log p(z) + sum of s.
"""

from ganzoo.models.likelihood.normalizing_flow import NormalizingFlow
from ganzoo.registry import Recipe, register

_ADAM = {
    "class_name": "Adam",
    "config": {"learning_rate": 1e-3, "beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-4},
}

register(
    Recipe(
        name="nice",
        model=NormalizingFlow,
        title="NICE: Non-linear Independent Components Estimation",
        paper="arXiv 1410.8516",
        networks={"flow": {"part": "flow", "architecture": "nice"}},
        settings={"latent_distribution": "logistic", "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=200,
        epochs=1500,
        dataset="mnist",
        vector={"value_range": None, "flow": {"units": (64, 64)}},
        tiny={"flow": {"units": (8,)}},
    )
)
