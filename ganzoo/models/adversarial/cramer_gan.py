"""Cramer GAN: Bellemare, Danihelka, Dabney, Mohamed, Lakshminarayanan, Hoyer, Munos, 2017,
arXiv 1705.10743."""

import tensorflow as tf

from ganzoo.layers import held_statistics
from ganzoo.losses import cramer
from ganzoo.models import arguments
from ganzoo.models.base import (
    GenerativeModel,
    augments,
    held,
    refuse_batch_statistics,
    score_all,
)
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import interpolate, two_sided_penalty


class CramerGAN(GenerativeModel):
    """Algorithm 1: the energy distance between features that a critic learns.

    With h(.) the critic's features, g and g' independent samples, and the witness
    f(u) = ||h(u) - h(g')|| - ||h(u)||,

    Critic: mean of f(g) - f(x) + lambda (||grad f(x^)||_2 - 1)^2, x^ = epsilon x + (1 - epsilon) g.
    Generator: mean of ||h(x) - h(g)|| + ||h(x) - h(g')|| - ||h(g) - h(g')||.

    `surrogate_distance` in the logs is the mean of f(x) - f(g), without the penalty.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      critic: samples to features [N, k], without batch normalization.
      critic_steps: critic updates before each generator update.
      penalty_weight: lambda.
    """

    network_names = ("critic", "generator")
    minibatch_setting = "critic_steps"
    logged = ("critic_loss", "generator_loss", "surrogate_distance")

    def __init__(self, generator, critic, *, critic_steps=5, penalty_weight=10.0, **kwargs):
        arguments.integer("critic_steps", critic_steps, 1)
        arguments.positive("penalty_weight", penalty_weight)
        refuse_batch_statistics(critic, "critic", "The gradient penalty")
        super().__init__(
            {"generator": generator, "critic": critic},
            {"critic_steps": critic_steps, "penalty_weight": penalty_weight},
            **kwargs,
        )

    def train_step(self, data):
        seeds = self.step_seeds(3 * self.critic_steps + 2)
        for t, (real, _) in enumerate(self.minibatches(data, self.critic_steps)):
            fake, other = tf.split(held(self.generator)(self.draw_two(real, seeds[3 * t :])), 2)
            mixed = interpolate(real, fake, self.draw_epsilon(real, seeds[3 * t + 2]))
            with tf.GradientTape() as tape:
                features = score_all(self.critic, [real, fake, other])
                # DiffAugment has no part in the penalty.
                reference = self.critic(other) if augments(self.critic) else features[2]
                surrogate_loss, penalty = self.critic_terms(features, mixed, reference)
                loss = surrogate_loss + self.penalty_weight * penalty
            self.minimize("critic", tape, loss)
            self.track(surrogate_distance=-surrogate_loss)

        latents = self.draw_two(real, seeds[-2:])
        with tf.GradientTape() as tape:
            samples = self.generator(latents, training=True)
            with held_statistics():
                features = score_all(self.critic, [real, *tf.split(samples, 2)])
            loss = self.average(cramer.generator_loss(*features))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        seeds = self.evaluation_seeds(3)
        fake, other = tf.split(self.generator(self.draw_two(real, seeds)), 2)
        mixed = interpolate(real, fake, self.draw_epsilon(real, seeds[2]))
        features = [self.critic(samples) for samples in (real, fake, other)]
        surrogate_loss, penalty = self.critic_terms(features, mixed, features[2])
        self.track(
            critic_loss=surrogate_loss + self.penalty_weight * penalty,
            generator_loss=self.average(cramer.generator_loss(*features)),
            surrogate_distance=-surrogate_loss,
        )
        return self.logs()

    def critic_terms(self, features, mixed, reference):
        """The means of f(g) - f(x), of the features of x, g and g', and of the penalty.

        `reference` are the features of g' that f has at the mixed examples.
        """

        def witness(samples):
            return cramer.witness(self.critic(samples), reference)

        return (
            self.average(cramer.critic_loss(*features)),
            self.average(two_sided_penalty(witness, mixed)),
        )

    def draw_two(self, real, seeds):
        """The latents of g and of g', [2 N, d], of the first two seeds."""
        return tf.concat([self.draw_latents(real, seed) for seed in seeds[:2]], axis=0)


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5, "beta_2": 0.9}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="cramer_gan",
        model=CramerGAN,
        title="The Cramer Distance as a Solution to Biased Wasserstein Gradients",
        paper="arXiv 1705.10743",
        networks={
            "generator": {"part": "generator"},
            "critic": {
                "part": "critic",
                "normalization": None,
                "initializer": "he_normal",
                "output_units": 256,
            },
        },
        settings={"latent_dim": 128},
        optimizers={"generator_optimizer": _ADAM, "critic_optimizer": _ADAM},
        batch_size=64,
        epochs=100,
        vector={
            "latent_dim": 8,
            "critic": {"output_units": 16},
            "penalty_weight": 0.1,
            "generator_optimizer": _TOY_ADAM,
            "critic_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 4,
            "generator": {"width": 4},
            "critic": {"width": 4, "output_units": 6},
            "penalty_weight": 0.1,
            "critic_steps": 2,
        },
    )
)
