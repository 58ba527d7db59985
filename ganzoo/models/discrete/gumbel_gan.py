"""A generator of relaxed discrete samples: Kusner and Hernandez-Lobato 2016, "GANs for Sequences of
Discrete Elements with the Gumbel-softmax Distribution", arXiv 1611.04051."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.losses.vectors import vector
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.stochastic.gumbel_softmax import gumbel_softmax
from ganzoo.stochastic.importance import fooled_rate


class GumbelGAN(GenerativeModel):
    """Gumbel-softmax samples G(z) at a temperature that falls, with a pathwise gradient.

    Discriminator: mean of softplus(-a(x)) + softplus(a(G(z))).
    Generator: mean of softplus(-a(G(z))).

    Relaxed samples lie between 0 and 1 and data do not, so a discriminator can tell them by that
    alone. With `hard` it sees exact zeros and ones, and the backward pass takes them for the
    relaxed samples (straight-through Gumbel: Jang, Gu, Poole 2016, arXiv 1611.01144, section 2.2).
    The samples of `generate` are hard draws in both forms.

    Args:
      generator: latents [N, d] to logits [N, *data_shape].
      discriminator: samples to logits [N, 1].
      distribution: "bernoulli", or "categorical" with one-hot data.
      symbols: what the categories stand for: strings, or (red, green, blue); None.
      hard: whether the discriminator sees hard samples.
      temperature: number above 0, or a Keras schedule of the iteration: see
        `ganzoo.stochastic.schedules.ExponentialToFloor`.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss", "fooled_rate", "temperature")

    def __init__(
        self,
        generator,
        discriminator,
        *,
        distribution="bernoulli",
        symbols=None,
        hard=False,
        temperature=1.0,
        **kwargs,
    ):
        arguments.choice("hard", hard, (False, True))
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "distribution": distribution,
                "symbols": arguments.symbols(symbols),
                "hard": hard,
                "temperature": arguments.schedule("temperature", temperature),
            },
            **kwargs,
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        seeds = self.step_seeds(4)

        fake = self.relax(held(self.generator)(self.draw_latents(real, seeds[0])), seeds[1])
        with tf.GradientTape() as tape:
            real_logits, fake_logits = score_pair(self.discriminator, real, fake)
            loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
        self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, seeds[2])
        with tf.GradientTape() as tape:
            fake = self.relax(self.generator(latents, training=True), seeds[3])
            fake_logits = held(self.discriminator)(fake)
            loss = self.average(cross_entropy.non_saturating_generator_loss(fake_logits))
        self.minimize("generator", tape, loss)
        self.track_others(fake_logits)
        return self.logs()

    def relax(self, logits, seed):
        """What the discriminator sees of the generator, [N, *data_shape]."""
        uniform = self.draw_uniform(logits, seed)
        temperature = self.scheduled("temperature")
        return gumbel_softmax(self.conditional(logits), temperature, uniform, self.hard)

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        latent_seed, sample_seed = self.evaluation_seeds(2)
        fake = self.relax(self.generator(self.draw_latents(real, latent_seed)), sample_seed)
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        self.track(
            discriminator_loss=self.average(
                cross_entropy.discriminator_loss(real_logits, fake_logits)
            ),
            generator_loss=self.average(cross_entropy.non_saturating_generator_loss(fake_logits)),
        )
        self.track_others(fake_logits)
        return self.logs()

    def track_others(self, fake_logits):
        """Logs the share of samples that D takes for data, and the temperature."""
        self.track_constant(temperature=self.scheduled("temperature"))
        self.track(fooled_rate=self.average(fooled_rate(vector(fake_logits)[None])))


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}

register(
    Recipe(
        name="gumbel_gan",
        model=GumbelGAN,
        title="GANs for Sequences of Discrete Elements with the Gumbel-softmax Distribution",
        paper="arXiv 1611.04051",
        networks={
            "generator": {
                "part": "generator",
                "dense_units": 1024,
                "initializer": "glorot_uniform",
                "output_activation": None,
            },
            "discriminator": {
                "part": "critic",
                "normalization": None,
                "dense_units": 1024,
                "initializer": "glorot_uniform",
            },
        },
        settings={
            "latent_dim": 64,
            "latent_distribution": "uniform",
            "value_range": (0.0, 1.0),
            "temperature": {
                "class_name": "ganzoo>ExponentialToFloor",
                "config": {"initial": 3.0, "rate": 1e-3, "floor": 0.5, "every": 500},
            },
        },
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
        epochs=100,
        dataset="mnist",
        binarized="dynamic",
        vector={
            "latent_dim": 8,
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
        },
        tiny={
            "latent_dim": 4,
            "generator": {"width": 4, "dense_units": 8},
            "discriminator": {"width": 4, "dense_units": 8},
        },
    )
)
