"""Sigmoid belief net by wake-sleep: Hinton, Dayan, Frey and Neal, "The wake-sleep algorithm for
unsupervised neural networks", Science 268, 1995, pages 1158-1161."""

import tensorflow as tf

from ganzoo.models.base import GenerativeModel, batch_size_of
from ganzoo.networks.belief_nets import check_same_units
from ganzoo.registry import Recipe, register
from ganzoo.stochastic import noise


class SBNWakeSleep(GenerativeModel):
    """The Helmholtz machine: p learns from what q makes of the data, q from what p dreams.

    Wake, decoder: mean of -log p(x, h), h ~ q(h | x).
    Sleep, encoder: mean of -log q(h | x), (x, h) ~ p(x, h).

    The sleep phase descends KL(p(h | x) || q(h | x)) on dreams, not the bound on the data: there is
    no one objective that both phases lower.

    Latents are the uniform draws in U(-1, 1) of all hidden bits; a call gives p(x = 1 | h^1).

    Args:
      decoder: see `ganzoo.networks.belief_net`.
      encoder: `ganzoo.layers.RecognitionNet` with the decoder's units.
    """

    network_names = ("decoder", "encoder")
    sampled_network = "decoder"
    latent_distributions = ("uniform",)
    logged = ("loss", "decoder_loss", "encoder_loss")
    distribution = "bernoulli"

    def __init__(self, decoder, encoder, **kwargs):
        check_same_units(decoder, encoder)
        super().__init__({"decoder": decoder, "encoder": encoder}, **kwargs)

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        wake_seed, sleep_seed = self.step_seeds(2)
        p, q = self.decoder.get_layer("belief_net"), self.encoder

        hidden = q.sample(x, self.draw_hidden_uniform(x, wake_seed))
        with tf.GradientTape() as tape:
            log_joint = p.log_prob(x, hidden)
            loss = self.average(-log_joint)
        self.track(loss=self.average(q.log_prob(x, hidden) - log_joint))
        self.minimize("decoder", tape, loss)

        dream, hidden = p.sample(self.draw_dream_uniform(x, sleep_seed))
        with tf.GradientTape() as tape:
            loss = self.average(-q.log_prob(dream, hidden))
        self.minimize("encoder", tape, loss)
        return self.logs()

    def draw_hidden_uniform(self, x, seed):
        """U(0, 1), [N, H]: the noise of the hidden bits of each of x."""
        return self.draw(noise.uniform, [batch_size_of(x), self.latent_dim], seed)

    def draw_dream_uniform(self, x, seed):
        """U(0, 1), [N, D + H]: the noise of as many dreams as there are x."""
        size = self.decoder.get_layer("belief_net").features + self.latent_dim
        return self.draw(noise.uniform, [batch_size_of(x), size], seed)

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        wake_seed, sleep_seed = self.evaluation_seeds(2)
        p, q = self.decoder.get_layer("belief_net"), self.encoder
        hidden = q.sample(x, self.draw_hidden_uniform(x, wake_seed))
        log_joint = p.log_prob(x, hidden)
        dream, dreamt_hidden = p.sample(self.draw_dream_uniform(x, sleep_seed))
        self.track(
            loss=self.average(q.log_prob(x, hidden) - log_joint),
            decoder_loss=self.average(-log_joint),
            encoder_loss=self.average(-q.log_prob(dream, dreamt_hidden)),
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
        name="sbn_wake_sleep",
        model=SBNWakeSleep,
        title="The wake-sleep algorithm for unsupervised neural networks",
        paper="Science 268, 1995",
        networks={
            "decoder": {"part": "belief_net", "units": (200, 200, 200)},
            "encoder": {"part": "recognition_net", "units": (200, 200, 200)},
        },
        settings={"latent_distribution": "uniform", "value_range": (0.0, 1.0)},
        optimizers={"decoder_optimizer": _ADAM, "encoder_optimizer": _ADAM},
        batch_size=20,
        epochs=100,
        dataset="mnist",
        binarized="static",
        vector={"decoder": {"units": (8, 4)}, "encoder": {"units": (8, 4)}},
        tiny={"decoder": {"units": (4, 3)}, "encoder": {"units": (4, 3)}},
    )
)
