"""MADE: Germain et al., "MADE: Masked Autoencoder for Distribution Estimation", ICML 2015."""

import math

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ganzoo.models.base import GenerativeModel
from ganzoo.registry import Recipe, register


class MADE(GenerativeModel):
    """Every bit by an autoencoder in which masks leave only the bits before it in an order.

    log p(x) = log 1/M sum_m exp(sum_i log p_m(x_i | bits before i in the order of mask m)).

    Iteration t trains with mask t mod M. The likelihood is that of the ensemble, a mean of the
    probabilities of the M masks; samples are drawn with the first mask.

    Loss: mean over examples of -log p_m(x) of the iteration's mask, exact, in nats. A latent is one
    uniform draw u for each bit, as 2 u - 1, and determines a sample: x_i = 1[u_i < p(x_i = 1 | bits
    before i)], one i after another.

    Args:
      conditionals: bits [N, *data_shape] to logits [N, *data_shape], from `ganzoo.networks.made`.
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
        num_masks = self.conditionals.get_layer("conditionals").num_masks
        mask_number = tf.convert_to_tensor(self.iteration) % num_masks
        with tf.GradientTape() as tape:
            loss = self.average(-self.log_prob_of_mask(self.conditionals, x, mask_number))
        self.minimize("loss", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        self.track(loss=self.average(-self.log_prob(x)))
        return self.logs()

    def log_prob(self, x):
        """log p(x) of the ensemble, [N], in nats, for x [N, *data_shape] in {0, 1}."""
        log_probs = tf.map_fn(
            lambda mask_number: self.log_prob_of_mask(self.sampler, x, mask_number),
            tf.range(self.sampler.get_layer("conditionals").num_masks),
            fn_output_signature=tf.float32,
        )
        return tfp.math.reduce_logmeanexp(log_probs, axis=0)

    def log_prob_of_mask(self, network, x, mask_number):
        """log p_m(x) of one mask, [N], in nats."""
        logits = self.logits_of_mask(network, x, mask_number)
        return self.conditional(logits).log_prob(tf.reshape(x, [-1, self.latent_dim]))

    def logits_of_mask(self, network, x, mask_number):
        """Logits [N, D] of one mask."""
        bits = tf.reshape(x, [-1, self.latent_dim])
        return network.get_layer("conditionals")(bits, mask_number=mask_number)

    def call(self, inputs, training=None):
        """Latents [N, D] to samples [N, *data_shape], in D passes with the first mask."""
        [order, *_] = self.sampler.get_layer("conditionals").orders
        sites = tf.constant(np.argsort(order))
        uniform = (1.0 + inputs) / 2.0

        def step(i, bits):
            logits = self.logits_of_mask(self.sampler, bits, 0)
            drawn = tf.cast(uniform < tf.sigmoid(logits), tf.float32)
            return i + 1, bits + drawn * tf.one_hot(sites[i], self.latent_dim)

        _, bits = tf.while_loop(
            lambda i, _: i < self.latent_dim,
            step,
            (0, tf.zeros_like(inputs)),
            maximum_iterations=self.latent_dim,
        )
        return tf.reshape(bits, [-1, *self.data_shape])


_ADAGRAD = {
    "class_name": "Adagrad",
    "config": {"learning_rate": 0.01, "initial_accumulator_value": 0.0, "epsilon": 1e-6},
}

register(
    Recipe(
        name="made",
        model=MADE,
        title="MADE: Masked Autoencoder for Distribution Estimation",
        paper="arXiv 1502.03509",
        networks={
            "conditionals": {
                "part": "conditionals",
                "architecture": "made",
                "units": (1000, 1000),
                "num_masks": 32,
            }
        },
        settings={"latent_distribution": "uniform", "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAGRAD},
        batch_size=100,
        epochs=50,
        dataset="mnist",
        binarized="static",
        tiny={"conditionals": {"units": (16, 16), "num_masks": 3}},
    )
)
