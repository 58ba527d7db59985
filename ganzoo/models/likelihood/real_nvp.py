"""RealNVP: Dinh, Sohl-Dickstein, Bengio, "Density estimation using Real NVP", ICLR 2017, arXiv
1605.08803.

Couplings y = b x + (1 - b) (x exp(s(b x)) + t(b x)) with log-determinant sum of (1 - b) s; of
images with masks b of checkerboards and channels, over several scales.
"""

from ganzoo.models.likelihood.normalizing_flow import NormalizingFlow
from ganzoo.registry import Recipe, register

_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "global_clipnorm": 100.0}}

register(
    Recipe(
        name="real_nvp",
        model=NormalizingFlow,
        title="Density estimation using Real NVP",
        paper="arXiv 1605.08803",
        networks={"flow": {"part": "flow", "architecture": "real_nvp_multiscale"}},
        settings={"value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=64,
        epochs=100,
        vector={
            "value_range": None,
            "batch_size": 256,
            "flow": {"architecture": "real_nvp"},
        },
        tiny={"flow": {"width": 4, "blocks": 1}},
    )
)
