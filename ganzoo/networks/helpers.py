"""What learns beside generator and discriminator: baselines and control variates."""

from ganzoo.layers import ControlVariate
from ganzoo.networks.mlp import mlp_critic
from ganzoo.stochastic.baselines import InputDependentBaseline


def latent_baseline(latent_dim, units=100, name="baseline"):
    """NVIL's baseline of latents [N, latent_dim], with `units` hidden units."""
    baseline = InputDependentBaseline(units, name=name)
    baseline.build((None, latent_dim))
    return baseline


def data_baseline(data_shape, units=100, name="baseline"):
    """NVIL's baseline of data [N, *data_shape], with `units` hidden units."""
    baseline = InputDependentBaseline(units, name=name)
    baseline.build((None, *data_shape))
    return baseline


def rebar_control(name="control_variate"):
    """Scale and temperature alone."""
    return ControlVariate(name=name)


def relax_control(data_shape, units=(128,), name="control_variate"):
    """Scale, temperature, and a perceptron of relaxed samples [N, *data_shape] to [N, 1].

    `units` gives the widths of its hidden layers.
    """
    return ControlVariate(mlp_critic(data_shape, units=units), name=name)
