"""The estimate g of REBAR and RELAX as their papers print it."""

import tensorflow as tf

from tests.models.discrete.by_hand import hard, over_event, perturbed, probabilities


class Control(tf.Module):
    """Scale, temperature and network r (or None) with the values of a model's control variate."""

    def __init__(self, layer, network):
        super().__init__()
        self.scale, self.log_temperature = (
            tf.Variable(layer.scale),
            tf.Variable(layer.log_temperature),
        )
        self.network = network

    @property
    def trainable_variables(self):
        network = [] if self.network is None else self.network.trainable_variables
        return [self.scale, self.log_temperature, *network]

    def __call__(self, cost, z):
        """scale * f(sigma(z / temperature)) + r(z), [N]."""
        value = self.scale * cost(probabilities(z / tf.exp(self.log_temperature)))
        return value if self.network is None else value + self.network(z)[:, 0]


def conditional_z(logits, b, v):
    """z~ given the hard samples b.

    Bits: l + logit(v'), v' = v p + 1 - p where b = 1 and v (1 - p) where b = 0, p = sigma(l); there
    1 - v, which is as uniform, stands for v in the estimator. One-hot: -log(-log v) at the category
    of b, and -log(-log v / p - log v_b) at the others.
    """
    p = probabilities(logits)
    if len(logits.shape) == 2:
        v = tf.where(b > 0.0, v * p + 1.0 - p, (1.0 - v) * (1.0 - p))
        return logits + tf.math.log(v) - tf.math.log(1.0 - v)
    exponential = -tf.math.log(v)
    chosen = tf.reduce_sum(b * exponential, axis=-1, keepdims=True)
    return -tf.math.log(tf.where(b > 0.0, exponential, exponential / p + chosen))


def estimate(cost, control, logits, u, v):
    """g = [f(b) - c(z~)] d log p(b) + d c(z) - d c(z~), derivatives to the logits, and f(b)."""
    b = hard(logits, u)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        conditional = control(cost, conditional_z(logits, b, v))
        difference = control(cost, perturbed(logits, u)) - conditional
    bracket = tf.reshape(cost(b) - conditional, [-1] + [1] * (len(logits.shape) - 1))
    return bracket * (b - probabilities(logits)) + tape.gradient(difference, logits), cost(b)


def mean_square(gradient):
    return tf.reduce_mean(over_event(gradient**2))
