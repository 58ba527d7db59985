"""Sigmoid belief net by NVIL: Mnih and Gregor, "Neural Variational Inference and Learning in Belief
Networks", ICML 2014, arXiv 1402.0030."""

import tensorflow as tf

from ganzoo.models.base import GenerativeModel, batch_size_of
from ganzoo.networks.belief_nets import check_same_units
from ganzoo.registry import Recipe, register
from ganzoo.stochastic import noise
from ganzoo.stochastic.baselines import fit_loss
from ganzoo.stochastic.score_function import surrogate


class SBN(GenerativeModel):
    """p(x, h) and q(h | x) climb the evidence lower bound, q by the score function.

    With h ~ q(h | x) and cost = log q(h | x) - log p(x, h), whose mean is the negative bound:
    Decoder: mean of -log p(x, h).
    Encoder: mean of (cost - c - C(x)) / max(1, sqrt(v)) log q(h | x), the factor constant.
    Baseline: mean of (cost - c - C(x))^2; c and v are running mean and variance of cost - C(x).

    Latents are the uniform draws in U(-1, 1) of all hidden bits; a call gives p(x = 1 | h^1).

    Args:
      decoder: see `ganzoo.networks.belief_net`.
      encoder: `ganzoo.layers.RecognitionNet` with the decoder's units.
      baseline: `ganzoo.stochastic.baselines.InputDependentBaseline`, built for x.
    """

    network_names = ("decoder", "encoder", "baseline")
    sampled_network = "decoder"
    latent_distributions = ("uniform",)
    logged = ("loss", "decoder_loss", "encoder_loss", "baseline_loss")
    distribution = "bernoulli"

    def __init__(self, decoder, encoder, baseline, **kwargs):
        check_same_units(decoder, encoder)
        super().__init__({"decoder": decoder, "encoder": encoder, "baseline": baseline}, **kwargs)

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        p, q = self.decoder.get_layer("belief_net"), self.encoder
        hidden = q.sample(x, self.draw_hidden_uniform(x, seed))

        with tf.GradientTape() as decoder_tape:
            log_joint = p.log_prob(x, hidden)
            decoder_loss = self.average(-log_joint)
        with tf.GradientTape() as baseline_tape:
            center, scale = self.baseline(x)
        with tf.GradientTape() as encoder_tape:
            log_posterior = q.log_prob(x, hidden)
            costs = tf.stop_gradient(log_posterior - log_joint)
            encoder_loss = self.average(surrogate(costs, log_posterior, center, scale))
        with baseline_tape:
            baseline_loss = self.average(fit_loss(costs, center))

        self.minimize("decoder", decoder_tape, decoder_loss)
        self.minimize("encoder", encoder_tape, encoder_loss)
        self.minimize("baseline", baseline_tape, baseline_loss)
        self.baseline.update(costs, center)
        self.track(loss=self.average(costs))
        return self.logs()

    def draw_hidden_uniform(self, x, seed):
        """U(0, 1), [N, H]: the noise of the hidden bits of each of x."""
        return self.draw(noise.uniform, [batch_size_of(x), self.latent_dim], seed)

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        hidden = self.encoder.sample(x, self.draw_hidden_uniform(x, seed))
        log_joint = self.decoder.get_layer("belief_net").log_prob(x, hidden)
        costs = self.encoder.log_prob(x, hidden) - log_joint
        self.track(
            loss=self.average(costs),
            decoder_loss=self.average(-log_joint),
            encoder_loss=self.average(costs),
            baseline_loss=self.average(fit_loss(costs, self.baseline(x)[0])),
        )
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
        name="sbn",
        model=SBN,
        title="Neural Variational Inference and Learning in Belief Networks",
        paper="arXiv 1402.0030",
        networks={
            "decoder": {"part": "belief_net", "units": (200, 200, 200)},
            "encoder": {"part": "recognition_net", "units": (200, 200, 200)},
            "baseline": {"part": "baseline", "architecture": "data"},
        },
        settings={"latent_distribution": "uniform", "value_range": (0.0, 1.0)},
        optimizers={
            "decoder_optimizer": _ADAM,
            "encoder_optimizer": _ADAM,
            "baseline_optimizer": _ADAM,
        },
        batch_size=20,
        epochs=100,
        dataset="mnist",
        binarized="static",
        vector={"decoder": {"units": (8, 4)}, "encoder": {"units": (8, 4)}},
        tiny={
            "decoder": {"units": (4, 3)},
            "encoder": {"units": (4, 3)},
            "baseline": {"units": 4},
        },
    )
)
