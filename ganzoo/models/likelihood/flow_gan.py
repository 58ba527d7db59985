"""Flow-GAN: Grover, Dhar, Ermon, "Flow-GAN: Combining Maximum Likelihood and Adversarial Learning
in Generative Models", AAAI 2018, arXiv 1705.08868."""

import math

import tensorflow as tf

from ganzoo.losses import wasserstein
from ganzoo.models import arguments
from ganzoo.models.base import (
    GenerativeModel,
    held,
    refuse_batch_statistics,
    score_pair,
)
from ganzoo.models.likelihood.normalizing_flow import (
    PRIORS,
    check_range,
    dequantize,
    log_density,
    to_range,
)
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import interpolate, two_sided_penalty


class FlowGAN(GenerativeModel):
    """A generator that is a flow: it plays against a critic, and its likelihood is exact.

    Critic (WGAN-GP): mean of f(G(z)) - f(x) + penalty_weight (||grad f(x^)||_2 - 1)^2.
    Generator: mean of adversarial_weight (-f(G(z))) + likelihood_weight (-log p(x)), equation 5.

    G inverts the flow. Images are dequantized for the critic and for the likelihood, each with its
    own noise, and -log p(x) is in nats of images in [0, 1], a sum over dimensions.

    Args:
      generator: a `ganzoo.layers.Flow` from data (images in [0, 1]) to latents.
      critic: samples to unbounded scores [N, 1], without batch normalization.
      likelihood_weight: the paper's lambda; 0: adversarial training alone.
      adversarial_weight: 1 in the paper, 1 / like_reg beside likelihood_weight 1 in its code; 0:
        maximum likelihood alone, which the critic then only watches.
      critic_steps: critic updates, each on a fresh minibatch, before each generator update.
      penalty_weight: weight of the gradient penalty.
    """

    network_names = ("critic", "generator")
    latent_distributions = tuple(PRIORS)
    minibatch_setting = "critic_steps"
    logged = (
        "critic_loss",
        "generator_loss",
        "wasserstein_estimate",
        "negative_log_likelihood",
    )

    def __init__(
        self,
        generator,
        critic,
        *,
        likelihood_weight=1.0,
        adversarial_weight=1.0,
        critic_steps=5,
        penalty_weight=10.0,
        **kwargs,
    ):
        arguments.non_negative("likelihood_weight", likelihood_weight)
        arguments.non_negative("adversarial_weight", adversarial_weight)
        if not (likelihood_weight or adversarial_weight):
            raise ValueError(
                "likelihood_weight=0 and adversarial_weight=0 leave the generator no objective: "
                "give one of them a number above 0"
            )
        arguments.integer("critic_steps", critic_steps, 1)
        arguments.positive("penalty_weight", penalty_weight)
        refuse_batch_statistics(critic, "critic", "The gradient penalty")
        super().__init__(
            {"generator": generator, "critic": critic},
            {
                "likelihood_weight": likelihood_weight,
                "adversarial_weight": adversarial_weight,
                "critic_steps": critic_steps,
                "penalty_weight": penalty_weight,
            },
            # float32 in mixed precision too, where Keras would round latents to bfloat16.
            **{**kwargs, "dtype": "float32"},
        )
        check_range(self)

    def shapes_of(self, sampler):
        return math.prod(sampler.data_shape), sampler.data_shape

    def train_step(self, data):
        seeds = self.step_seeds(3 * self.critic_steps + 2)
        for t, (x, _) in enumerate(self.minibatches(data, self.critic_steps)):
            real_seed, fake_seed, mixing_seed = seeds[3 * t : 3 * t + 3]
            real = to_range(self.dequantized(x, real_seed), self.value_range)
            fake = self.samples(self.draw_latents(x, fake_seed))
            mixed = interpolate(real, fake, self.draw_epsilon(x, mixing_seed))
            with tf.GradientTape() as tape:
                real_scores, fake_scores = score_pair(self.critic, real, fake)
                distance_loss = self.average(wasserstein.critic_loss(real_scores, fake_scores))
                penalty = self.average(two_sided_penalty(self.critic, mixed))
                loss = distance_loss + self.penalty_weight * penalty
            self.minimize("critic", tape, loss)
            self.track(wasserstein_estimate=-distance_loss)

        latents = self.draw_latents(x, seeds[-2])
        x = self.dequantized(x, seeds[-1])
        with tf.GradientTape() as tape:
            fake_scores = held(self.critic)(self.samples(latents))
            loss, nats = self.generator_losses(fake_scores, x)
        self.minimize("generator", tape, loss)
        self.track(negative_log_likelihood=nats)
        return self.logs()

    def generator_losses(self, fake_scores, x):
        """This replica's parts of the mean objective and of the mean -log p(x)."""
        adversarial = self.average(wasserstein.generator_loss(fake_scores))
        nats = self.average(-log_density(self.generator, self.latent_distribution, x))
        weighted = (
            (self.adversarial_weight, adversarial),
            (self.likelihood_weight, nats),
        )
        # A term that is only watched may diverge, and 0 times its gradient is not a number then.
        return sum(weight * term for weight, term in weighted if weight), nats

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        real_seed, fake_seed, mixing_seed, density_seed = self.evaluation_seeds(4)
        real = to_range(self.dequantized(x, real_seed), self.value_range)
        fake = self.samples(self.draw_latents(x, fake_seed))
        mixed = interpolate(real, fake, self.draw_epsilon(x, mixing_seed))
        fake_scores = self.critic(fake)
        distance_loss = self.average(wasserstein.critic_loss(self.critic(real), fake_scores))
        penalty = self.average(two_sided_penalty(self.critic, mixed))
        loss, nats = self.generator_losses(fake_scores, self.dequantized(x, density_seed))
        self.track(
            critic_loss=distance_loss + self.penalty_weight * penalty,
            generator_loss=loss,
            wasserstein_estimate=-distance_loss,
            negative_log_likelihood=nats,
        )
        return self.logs()

    def dequantized(self, x, seed):
        """`dequantize` with this replica's noise."""
        return dequantize(x, self.value_range, self.draw_uniform(x, seed))

    def samples(self, latents):
        """G(z): latents [N, d] to samples in `value_range`."""
        return to_range(self.generator.inverse(latents), self.value_range)

    def call(self, inputs, training=None):
        """Latents [N, d] to samples in `value_range`."""
        return to_range(self.sampler.inverse(inputs), self.value_range)

    def log_prob(self, x):
        """log p(x) in nats, [N]: of images, of the middle of each pixel's gray level (u = 1/2)."""
        x = dequantize(x, self.value_range, 0.5)
        return log_density(self.sampler, self.latent_distribution, x)


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5, "beta_2": 0.9}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="flow_gan",
        model=FlowGAN,
        title="Flow-GAN: Combining Maximum Likelihood and Adversarial Learning",
        paper="arXiv 1705.08868",
        networks={
            "generator": {"part": "flow", "architecture": "nice", "alpha": 1e-7},
            "critic": {
                "part": "critic",
                "normalization": None,
                "dense_units": 1024,
                "initializer": "he_normal",
                "output_bias": False,
            },
        },
        settings={"latent_distribution": "logistic", "value_range": (0.0, 1.0)},
        optimizers={"generator_optimizer": _ADAM, "critic_optimizer": _ADAM},
        batch_size=100,
        epochs=500,
        dataset="mnist",
        vector={
            "value_range": None,
            "latent_distribution": "normal",
            "penalty_weight": 0.1,
            "generator": {"architecture": "real_nvp"},
            "generator_optimizer": _TOY_ADAM,
            "critic_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={
            "generator": {"units": (8,)},
            "critic": {"width": 4, "dense_units": 8},
            "critic_steps": 2,
        },
    )
)
