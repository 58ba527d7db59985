"""WGAN-GP on the probabilities of discrete data: Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville,
NIPS 2017, arXiv 1704.00028, section 5.4 (character language model)."""

import tensorflow as tf

from ganzoo.losses import wasserstein
from ganzoo.models import arguments
from ganzoo.models.base import (
    GenerativeModel,
    held,
    refuse_batch_statistics,
    score_pair,
)
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import interpolate, two_sided_penalty


class DiscreteWGANGP(GenerativeModel):
    """The critic reads probabilities p(z) where it reads hard data x; nothing is sampled.

    Critic: mean of f(p(z)) - f(x) + lambda (||grad f(x^)||_2 - 1)^2,
    x^ = epsilon x + (1 - epsilon) p(z), one epsilon ~ U(0, 1) for each example.
    Generator: mean of -f(p(z)), p = softmax, or sigmoid, of its logits.

    The paper decodes by argmax: samples are the most probable values, a function of z.
    `wasserstein_estimate` in the logs is the mean of f(x) - f(p(z)), without the penalty.

    Args:
      generator: latents [N, d] to logits [N, *data_shape].
      critic: hard or soft samples to unbounded scores [N, 1], without batch normalization.
      distribution: "bernoulli", or "categorical" with one-hot data.
      symbols: what the categories stand for: strings, or (red, green, blue); None.
      critic_steps: n_critic, the critic updates before each generator update.
      penalty_weight: lambda.
    """

    network_names = ("critic", "generator")
    minibatch_setting = "critic_steps"
    logged = ("critic_loss", "generator_loss", "wasserstein_estimate")
    deterministic = True

    def __init__(
        self,
        generator,
        critic,
        *,
        distribution="bernoulli",
        symbols=None,
        critic_steps=5,
        penalty_weight=10.0,
        **kwargs,
    ):
        arguments.integer("critic_steps", critic_steps, 1)
        arguments.positive("penalty_weight", penalty_weight)
        refuse_batch_statistics(critic, "critic", "The gradient penalty")
        super().__init__(
            {"generator": generator, "critic": critic},
            {
                "distribution": distribution,
                "symbols": arguments.symbols(symbols),
                "critic_steps": critic_steps,
                "penalty_weight": penalty_weight,
            },
            **kwargs,
        )

    def train_step(self, data):
        seeds = self.step_seeds(2 * self.critic_steps + 1)
        for t, (real, _) in enumerate(self.minibatches(data, self.critic_steps)):
            latents = self.draw_latents(real, seeds[2 * t])  # line 4
            fake = self.conditional(held(self.generator)(latents)).mean()  # line 5
            mixed = interpolate(real, fake, self.draw_epsilon(real, seeds[2 * t + 1]))  # line 6
            with tf.GradientTape() as tape:  # line 7
                real_scores, fake_scores = score_pair(self.critic, real, fake)
                distance_loss = self.average(wasserstein.critic_loss(real_scores, fake_scores))
                penalty = self.average(two_sided_penalty(self.critic, mixed))
                loss = distance_loss + self.penalty_weight * penalty
            self.minimize("critic", tape, loss)  # line 9
            self.track(wasserstein_estimate=-distance_loss)

        latents = self.draw_latents(real, seeds[-1])  # line 11
        with tf.GradientTape() as tape:
            fake = self.conditional(self.generator(latents, training=True)).mean()
            fake_scores = held(self.critic)(fake)
            loss = self.average(wasserstein.generator_loss(fake_scores))
        self.minimize("generator", tape, loss)  # line 12
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        latent_seed, epsilon_seed = self.evaluation_seeds(2)
        fake = self.conditional(self.generator(self.draw_latents(real, latent_seed))).mean()
        mixed = interpolate(real, fake, self.draw_epsilon(real, epsilon_seed))
        fake_scores = self.critic(fake)
        distance_loss = self.average(wasserstein.critic_loss(self.critic(real), fake_scores))
        penalty = self.average(two_sided_penalty(self.critic, mixed))
        self.track(
            critic_loss=distance_loss + self.penalty_weight * penalty,
            generator_loss=self.average(wasserstein.generator_loss(fake_scores)),
            wasserstein_estimate=-distance_loss,
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5, "beta_2": 0.9}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="wgan_gp_discrete",
        model=DiscreteWGANGP,
        title="Improved Training of Wasserstein GANs (probabilities of discrete data)",
        paper="arXiv 1704.00028",
        networks={
            "generator": {
                "part": "generator",
                "dense_units": 1024,
                "initializer": "glorot_uniform",
                "output_activation": None,
            },
            "critic": {
                "part": "critic",
                "normalization": None,
                "dense_units": 1024,
                "initializer": "he_normal",
                "output_bias": False,
            },
        },
        settings={
            "latent_dim": 64,
            "latent_distribution": "uniform",
            "value_range": (0.0, 1.0),
        },
        optimizers={"generator_optimizer": _ADAM, "critic_optimizer": _ADAM},
        batch_size=64,
        epochs=100,
        dataset="mnist",
        binarized="dynamic",
        vector={
            "latent_dim": 8,
            "generator_optimizer": _TOY_ADAM,
            "critic_optimizer": _TOY_ADAM,
        },
        tiny={
            "latent_dim": 4,
            "critic_steps": 2,
            "generator": {"width": 4, "dense_units": 8},
            "critic": {"width": 4, "dense_units": 8},
        },
    )
)
