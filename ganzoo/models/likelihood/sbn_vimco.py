"""Sigmoid belief net by VIMCO: Mnih and Rezende, "Variational Inference for Monte Carlo
Objectives", ICML 2016, arXiv 1602.06725."""

import tensorflow as tf

from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, batch_size_of
from ganzoo.networks.belief_nets import check_same_units
from ganzoo.registry import Recipe, register
from ganzoo.stochastic import noise
from ganzoo.stochastic.importance import log_normalizer
from ganzoo.stochastic.vimco import vimco


class SBNVIMCO(GenerativeModel):
    """p(x, h) and q(h | x) climb one K-sample bound, q by the score function of all K samples.

    Loss: mean of -log 1/K sum_k p(x, h_k) / q(h_k | x), h_k ~ q(h | x). Its gradient is that of
    `ganzoo.stochastic.vimco`: the baseline of each sample comes from the K - 1 others.

    Latents are the uniform draws in U(-1, 1) of all hidden bits; a call gives p(x = 1 | h^1).

    Args:
      decoder: see `ganzoo.networks.belief_net`.
      encoder: `ganzoo.layers.RecognitionNet` with the decoder's units.
      num_samples: K, at least 2.
    """

    network_names = ("decoder", "encoder")
    sampled_network = "decoder"
    latent_distributions = ("uniform",)
    logged = ("loss",)
    joint = True
    distribution = "bernoulli"

    def __init__(self, decoder, encoder, *, num_samples=10, **kwargs):
        check_same_units(decoder, encoder)
        super().__init__(
            {"decoder": decoder, "encoder": encoder},
            {"num_samples": arguments.integer("num_samples", num_samples, 2)},
            **kwargs,
        )

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        p, q = self.decoder.get_layer("belief_net"), self.encoder
        hidden = q.sample(x, self.draw_hidden_uniform(x, seed))
        with tf.GradientTape() as tape:
            log_posterior = q.log_prob(x, hidden)
            log_weights = p.log_prob(x, hidden) - log_posterior
            loss = self.average(-vimco(log_weights, log_posterior))
        self.minimize("loss", tape, loss)
        return self.logs()

    def draw_hidden_uniform(self, x, seed):
        """U(0, 1), [K, N, H]: the noise of the hidden bits of K samples of each of x."""
        shape = [batch_size_of(x), self.num_samples, self.latent_dim]
        return tf.transpose(self.draw(noise.uniform, shape, seed), [1, 0, 2])

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        hidden = self.encoder.sample(x, self.draw_hidden_uniform(x, seed))
        log_joint = self.decoder.get_layer("belief_net").log_prob(x, hidden)
        log_weights = log_joint - self.encoder.log_prob(x, hidden)
        self.track(loss=self.average(-log_normalizer(log_weights)))
        return self.logs()

    # === Evaluation ===

    def log_weights(self, x, num_samples, seed):
        """log p(x, h_i) - log q(h_i | x) for num_samples draws of q: [num_samples, N], in nats.

        `seed` is int [2].
        """
        uniform = noise.uniform([num_samples, batch_size_of(x), self.latent_dim], seed)
        hidden = self.encoder.sample(x, uniform)
        log_joint = self.sampler.get_layer("belief_net").log_prob(x, hidden)
        return log_joint - self.encoder.log_prob(x, hidden)

    def encode(self, x):
        """q(h^1 = 1 | x) [N, units of h^1], as a dict."""
        return {"probability": self.encoder(x)}

    def reconstruct(self, x):
        """p(x = 1 | h^1) at the most probable h^1 of q, as a dict."""
        logits = self.sampler.get_layer("belief_net").visible_logits(self.encoder.most_probable(x))
        return {"image": tf.reshape(tf.sigmoid(logits), tf.shape(x))}


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3}}

register(
    Recipe(
        name="sbn_vimco",
        model=SBNVIMCO,
        title="Variational Inference for Monte Carlo Objectives",
        paper="arXiv 1602.06725",
        networks={
            "decoder": {"part": "belief_net", "units": (200, 200, 200)},
            "encoder": {"part": "recognition_net", "units": (200, 200, 200)},
        },
        settings={"latent_distribution": "uniform", "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=20,
        epochs=100,
        dataset="mnist",
        binarized="static",
        vector={"decoder": {"units": (8, 4)}, "encoder": {"units": (8, 4)}},
        tiny={
            "num_samples": 3,
            "decoder": {"units": (4, 3)},
            "encoder": {"units": (4, 3)},
        },
    )
)
