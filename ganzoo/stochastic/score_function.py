"""The score-function estimator, REINFORCE: Williams 1992, Machine Learning 8, pages 229-256."""

import tensorflow as tf


def score_function(cost, distribution, seed, baseline=0.0, scale=1.0):
    """Surrogate [N]: value f(x), x ~ q, and gradient (f(x) - b) / s grad log q(x) + grad f(x).

    With s = 1 the gradient is an unbiased estimate of grad E[f(x)] whatever b is, because
    E[grad log q(x)] = 0, as long as b does not depend on x. A scale s divides the first term: it
    bounds the step where costs are large, and the estimate is then of 1 / s times that term.

    `center, scale = baseline(inputs)` of `ganzoo.stochastic.baselines` gives both, taken before x
    is drawn; afterwards the surrogate itself holds the costs that the baseline is updated with:

        center, scale = baseline(inputs)
        surrogate = score_function(cost, distribution, seed, center, scale)
        baseline.update(surrogate, center)

    Args:
      cost: function f of samples [N, *event] to values [N], to be minimized.
      distribution: q, a `tfd.Independent` with batch shape [N].
      seed: int [2], of the stateless draw.
      baseline: b, broadcastable to [N]; no gradient flows into it.
      scale: s > 0, a scalar or broadcastable to [N]; no gradient flows into it.

    Raises:
      ValueError: cost, distribution or baseline do not give one value for each example.
    """
    _, costs, log_probabilities = draw(cost, distribution, seed)
    signal = tf.stop_gradient((costs - baseline) / scale)
    if not signal.shape.is_compatible_with(costs.shape):
        raise ValueError(
            f"(cost - baseline) / scale has shape {signal.shape} where costs have {costs.shape}: "
            "give a baseline and a scale that broadcast to [N]"
        )
    return costs + signal * (log_probabilities - tf.stop_gradient(log_probabilities))


def draw(cost, distribution, seed):
    """One sample for each example as a constant, its cost and its log-probability.

    Returns:
      samples x [N, *event], costs f(x) [N], log q(x) [N].

    Raises:
      ValueError: the cost or the log-probability is not [N], which would broadcast to [N, N].
    """
    samples = tf.stop_gradient(distribution.sample(seed=seed))
    costs, log_probabilities = cost(samples), distribution.log_prob(samples)
    examples = samples.shape[:1]
    if not costs.shape.is_compatible_with(examples):
        raise ValueError(
            f"the cost of samples {samples.shape} has shape {costs.shape}: give one value for each "
            "example, [N]"
        )
    if not log_probabilities.shape.is_compatible_with(examples):
        raise ValueError(
            f"log q of samples {samples.shape} has shape {log_probabilities.shape}: give a "
            "tfd.Independent whose batch shape is [N]"
        )
    return samples, costs, log_probabilities
