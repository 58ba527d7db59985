"""RELAX: REBAR with a free network in its control variate, still unbiased.

Grathwohl et al. 2017, arXiv 1711.00123: c(z) = scale * f(sigma(z / temperature)) + network(z) in
the estimate g of `ganzoo.stochastic.rebar`, which also shows how scale, temperature and network are
trained by descending E[g^2]. At scale 0 the control variate is the network alone; a network that
gives 0 leaves REBAR.
"""

import tensorflow as tf

from ganzoo.stochastic.gumbel_softmax import relaxed
from ganzoo.stochastic.rebar import estimate


def relax(cost, distribution, uniform, conditional_uniform, temperature, scale, network):
    """The RELAX surrogate of E[cost(b)], [N].

    Its value is the cost at the hard samples; its gradient is g for the logits, the cost's own for
    the weights that the cost depends on, and none for temperature, scale and network.

    Args:
      cost: samples [N, *event] to [N], differentiable also at samples between 0 and 1.
      distribution: see `noise.logits_of`.
      uniform, conditional_uniform: independent draws in (0, 1), [N, *event], behind z and z~.
      temperature: number above 0, or a scalar tensor.
      scale: the weight of the relaxed cost, a number or scalar tensor.
      network: unbounded z [N, *event] to [N] or [N, 1], differentiable, each example by itself.

    Raises:
      ValueError: another distribution, a temperature that is not above 0, costs of another shape.
    """
    return relax_and_gradient(
        cost, distribution, uniform, conditional_uniform, temperature, scale, network
    )[0]


def relax_and_gradient(
    cost, distribution, uniform, conditional_uniform, temperature, scale, network
):
    """The surrogate [N] of `relax` and g [N, *event], differentiable in all parts of c."""
    scale = tf.convert_to_tensor(scale, tf.float32)

    def control(z):
        relaxed_costs = cost(relaxed(distribution, z, temperature))
        return scale * relaxed_costs + tf.reshape(network(z), [-1])

    return estimate(cost, control, distribution, uniform, conditional_uniform)
