"""REBAR: the score function with a relaxed cost as control variate, unbiased at any temperature.

Tucker et al. 2017, arXiv 1703.07370. With z = l + log u - log(1 - u), u uniform, a hard sample is
b = 1[z > 0]; z~ is drawn from the law of z given b. For a control variate c

    g = [f(b) - c(z~)] d/dl log p(b) + d/dl c(z) - d/dl c(z~),    d/dl log p(b) = b - sigma(l),

where z and z~ are differentiated with the uniform draws and b held. Together the terms with c have
expectation 0, whatever c is. REBAR takes c(z) = scale * f(sigma(z / temperature)); f must be
differentiable at values between 0 and 1. At scale 0 this is the score function alone. The authors'
code ties the uniform draw of z~ to u so that z~ = z in value; here the two are independent.

For one-hot variables z = log p + G with Gumbel noise G, b is the one-hot argmax, and softmax takes
the place of sigma.

Scale and temperature are trained by descending the square of the estimate, E[g^2], whose minimum is
that of the variance since E[g] does not depend on them:

    with tf.GradientTape(persistent=True) as tape:
        distribution = ...
        temperature = tf.exp(log_temperature)
        surrogate, gradient = rebar_and_gradient(cost, distribution, seed, temperature, scale)
        square = tf.reduce_sum(tf.square(gradient), axis=1)
    tape.gradient(average(surrogate), weights_of_the_distribution)
    tape.gradient(average(square), [log_temperature, scale])
"""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.straight_through import logits_of, positive


def rebar(cost, distribution, seed, temperature, scale):
    """The REBAR surrogate of E[cost(b)], [N].

    Its value is the cost at the hard samples; its gradient is g for the logits, the cost's own for
    the weights that the cost depends on, and none for temperature and scale.

    Args:
      cost: samples [N, *event] to [N], differentiable also at samples between 0 and 1.
      distribution: see `straight_through.logits_of`.
      seed: int tensor [2].
      temperature: number above 0, or a scalar tensor.
      scale: the weight eta of the control variate, a number or scalar tensor.

    Raises:
      ValueError: another distribution, a temperature that is not above 0, costs of another shape,
        or a cost that has no gradient.
    """
    return rebar_and_gradient(cost, distribution, seed, temperature, scale)[0]


def rebar_and_gradient(cost, distribution, seed, temperature, scale):
    """The surrogate [N] of `rebar` and g [N, *event], differentiable in temperature and scale."""
    temperature = positive("temperature", temperature)
    scale = tf.convert_to_tensor(scale, tf.float32)

    def control(z):
        return scale * cost(relaxed(distribution, z, temperature))

    return estimate(cost, control, distribution, seed)


def relaxed(distribution, z, temperature):
    """sigma(z / temperature), or softmax(z / temperature) where the samples are one-hot."""
    bernoulli = isinstance(distribution.distribution, tfd.Bernoulli)
    return (tf.sigmoid if bernoulli else tf.nn.softmax)(z / temperature)


def estimate(cost, control, distribution, seed):
    """The surrogate [N] and g [N, *event] with any control variate c, [N, *event] to [N]."""
    logits = logits_of(distribution)
    bernoulli = isinstance(distribution.distribution, tfd.Bernoulli)
    draw = draw_logistic if bernoulli else draw_gumbel
    with tf.GradientTape() as tape:
        tape.watch(logits)
        hard, z, conditional_z = draw(logits, seed)
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


def draw_logistic(logits, seed):
    """b, z and z~ of Bernoulli variables, each [N, *event].

    With s = 2 b - 1 and v uniform, z~ = s (softplus(s l + log v) - log(1 - v)). It equals the
    printed l + logit(v'), v' = 1 - sigma(l) (1 - v) for b = 1 and (1 - sigma(l)) (1 - v) for b = 0,
    and holds its sign and its gradient at any logit.
    """
    seed, conditional_seed = tfp.random.split_seed(seed)
    u, v = _uniform(logits, seed), _uniform(logits, conditional_seed)
    z = logits + tf.math.log(u) - tf.math.log1p(-u)
    hard = tf.stop_gradient(tf.cast(z > 0.0, logits.dtype))
    sign = 2.0 * hard - 1.0
    softplus = tf.nn.softplus(sign * logits + tf.math.log(v))
    return hard, z, sign * (softplus - tf.math.log1p(-v))


def draw_gumbel(logits, seed):
    """b, z and z~ of one-hot variables, each [N, *event] with the categories on the last axis.

    The largest z~ is standard Gumbel, T = -log E_k with E = -log v, because z has log p in it and
    not l. The others are Gumbel cut off at T: z~_i = -log(exp(-T) + E_i / p_i), here written as
    T - softplus(T + log E_i - log p_i).
    """
    seed, conditional_seed = tfp.random.split_seed(seed)
    log_probabilities = tf.nn.log_softmax(logits)
    z = log_probabilities - tf.math.log(-tf.math.log(_uniform(logits, seed)))
    hard = tf.stop_gradient(tf.one_hot(tf.argmax(z, axis=-1), z.shape[-1], dtype=z.dtype))
    log_exponential = tf.math.log(-tf.math.log(_uniform(logits, conditional_seed)))
    largest = -tf.reduce_sum(hard * log_exponential, axis=-1, keepdims=True)
    others = largest - tf.nn.softplus(largest + log_exponential - log_probabilities)
    return hard, z, tf.where(hard > 0.0, largest, others)


def _uniform(like, seed):
    """Draws from the open interval (0, 1); the logarithm of 0 is not a number to work with."""
    smallest = np.finfo(like.dtype.as_numpy_dtype).tiny
    return tf.random.stateless_uniform(tf.shape(like), seed, smallest, 1.0, like.dtype)
