"""FVSBN: Frey, Hinton and Dayan, "Does the Wake-sleep Algorithm Produce Good Density Estimators?"

Advances in Neural Information Processing Systems 8, 1996.
"""

import math

import tensorflow as tf

from ganzoo.models.base import GenerativeModel
from ganzoo.registry import Recipe, register


class FVSBN(GenerativeModel):
    """A fully visible sigmoid belief net: every bit by logistic regression on those before it.

    log p(x) = sum_i log p(x_i | x_<i), p(x_i = 1 | x_<i) = sigmoid(b_i + sum_{j<i} W_ji x_j).

    Loss: mean over examples of -log p(x), exact, in nats. A latent is one uniform draw u for each
    bit, as 2 u - 1, and determines a sample: x_i = 1[u_i < p(x_i = 1 | x_<i)], one i after another.

    Args:
      conditionals: bits [N, *data_shape] to logits [N, *data_shape], from `ganzoo.networks.fvsbn`.
    """

    network_names = ("conditionals",)
    sampled_network = "conditionals"
    latent_distributions = ("uniform",)
    logged = ("loss",)
    joint = True
    distribution = "bernoulli"
    deterministic = True

    def __init__(self, conditionals, **kwargs):
        super().__init__(
            {"conditionals": conditionals},
            dtype="float32",  # running sums and weights are read in the sampling loop
            **kwargs,
        )

    def shapes_of(self, sampler):
        """A latent has one number for each bit."""
        data_shape = tuple(sampler.outputs[0].shape[1:])
        return math.prod(data_shape), data_shape

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        self.iteration.assign_add(1)
        with tf.GradientTape() as tape:
            logits = self.conditionals(x, training=True)
            loss = self.average(-self.conditional(logits).log_prob(x))
        self.minimize("loss", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        self.track(loss=self.average(-self.log_prob(x)))
        return self.logs()

    def log_prob(self, x):
        """log p(x), [N], in nats, for x [N, *data_shape] in {0, 1}."""
        return self.conditional(self.sampler(x, training=False)).log_prob(x)

    def call(self, inputs, training=None):
        """Latents [N, D] to samples [N, *data_shape], in O(D^2)."""
        regression = self.sampler.get_layer("conditionals")
        kernel = regression.masked_kernel()
        uniform = tf.transpose((1.0 + inputs) / 2.0)

        def step(i, logits, bits):
            bit = tf.cast(uniform[i] < tf.sigmoid(logits[:, i]), tf.float32)
            return i + 1, logits + bit[:, None] * kernel[i], bits.write(i, bit)

        logits = tf.zeros_like(inputs) + regression.bias
        bits = tf.TensorArray(tf.float32, self.latent_dim, element_shape=[None])
        _, _, bits = tf.while_loop(
            lambda i, *_: i < self.latent_dim,
            step,
            (0, logits, bits),
            maximum_iterations=self.latent_dim,
        )
        return tf.reshape(tf.transpose(bits.stack()), [-1, *self.data_shape])


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3}}

register(
    Recipe(
        name="fvsbn",
        model=FVSBN,
        title="Does the Wake-sleep Algorithm Produce Good Density Estimators?",
        paper="NIPS 8, 1996",
        networks={"conditionals": {"part": "conditionals", "architecture": "fvsbn"}},
        settings={"latent_distribution": "uniform", "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=100,
        epochs=50,
        dataset="mnist",
        binarized="static",
    )
)
