"""A generator of bits with a step function at its end: the straight-through estimator of Bengio,
Leonard, Courville 2013, arXiv 1308.3432, in a GAN."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.losses.vectors import vector
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.stochastic.importance import fooled_rate
from ganzoo.stochastic.straight_through import deterministic_step, straight_through

STEPS = ("deterministic", "sampled")


class StraightThroughGAN(GenerativeModel):
    """Hard samples x; the backward pass takes them for their probabilities p = sigma(slope l).

    Discriminator: mean of softplus(-a(x)) + softplus(a(G(z))), both sides hard.
    Generator: mean of softplus(-a(G(z))) with dx/dp = 1, a biased gradient.

    "deterministic" is x = 1[p >= 1/2], or the most probable category (Hjelm et al. 2017, arXiv
    1702.08431, first version, equation 3): then x is a function of z, and samples are those most
    probable ones. "sampled" draws x from p, as that paper's released code does. A slope that grows
    anneals the step (Chung, Ahn, Bengio 2016, arXiv 1609.01704): the p of training, of `generate`
    and of an export is that of the present slope.

    Args:
      generator: latents [N, d] to logits [N, *data_shape].
      discriminator: hard samples to logits [N, 1].
      distribution: "bernoulli", or "categorical" with one-hot data.
      symbols: what the categories stand for: strings, or (red, green, blue); None.
      step: "deterministic" or "sampled".
      slope: number above 0, or a Keras schedule of the iteration: see
        `ganzoo.stochastic.schedules.LinearToCeiling`.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss", "fooled_rate", "slope")

    def __init__(
        self,
        generator,
        discriminator,
        *,
        distribution="bernoulli",
        symbols=None,
        step="sampled",
        slope=1.0,
        **kwargs,
    ):
        arguments.choice("step", step, STEPS)
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "distribution": distribution,
                "symbols": arguments.symbols(symbols),
                "step": step,
                "slope": arguments.schedule("slope", slope),
            },
            **kwargs,
        )
        self.deterministic = step == "deterministic"

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        seeds = self.step_seeds(4)

        fake = self.harden(held(self.generator)(self.draw_latents(real, seeds[0])), seeds[1])
        with tf.GradientTape() as tape:
            real_logits, fake_logits = score_pair(self.discriminator, real, fake)
            loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
        self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, seeds[2])
        with tf.GradientTape() as tape:
            fake = self.harden(self.generator(latents, training=True), seeds[3])
            fake_logits = held(self.discriminator)(fake)
            loss = self.average(cross_entropy.non_saturating_generator_loss(fake_logits))
        self.minimize("generator", tape, loss)
        self.track_others(fake_logits)
        return self.logs()

    def harden(self, logits, seed):
        """Hard samples [N, *data_shape] with the gradient of their probabilities."""
        conditional = self.conditional(logits)
        if self.deterministic:
            return deterministic_step(conditional)
        return straight_through(conditional, self.draw_uniform(logits, seed))

    def conditional(self, logits):
        """g(x | z) at the present slope: probabilities p of logits [N, *data_shape]."""
        return super().conditional(self.scheduled("slope") * logits)

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        latent_seed, sample_seed = self.evaluation_seeds(2)
        fake = self.harden(self.generator(self.draw_latents(real, latent_seed)), sample_seed)
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
        """Logs the share of samples that D takes for data, and the slope."""
        self.track_constant(slope=self.scheduled("slope"))
        self.track(fooled_rate=self.average(fooled_rate(vector(fake_logits)[None])))


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}

register(
    Recipe(
        name="straight_through_gan",
        model=StraightThroughGAN,
        title="Estimating or Propagating Gradients Through Stochastic Neurons",
        paper="arXiv 1308.3432",
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
