"""DRAGAN: Kodali, Abernethy, Hays, Kira, "On Convergence and Stability of GANs", 2017,
arXiv 1705.07215."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.models import arguments
from ganzoo.models.base import (
    GenerativeModel,
    batch_size_of,
    held,
    refuse_batch_statistics,
    score_pair,
)
from ganzoo.models.replicas import total
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import two_sided_penalty


class DRAGAN(GenerativeModel):
    """The non-saturating game with a gradient penalty around the data, and nowhere else.

    Discriminator: mean of softplus(-a(x)) + softplus(a(G(z))) + lambda (||grad a(x~)||_2 - 1)^2,
    x~ = x + alpha delta, delta = perturbation * std(x) * u.
    Generator: mean of softplus(-a(G(z))).

    As in the released code u ~ U(0, 1) for every feature, alpha ~ U(0, 1) for every example, and
    std(x) is that of all values of the (global) minibatch.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to logits [N, 1], without batch normalization.
      penalty_weight: lambda.
      perturbation: the reach of the noise in standard deviations of the data.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss", "gradient_penalty")

    def __init__(
        self, generator, discriminator, *, penalty_weight=10.0, perturbation=0.5, **kwargs
    ):
        arguments.positive("penalty_weight", penalty_weight)
        arguments.positive("perturbation", perturbation)
        refuse_batch_statistics(discriminator, "discriminator", "The gradient penalty")
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {"penalty_weight": penalty_weight, "perturbation": perturbation},
            **kwargs,
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        fake_seed, *noise_seeds, generator_seed = self.step_seeds(4)

        fake = held(self.generator)(self.draw_latents(real, fake_seed))
        nearby = self.perturb(real, noise_seeds)
        with tf.GradientTape() as tape:
            real_logits, fake_logits = score_pair(self.discriminator, real, fake)
            loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
            penalty = self.average(two_sided_penalty(self.discriminator, nearby))
            loss += self.penalty_weight * penalty
        self.minimize("discriminator", tape, loss)
        self.track(gradient_penalty=penalty)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake_logits = held(self.discriminator)(self.generator(latents, training=True))
            loss = self.average(cross_entropy.non_saturating_generator_loss(fake_logits))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        fake_seed, *noise_seeds = self.evaluation_seeds(3)
        fake_logits = self.discriminator(self.generator(self.draw_latents(real, fake_seed)))
        loss = self.average(cross_entropy.discriminator_loss(self.discriminator(real), fake_logits))
        penalty = self.average(
            two_sided_penalty(self.discriminator, self.perturb(real, noise_seeds))
        )
        self.track(
            discriminator_loss=loss + self.penalty_weight * penalty,
            generator_loss=self.average(cross_entropy.non_saturating_generator_loss(fake_logits)),
            gradient_penalty=penalty,
        )
        return self.logs()

    def perturb(self, real, seeds):
        """x~, the points near data [N, *data_shape] at which the penalty is taken."""
        direction = self.draw_uniform(real, seeds[0])
        alpha = self.draw_epsilon(real, seeds[1])
        return real + alpha * self.perturbation * self.deviation(real) * direction

    def deviation(self, real):
        """Standard deviation of all values of the global minibatch, a scalar."""
        values = tf.reshape(real, [batch_size_of(real), -1])
        mean = total(self.average(tf.reduce_mean(values, axis=1)))
        variance = total(self.average(tf.reduce_mean(tf.square(values - mean), axis=1)))
        return tf.sqrt(variance)


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5, "beta_2": 0.9}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="dragan",
        model=DRAGAN,
        title="On Convergence and Stability of GANs (DRAGAN)",
        paper="arXiv 1705.07215",
        networks={
            "generator": {"part": "generator"},
            "discriminator": {
                "part": "critic",
                "normalization": None,
                "initializer": "he_normal",
            },
        },
        settings={"latent_dim": 100},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
        epochs=25,
        vector={
            "latent_dim": 8,
            "penalty_weight": 1.0,
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={"latent_dim": 4, "generator": {"width": 4}, "discriminator": {"width": 4}},
    )
)
