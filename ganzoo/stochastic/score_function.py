"""The score-function estimator, REINFORCE: Williams 1992, Machine Learning 8, pages 229-256."""

import tensorflow as tf

from ganzoo.stochastic.noise import hard_sample


def score_function(cost, distribution, uniform, baseline=0.0, scale=1.0):
    """Surrogate [N]: value f(x), x ~ q, and gradient (f(x) - b) / s grad log q(x) + grad f(x).

    With s = 1 the gradient is an unbiased estimate of grad E[f(x)] whatever b is, because
    E[grad log q(x)] = 0, as long as b does not depend on x. A scale s divides the first term: it
    bounds the step where costs are large, and the estimate is then of 1 / s times that term.

    `center, scale = baseline(inputs)` of `ganzoo.stochastic.baselines` gives both, taken before x
    is drawn; afterwards the surrogate itself holds the costs that the baseline is updated with:

        center, scale = baseline(inputs)
        surrogate = score_function(cost, distribution, uniform, center, scale)
        baseline.update(surrogate, center)

    Args:
      cost: function f of samples [N, *event] to values [N], to be minimized.
      distribution: q, see `noise.logits_of`.
      uniform: draws in (0, 1), [N, *event].
      baseline: b, broadcastable to [N]; no gradient flows into it.
      scale: s > 0, a scalar or broadcastable to [N]; no gradient flows into it.

    Raises:
      ValueError: another distribution, draws of another shape; cost or baseline do not give one
        value for each example.
    """
    _, costs, log_probabilities = draw(cost, distribution, uniform)
    return surrogate(costs, log_probabilities, baseline, scale)


def surrogate(costs, log_probabilities, baseline=0.0, scale=1.0):
    """`score_function` for samples that were drawn already: costs f(x) and log q(x), [N] each.

    Raises:
      ValueError: (costs - baseline) / scale does not have the shape of costs.
    """
    signal = tf.stop_gradient((costs - baseline) / scale)
    if not signal.shape.is_compatible_with(costs.shape):
        raise ValueError(
            f"(cost - baseline) / scale has shape {signal.shape} where costs have {costs.shape}: "
            "give a baseline and a scale that broadcast to [N]"
        )
    return costs + signal * (log_probabilities - tf.stop_gradient(log_probabilities))


def draw(cost, distribution, uniform):
    """One sample for each example as a constant, its cost and its log-probability.

    Returns:
      samples x [N, *event], costs f(x) [N], log q(x) [N].

    Raises:
      ValueError: another distribution, draws that are not [N, *event], or costs that are not [N],
        which would broadcast to [N, N].
    """
    samples = hard_sample(distribution, uniform)
    log_probabilities = distribution.log_prob(samples)
    if log_probabilities.shape.rank != 1:
        raise ValueError(
            f"uniform draws of shape {uniform.shape}: give one sample for each example, [N, *event]"
        )
    costs = cost(samples)
    if not costs.shape.is_compatible_with(samples.shape[:1]):
        raise ValueError(
            f"the cost of samples {samples.shape} has shape {costs.shape}: give one value for each "
            "example, [N]"
        )
    return samples, costs, log_probabilities
