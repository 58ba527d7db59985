"""Conditional WGAN-GP: the Wasserstein game of Gulrajani et al., NIPS 2017, arXiv 1704.00028, with
the label given to both players as in Mirza and Osindero 2014, arXiv 1411.1784."""

import tensorflow as tf

from ganzoo.losses import wasserstein
from ganzoo.models import arguments
from ganzoo.models.base import (
    GenerativeModel,
    held,
    inputs_of,
    refuse_batch_statistics,
    score_pair,
)
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import interpolate, two_sided_penalty


class WCGAN(GenerativeModel):
    """Algorithm 1 of WGAN-GP for every class at once: a critic f(x, y) of examples and labels.

    Critic: mean of f(G(z, y), y) - f(x, y) + lambda (||grad f(x^, y)||_2 - 1)^2,
    x^ = epsilon x + (1 - epsilon) G(z, y), one epsilon ~ U(0, 1) for each example.
    Generator: mean of -f(G(z, y), y).

    Fakes are drawn for the labels of the minibatch, so from the labels' distribution in the data.
    An example and the fake that it is mixed with have the same label, and the gradient is that in
    x: labels are no points to move between. So f(., y) is drawn to slope 1 for every y by itself,
    and where it is 1-Lipschitz the loss bounds the mean over y of W1(data given y, samples given
    y).

    `wasserstein_estimate` in the logs is the mean of f(x, y) - f(G(z, y), y), without the penalty.

    Args:
      generator: [latents [N, d], labels [N]] to samples [N, *data_shape].
      critic: [samples, labels] to unbounded scores [N, 1], without batch normalization.
      critic_steps: n_critic, the critic updates before each generator update.
      penalty_weight: lambda; 10 for images, 0.1 in the paper's 2-D examples.
    """

    network_names = ("critic", "generator")
    minibatch_setting = "critic_steps"
    logged = ("critic_loss", "generator_loss", "wasserstein_estimate")

    def __init__(self, generator, critic, *, critic_steps=5, penalty_weight=10.0, **kwargs):
        arguments.integer("critic_steps", critic_steps, 1)
        arguments.positive("penalty_weight", penalty_weight)
        if len(generator.inputs) != 2 or len(critic.inputs) != 2:
            raise ValueError(
                "wcgan's generator and critic each take two inputs, the second a label"
            )
        refuse_batch_statistics(critic, "critic", "The gradient penalty")
        super().__init__(
            {"generator": generator, "critic": critic},
            {"critic_steps": critic_steps, "penalty_weight": penalty_weight},
            **kwargs,
        )

    def train_step(self, data):
        seeds = self.step_seeds(2 * self.critic_steps + 1)
        for t, (real, label) in enumerate(self.minibatches(data, self.critic_steps)):
            latents = self.draw_latents(real, seeds[2 * t])  # lines 4, 5
            fake = held(self.generator)(inputs_of(latents, label))
            mixed = interpolate(real, fake, self.draw_epsilon(real, seeds[2 * t + 1]))  # line 6
            with tf.GradientTape() as tape:  # line 7
                real_scores, fake_scores = score_pair(self.critic, real, fake, label)
                distance_loss = self.average(wasserstein.critic_loss(real_scores, fake_scores))
                penalty = self.average(self.penalty(mixed, label))
                loss = distance_loss + self.penalty_weight * penalty
            self.minimize("critic", tape, loss)  # line 9
            self.track(wasserstein_estimate=-distance_loss)

        latents = self.draw_latents(real, seeds[-1])  # line 11
        with tf.GradientTape() as tape:
            fake = self.generator(inputs_of(latents, label), training=True)
            fake_scores = held(self.critic)(inputs_of(fake, label))
            loss = self.average(wasserstein.generator_loss(fake_scores))
        self.minimize("generator", tape, loss)  # line 12
        return self.logs()

    def test_step(self, data):
        [(real, label)] = self.minibatches(data)
        latent_seed, epsilon_seed = self.evaluation_seeds(2)
        fake = self.generator([self.draw_latents(real, latent_seed), label])
        mixed = interpolate(real, fake, self.draw_epsilon(real, epsilon_seed))
        real_scores, fake_scores = self.critic([real, label]), self.critic([fake, label])
        distance_loss = self.average(wasserstein.critic_loss(real_scores, fake_scores))
        penalty = self.average(self.penalty(mixed, label))
        self.track(
            critic_loss=distance_loss + self.penalty_weight * penalty,
            generator_loss=self.average(wasserstein.generator_loss(fake_scores)),
            wasserstein_estimate=-distance_loss,
        )
        return self.logs()

    def penalty(self, mixed, label):
        """The two-sided penalty of `mixed` [N, ...] under fixed labels [N]: [N]."""
        return two_sided_penalty(lambda samples: self.critic([samples, label]), mixed)


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5, "beta_2": 0.9}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="wcgan",
        model=WCGAN,
        title="Conditional Wasserstein GAN with gradient penalty",
        paper="arXiv 1704.00028",
        conditional=True,
        networks={
            "generator": {"part": "generator"},
            "critic": {
                "part": "critic",
                "normalization": None,
                "initializer": "he_normal",
                "output_bias": False,
            },
        },
        settings={"latent_dim": 128},
        optimizers={"generator_optimizer": _ADAM, "critic_optimizer": _ADAM},
        batch_size=64,
        epochs=100,
        vector={
            "latent_dim": 8,
            "penalty_weight": 0.1,
            "generator_optimizer": _TOY_ADAM,
            "critic_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 4,
            "generator": {"width": 4},
            "critic": {"width": 4},
            "critic_steps": 2,
        },
    )
)
