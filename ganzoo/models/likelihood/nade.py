"""NADE: Larochelle and Murray, "The Neural Autoregressive Distribution Estimator", AISTATS 2011."""

import math

import tensorflow as tf

from ganzoo.models.base import GenerativeModel
from ganzoo.registry import Recipe, register


class NADE(GenerativeModel):
    """Every bit by a hidden layer of those before it, all layers from one set of weights.

    log p(x) = sum_i log p(x_i | x_<i), p(x_i = 1 | x_<i) = sigmoid(b_i + V_i . h_i),
    h_i = sigmoid(c + sum_{j<i} W_j x_j).

    Loss: mean over examples of -log p(x), exact, in nats. A latent is one uniform draw u for each
    bit, as 2 u - 1, and determines a sample: x_i = 1[u_i < p(x_i = 1 | x_<i)], one i after another.

    Args:
      conditionals: bits [N, *data_shape] to logits [N, *data_shape], from `ganzoo.networks.nade`.
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
        """Latents [N, D] to samples [N, *data_shape], in O(D H)."""
        bits = self.sampler.get_layer("conditionals").sample((1.0 + inputs) / 2.0)
        return tf.reshape(bits, [-1, *self.data_shape])


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3}}

register(
    Recipe(
        name="nade",
        model=NADE,
        title="The Neural Autoregressive Distribution Estimator",
        paper="AISTATS 2011",
        networks={"conditionals": {"part": "conditionals", "architecture": "nade", "units": 500}},
        settings={"latent_distribution": "uniform", "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=100,
        epochs=10,
        dataset="mnist",
        binarized="static",
        tiny={"conditionals": {"units": 8}},
    )
)
