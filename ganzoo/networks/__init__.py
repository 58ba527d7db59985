"""Architectures, sized by argument.

A part (generator, critic, encoder) is played by DCGAN for images and by a perceptron for everything
else; `architecture="mlp"` treats images as vectors. Some estimators of discrete models have parts
beside these.
"""

from ganzoo.networks.dcgan import dcgan_critic, dcgan_generator
from ganzoo.networks.helpers import latent_baseline, rebar_control, relax_control
from ganzoo.networks.mlp import mlp_critic, mlp_encoder, mlp_generator

__all__ = [
    "ARCHITECTURES",
    "dcgan_critic",
    "dcgan_generator",
    "default_architecture",
    "latent_baseline",
    "mlp_critic",
    "mlp_encoder",
    "mlp_generator",
    "rebar_control",
    "relax_control",
]

# part that a network plays -> architecture -> function that builds it
ARCHITECTURES = {
    "generator": {"dcgan": dcgan_generator, "mlp": mlp_generator},
    "critic": {"dcgan": dcgan_critic, "mlp": mlp_critic},
    "encoder": {"mlp": mlp_encoder},
    "baseline": {"mlp": latent_baseline},
    "control_variate": {"rebar": rebar_control, "relax": relax_control},
}


def default_architecture(part, data_shape):
    """Name of the architecture that plays `part` for data of this shape."""
    return "dcgan" if len(data_shape) == 3 and "dcgan" in ARCHITECTURES[part] else "mlp"
