"""MuProp: Gu, Levine, Sutskever, Mnih 2015, arXiv 1511.05176."""

import tensorflow as tf

from ganzoo.stochastic.score_function import draw


def muprop(cost, distribution, uniform):
    """Surrogate [N]: value f(x) at a draw x ~ q; the score function with a linear control variate.

    Gradient: [f(x) - f(mu) - f'(mu) (x - mu)] grad log q(x) + f'(mu) grad mu + grad f(x), where
    mu = E[x] and the last term is that of the cost's own weights. Unbiased for grad E[f(x)], since
    E[(x - mu) grad log q(x)] = grad mu. Where f is linear the bracket vanishes and every draw gives
    the exact gradient.

    The cost is evaluated twice, the second time at mu, which lies between the values of x; the
    gradient of its own weights comes from f(x) alone.

    Args:
      cost: function f of samples [N, *event] to values [N], to be minimized, defined and
        differentiable at mu, each value a function of its own sample.
      distribution: q, see `noise.logits_of`.
      uniform: draws in (0, 1), [N, *event].

    Raises:
      ValueError: another distribution, draws of another shape, a cost that does not give one value
        for each example, or through which no gradient flows to its sample.
    """
    samples, costs, log_probabilities = draw(cost, distribution, uniform)
    mean = distribution.mean()
    center = tf.stop_gradient(mean)
    with tf.GradientTape() as tape:
        tape.watch(center)
        costs_at_center = cost(center)
    slope = tape.gradient(costs_at_center, center)
    if slope is None:
        raise ValueError(
            "no gradient flows through the cost to its sample: muprop takes a cost that is "
            "differentiable between the values of x"
        )
    # Its own gradient would meet the factor mean - center = 0 at the cost of second derivatives.
    slope = tf.stop_gradient(slope)
    axes = range(1, len(samples.shape))
    signal = tf.stop_gradient(
        costs - costs_at_center - tf.reduce_sum(slope * (samples - center), axes)
    )
    return (
        costs
        + signal * (log_probabilities - tf.stop_gradient(log_probabilities))
        + tf.reduce_sum(slope * (mean - center), axes)
    )
