"""A generator of discrete data by MuProp: Gu, Levine, Sutskever, Mnih, "MuProp: Unbiased
Backpropagation for Stochastic Neural Networks", ICLR 2016, arXiv 1511.05176."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.losses.vectors import vector
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, refuse_batch_statistics, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.stochastic.importance import fooled_rate
from ganzoo.stochastic.muprop import muprop
from ganzoo.stochastic.noise import hard_sample


class MuPropGAN(GenerativeModel):
    """The score function with the discriminator's slope at the mean as control variate.

    Discriminator: mean of softplus(-a(x)) + softplus(a(x_z)), x_z ~ g(x | z).
    Generator: an unbiased estimate of the gradient of -E[a(x_z)], as in `reinforce_gan`; a is also
    evaluated, and differentiated, at the mean of g(x | z), between hard values.

    Args:
      generator: latents [N, d] to logits [N, *data_shape].
      discriminator: hard samples and their means to logits [N, 1], without batch normalization,
        which would let a cost depend on other samples.
      distribution: "bernoulli", or "categorical" with one-hot data.
      symbols: what the categories stand for: strings, or (red, green, blue); None.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss", "fooled_rate")

    def __init__(
        self,
        generator,
        discriminator,
        *,
        distribution="bernoulli",
        symbols=None,
        **kwargs,
    ):
        refuse_batch_statistics(discriminator, "discriminator", "The control variate")
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "distribution": distribution,
                "symbols": arguments.symbols(symbols),
            },
            **kwargs,
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        seeds = self.step_seeds(4)

        conditional = self.conditional(held(self.generator)(self.draw_latents(real, seeds[0])))
        fake = hard_sample(conditional, self.draw_uniform(real, seeds[1]))
        with tf.GradientTape() as tape:
            real_logits, fake_logits = score_pair(self.discriminator, real, fake)
            loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
        self.minimize("discriminator", tape, loss)

        latents, uniform = self.draw_latents(real, seeds[2]), self.draw_uniform(real, seeds[3])
        with tf.GradientTape() as tape:
            conditional = self.conditional(self.generator(latents, training=True))
            costs = muprop(self.cost, conditional, uniform)
            loss = self.average(costs)
        self.minimize("generator", tape, loss)
        self.track(fooled_rate=self.average(fooled_rate(-costs[None])))
        return self.logs()

    def cost(self, samples):
        """-a(x) [N]."""
        return -vector(held(self.discriminator)(samples))

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        latent_seed, sample_seed = self.evaluation_seeds(2)
        conditional = self.conditional(self.generator(self.draw_latents(real, latent_seed)))
        fake = hard_sample(conditional, self.draw_uniform(real, sample_seed))
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        self.track(
            discriminator_loss=self.average(
                cross_entropy.discriminator_loss(real_logits, fake_logits)
            ),
            generator_loss=self.average(-vector(fake_logits)),
            fooled_rate=self.average(fooled_rate(vector(fake_logits)[None])),
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}

register(
    Recipe(
        name="muprop_gan",
        model=MuPropGAN,
        title="MuProp: Unbiased Backpropagation for Stochastic Neural Networks",
        paper="arXiv 1511.05176",
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
