"""A generator of discrete data by the score function with a learned baseline: Mnih and Gregor,
"Neural Variational Inference and Learning in Belief Networks", ICML 2014, arXiv 1402.0030."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.losses.vectors import vector
from ganzoo.models import arguments
from ganzoo.models.base import (
    GenerativeModel,
    held,
    refuse_minibatch_discrimination,
    score_pair,
)
from ganzoo.registry import Recipe, register
from ganzoo.stochastic.baselines import fit_loss
from ganzoo.stochastic.importance import fooled_rate
from ganzoo.stochastic.noise import hard_sample
from ganzoo.stochastic.score_function import score_function


class NVILGAN(GenerativeModel):
    """`reinforce_gan` with NVIL's baseline: centered, input-dependent, and scaled.

    Discriminator: mean of softplus(-a(x)) + softplus(a(x_z)), x_z ~ g(x | z).
    Generator: mean of (-a(x_z) - c - C(z)) / max(1, sqrt(v)) log g(x_z | z), the factor constant.
    Baseline: mean of (-a(x_z) - c - C(z))^2; c and v are running mean and variance of -a - C(z).

    Args:
      generator: latents [N, d] to logits [N, *data_shape].
      discriminator: hard samples to logits [N, 1].
      baseline: `ganzoo.stochastic.baselines.InputDependentBaseline`, built for latents [N, d].
      distribution: "bernoulli", or "categorical" with one-hot data.
      symbols: what the categories stand for: strings, or (red, green, blue); None.
    """

    network_names = ("discriminator", "generator", "baseline")
    logged = ("discriminator_loss", "generator_loss", "baseline_loss", "fooled_rate")

    def __init__(
        self,
        generator,
        discriminator,
        baseline,
        *,
        distribution="bernoulli",
        symbols=None,
        **kwargs,
    ):
        refuse_minibatch_discrimination(
            discriminator,
            "discriminator",
            "the estimator gives each sample the cost of its own score alone, not of the others'",
        )
        super().__init__(
            {"generator": generator, "discriminator": discriminator, "baseline": baseline},
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
        with tf.GradientTape() as baseline_tape:
            center, scale = self.baseline(latents)
        with tf.GradientTape() as tape:
            conditional = self.conditional(self.generator(latents, training=True))
            costs = score_function(self.cost, conditional, uniform, center, scale)
            loss = self.average(costs)
        self.minimize("generator", tape, loss)
        with baseline_tape:
            loss = self.average(fit_loss(costs, center))
        self.minimize("baseline", baseline_tape, loss)
        self.baseline.update(costs, center)
        self.track(fooled_rate=self.average(fooled_rate(-costs[None])))
        return self.logs()

    def cost(self, samples):
        """-a(x) [N]."""
        return -vector(held(self.discriminator)(samples))

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        latent_seed, sample_seed = self.evaluation_seeds(2)
        latents = self.draw_latents(real, latent_seed)
        conditional = self.conditional(self.generator(latents))
        fake = hard_sample(conditional, self.draw_uniform(real, sample_seed))
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        self.track(
            discriminator_loss=self.average(
                cross_entropy.discriminator_loss(real_logits, fake_logits)
            ),
            generator_loss=self.average(-vector(fake_logits)),
            baseline_loss=self.average(fit_loss(-vector(fake_logits), self.baseline(latents)[0])),
            fooled_rate=self.average(fooled_rate(vector(fake_logits)[None])),
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}

register(
    Recipe(
        name="nvil_gan",
        model=NVILGAN,
        title="Neural Variational Inference and Learning in Belief Networks (NVIL)",
        paper="arXiv 1402.0030",
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
            "baseline": {"part": "baseline"},
        },
        settings={
            "latent_dim": 64,
            "latent_distribution": "uniform",
            "value_range": (0.0, 1.0),
        },
        optimizers={
            "generator_optimizer": _ADAM,
            "discriminator_optimizer": _ADAM,
            "baseline_optimizer": _ADAM,
        },
        batch_size=64,
        epochs=100,
        dataset="mnist",
        binarized="dynamic",
        vector={
            "latent_dim": 8,
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "baseline_optimizer": _TOY_ADAM,
        },
        tiny={
            "latent_dim": 4,
            "generator": {"width": 4, "dense_units": 8},
            "discriminator": {"width": 4, "dense_units": 8},
            "baseline": {"units": 4},
        },
    )
)
