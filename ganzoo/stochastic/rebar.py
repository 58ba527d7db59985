"""REBAR: the score function with a relaxed cost as control variate, unbiased at any temperature.

Tucker et al. 2017, arXiv 1703.07370. With z = l + log u - log(1 - u), u uniform, a hard sample is
b = 1[z > 0]; z~ is drawn from the law of z given b. For a control variate c

    g = [f(b) - c(z~)] d/dl log p(b) + d/dl c(z) - d/dl c(z~),    d/dl log p(b) = b - sigma(l),

where z and z~ are differentiated with the uniform draws and b held. Together the terms with c have
expectation 0, whatever c is. REBAR takes c(z) = scale * f(sigma(z / temperature)); f must be
differentiable at values between 0 and 1. At scale 0 this is the score function alone. The authors'
code ties the uniform draw v of z~ to u so that z~ = z in value; here v is a second, independent
`conditional_uniform`.

For one-hot variables z = log p + G with Gumbel noise G, b is the one-hot argmax, and softmax takes
the place of sigma.

Scale and temperature are trained by descending the square of the estimate, E[g^2], whose minimum is
that of the variance since E[g] does not depend on them:

    with tf.GradientTape(persistent=True) as tape:
        distribution = ...
        temperature = tf.exp(log_temperature)
        surrogate, gradient = rebar_and_gradient(
            cost, distribution, uniform, conditional_uniform, temperature, scale
        )
        square = squared_norm(gradient)
    tape.gradient(average(surrogate), weights_of_the_distribution)
    tape.gradient(average(square), [log_temperature, scale])
"""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.gumbel_softmax import relaxed
from ganzoo.stochastic.noise import hard_sample, logits_of


def rebar(cost, distribution, uniform, conditional_uniform, temperature, scale):
    """The REBAR surrogate of E[cost(b)], [N].

    Its value is the cost at the hard samples; its gradient is g for the logits, the cost's own for
    the weights that the cost depends on, and none for temperature and scale.

    Args:
      cost: samples [N, *event] to [N], differentiable also at samples between 0 and 1.
      distribution: see `noise.logits_of`.
      uniform, conditional_uniform: independent draws in (0, 1), [N, *event], behind z and z~.
      temperature: number above 0, or a scalar tensor.
      scale: the weight eta of the control variate, a number or scalar tensor.

    Raises:
      ValueError: another distribution, a temperature that is not above 0, costs of another shape,
        or a cost that has no gradient.
    """
    return rebar_and_gradient(cost, distribution, uniform, conditional_uniform, temperature, scale)[
        0
    ]


def rebar_and_gradient(cost, distribution, uniform, conditional_uniform, temperature, scale):
    """The surrogate [N] of `rebar` and g [N, *event], differentiable in temperature and scale."""
    scale = tf.convert_to_tensor(scale, tf.float32)

    def control(z):
        return scale * cost(relaxed(distribution, z, temperature))

    return estimate(cost, control, distribution, uniform, conditional_uniform)


def estimate(cost, control, distribution, uniform, conditional_uniform):
    """The surrogate [N] and g [N, *event] with any control variate c, [N, *event] to [N]."""
    logits = logits_of(distribution)
    bernoulli = isinstance(distribution.distribution, tfd.Bernoulli)
    pair = logistic_pair if bernoulli else gumbel_pair
    hard = hard_sample(distribution, uniform)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        z, conditional_z = pair(logits, hard, uniform, conditional_uniform)
        conditional_control = control(conditional_z)
        difference = control(z) - conditional_control
    pathwise = tape.gradient(difference, logits)
    if pathwise is None:
        raise ValueError("the cost has no gradient for samples between 0 and 1")
    costs = cost(hard)
    if costs.shape.rank != 1:
        raise ValueError(f"costs of shape {costs.shape}: give one for each sample, [N]")
    signal = tf.reshape(costs - conditional_control, [-1] + [1] * (logits.shape.rank - 1))
    gradient = signal * (hard - distribution.mean()) + pathwise
    # Its value is 0 exactly, its gradient for the logits is g.
    path = tf.stop_gradient(gradient) * (logits - tf.stop_gradient(logits))
    return costs + tf.reduce_sum(path, axis=range(1, logits.shape.rank)), gradient


def squared_norm(gradient):
    """||g||^2 of each example, [N, *event] to [N]."""
    return tf.reduce_sum(tf.square(gradient), axis=range(1, len(gradient.shape)))


def logistic_pair(logits, hard, uniform, conditional_uniform):
    """z and z~ of Bernoulli variables, each [N, *event], for the hard samples b of `uniform`.

    With s = 2 b - 1 and v uniform, z~ = s (softplus(s l + log v) - log(1 - v)). It equals the
    printed l + logit(v'), v' = 1 - sigma(l) (1 - v) for b = 1 and (1 - sigma(l)) (1 - v) for b = 0,
    and holds its sign and its gradient at any logit.
    """
    sign = 2.0 * hard - 1.0
    softplus = tf.nn.softplus(sign * logits + tf.math.log(conditional_uniform))
    conditional_z = sign * (softplus - tf.math.log1p(-conditional_uniform))
    return tfd.Logistic(logits, 1.0).quantile(uniform), conditional_z


def gumbel_pair(logits, hard, uniform, conditional_uniform):
    """z and z~ of one-hot variables, each [N, *event] with the categories on the last axis.

    The largest z~ is standard Gumbel, T = -log E_k with E = -log v, because z has log p in it and
    not l. The others are Gumbel cut off at T: z~_i = -log(exp(-T) + E_i / p_i), here written as
    T - softplus(T + log E_i - log p_i).
    """
    log_probabilities = tf.nn.log_softmax(logits)
    log_exponential = tf.math.log(-tf.math.log(conditional_uniform))
    largest = -tf.reduce_sum(hard * log_exponential, axis=-1, keepdims=True)
    others = largest - tf.nn.softplus(largest + log_exponential - log_probabilities)
    z = tfd.Gumbel(log_probabilities, 1.0).quantile(uniform)
    return z, tf.where(hard > 0.0, largest, others)
