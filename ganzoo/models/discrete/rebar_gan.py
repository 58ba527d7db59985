"""A generator of discrete data by REBAR: Tucker, Mnih, Maddison, Lawson, Sohl-Dickstein, NIPS 2017,
arXiv 1703.07370."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.losses.vectors import vector
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, refuse_batch_statistics, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.stochastic.importance import fooled_rate
from ganzoo.stochastic.noise import hard_sample
from ganzoo.stochastic.rebar import rebar_and_gradient, squared_norm


class RebarGAN(GenerativeModel):
    """The score function with a relaxed cost as control variate, which is trained too.

    Discriminator: mean of softplus(-a(x)) + softplus(a(x_z)), x_z ~ g(x | z).
    Generator: an unbiased estimate g of the gradient of -E[a(x_z)], as in `reinforce_gan`; the
    control variate is scale * -a(relaxed sample at the temperature).
    Control variate: mean of ||g||^2, whose minimum over scale and temperature is that of g's
    variance.

    Args:
      generator: latents [N, d] to logits [N, *data_shape].
      discriminator: hard and relaxed samples to logits [N, 1], without batch normalization, which
        would let a cost depend on other samples.
      control_variate: `ganzoo.layers.ControlVariate`: scale and temperature.
      distribution: "bernoulli", or "categorical" with one-hot data.
      symbols: what the categories stand for: strings, or (red, green, blue); None.
    """

    network_names = ("discriminator", "generator", "control_variate")
    logged = (
        *("discriminator_loss", "generator_loss", "control_variate_loss", "fooled_rate"),
        *("temperature", "scale"),
    )

    def __init__(
        self,
        generator,
        discriminator,
        control_variate,
        *,
        distribution="bernoulli",
        symbols=None,
        **kwargs,
    ):
        refuse_batch_statistics(discriminator, "discriminator", "The control variate")
        if control_variate.network is not None:
            raise ValueError(
                "control_variate has a network, which rebar_gan does not use: give "
                '{"architecture": "rebar"}, or create relax_gan'
            )
        super().__init__(
            {
                "generator": generator,
                "discriminator": discriminator,
                "control_variate": control_variate,
            },
            {
                "distribution": distribution,
                "symbols": arguments.symbols(symbols),
            },
            **kwargs,
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        seeds = self.step_seeds(5)

        conditional = self.conditional(held(self.generator)(self.draw_latents(real, seeds[0])))
        fake = hard_sample(conditional, self.draw_uniform(real, seeds[1]))
        with tf.GradientTape() as tape:
            real_logits, fake_logits = score_pair(self.discriminator, real, fake)
            loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
        self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, seeds[2])
        uniform, conditional_uniform = (self.draw_uniform(real, seed) for seed in seeds[3:])
        with tf.GradientTape() as variance_tape:
            with tf.GradientTape() as tape:
                conditional = self.conditional(self.generator(latents, training=True))
                costs, gradient = self.estimate(conditional, uniform, conditional_uniform)
                loss = self.average(costs)
            square = self.average(squared_norm(gradient))
        self.minimize("generator", tape, loss)
        self.track_control()
        self.minimize("control_variate", variance_tape, square)
        self.track(fooled_rate=self.average(fooled_rate(-costs[None])))
        return self.logs()

    def estimate(self, conditional, uniform, conditional_uniform):
        """Costs [N], as a surrogate, and g [N, *data_shape]."""
        control = self.control_variate
        return rebar_and_gradient(
            self.cost, conditional, uniform, conditional_uniform, control.temperature, control.scale
        )

    def track_control(self):
        """Logs temperature and scale."""
        control = self.control_variate
        self.track_constant(temperature=control.temperature, scale=control.scale)

    def cost(self, samples):
        """-a(x) [N]."""
        return -vector(held(self.discriminator)(samples))

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        latent_seed, *sample_seeds = self.evaluation_seeds(3)
        conditional = self.conditional(self.generator(self.draw_latents(real, latent_seed)))
        uniform, conditional_uniform = (self.draw_uniform(real, seed) for seed in sample_seeds)
        costs, gradient = self.estimate(conditional, uniform, conditional_uniform)
        real_logits, fake_logits = self.discriminator(real), -costs[:, None]
        self.track(
            discriminator_loss=self.average(
                cross_entropy.discriminator_loss(real_logits, fake_logits)
            ),
            generator_loss=self.average(costs),
            control_variate_loss=self.average(squared_norm(gradient)),
            fooled_rate=self.average(fooled_rate(-costs[None])),
        )
        self.track_control()
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5}}
# The authors' rate for scale and temperature.
_ADAM_OF_CONTROL = {"class_name": "Adam", "config": {"learning_rate": 0.01}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}

register(
    Recipe(
        name="rebar_gan",
        model=RebarGAN,
        title="REBAR: Low-variance, unbiased gradient estimates",
        paper="arXiv 1703.07370",
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
            "control_variate": {"part": "control_variate", "architecture": "rebar"},
        },
        settings={
            "latent_dim": 64,
            "latent_distribution": "uniform",
            "value_range": (0.0, 1.0),
        },
        optimizers={
            "generator_optimizer": _ADAM,
            "discriminator_optimizer": _ADAM,
            "control_variate_optimizer": _ADAM_OF_CONTROL,
        },
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
