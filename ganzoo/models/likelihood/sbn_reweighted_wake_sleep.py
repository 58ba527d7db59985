"""Sigmoid belief net by reweighted wake-sleep: Bornschein and Bengio, "Reweighted Wake-Sleep", ICLR
2015, arXiv 1406.2751."""

import tensorflow as tf

from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, batch_size_of
from ganzoo.networks.belief_nets import check_same_units
from ganzoo.registry import Recipe, register
from ganzoo.stochastic import noise
from ganzoo.stochastic.importance import log_normalizer, per_latent_weights


class SBNReweightedWakeSleep(GenerativeModel):
    """Wake-sleep whose wake phase weighs K samples of q, so that p climbs an estimate of log p(x).

    With h_k ~ q(h | x), w_k = p(x, h_k) / q(h_k | x), constants, and v_k = w_k / sum_j w_j:
    Decoder, wake: mean of -sum_k v_k log p(x, h_k).
    Encoder, wake and sleep: mean of -sum_k v_k log q(h_k | x) and mean of -log q(h | x) at as many
    dreams (x, h) ~ p(x, h), added.

    Latents are the uniform draws in U(-1, 1) of all hidden bits; a call gives p(x = 1 | h^1).

    Args:
      decoder: see `ganzoo.networks.belief_net`.
      encoder: `ganzoo.layers.RecognitionNet` with the decoder's units.
      num_samples: K, at least 1; with one sample the decoder's phase is that of wake-sleep.
    """

    network_names = ("decoder", "encoder")
    sampled_network = "decoder"
    latent_distributions = ("uniform",)
    logged = ("loss", "decoder_loss", "encoder_loss")
    distribution = "bernoulli"

    def __init__(self, decoder, encoder, *, num_samples=10, **kwargs):
        check_same_units(decoder, encoder)
        super().__init__(
            {"decoder": decoder, "encoder": encoder},
            {"num_samples": arguments.integer("num_samples", num_samples, 1)},
            **kwargs,
        )

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        wake_seed, sleep_seed = self.step_seeds(2)
        p, q = self.decoder.get_layer("belief_net"), self.encoder

        hidden = q.sample(x, self.draw_hidden_uniform(x, wake_seed))
        with tf.GradientTape() as decoder_tape, tf.GradientTape() as encoder_tape:
            log_joint, log_posterior = p.log_prob(x, hidden), q.log_prob(x, hidden)
            weights = per_latent_weights(log_joint - log_posterior)
            decoder_loss = self.average(-tf.reduce_sum(weights * log_joint, axis=0))
            wake_loss = self.average(-tf.reduce_sum(weights * log_posterior, axis=0))
        self.track(loss=self.average(-log_normalizer(log_joint - log_posterior)))
        self.minimize("decoder", decoder_tape, decoder_loss)

        dream, dreamt_hidden = p.sample(self.draw_dream_uniform(x, sleep_seed))
        with encoder_tape:
            encoder_loss = wake_loss + self.average(-q.log_prob(dream, dreamt_hidden))
        self.minimize("encoder", encoder_tape, encoder_loss)
        return self.logs()

    def draw_hidden_uniform(self, x, seed):
        """U(0, 1), [K, N, H]: the noise of the hidden bits of K samples of each of x."""
        shape = [batch_size_of(x), self.num_samples, self.latent_dim]
        return tf.transpose(self.draw(noise.uniform, shape, seed), [1, 0, 2])

    def draw_dream_uniform(self, x, seed):
        """U(0, 1), [N, D + H]: the noise of as many dreams as there are x."""
        size = self.decoder.get_layer("belief_net").features + self.latent_dim
        return self.draw(noise.uniform, [batch_size_of(x), size], seed)

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        wake_seed, sleep_seed = self.evaluation_seeds(2)
        p, q = self.decoder.get_layer("belief_net"), self.encoder
        hidden = q.sample(x, self.draw_hidden_uniform(x, wake_seed))
        log_joint, log_posterior = p.log_prob(x, hidden), q.log_prob(x, hidden)
        weights = per_latent_weights(log_joint - log_posterior)
        dream, dreamt_hidden = p.sample(self.draw_dream_uniform(x, sleep_seed))
        wake_loss = self.average(-tf.reduce_sum(weights * log_posterior, axis=0))
        self.track(
            loss=self.average(-log_normalizer(log_joint - log_posterior)),
            decoder_loss=self.average(-tf.reduce_sum(weights * log_joint, axis=0)),
            encoder_loss=wake_loss + self.average(-q.log_prob(dream, dreamt_hidden)),
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
        name="sbn_reweighted_wake_sleep",
        model=SBNReweightedWakeSleep,
        title="Reweighted Wake-Sleep",
        paper="arXiv 1406.2751",
        networks={
            "decoder": {"part": "belief_net", "units": (200, 200, 200)},
            "encoder": {"part": "recognition_net", "units": (200, 200, 200)},
        },
        settings={"latent_distribution": "uniform", "value_range": (0.0, 1.0)},
        optimizers={"decoder_optimizer": _ADAM, "encoder_optimizer": _ADAM},
        batch_size=100,
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
