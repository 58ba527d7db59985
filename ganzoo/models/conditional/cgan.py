"""Conditional GAN: Mirza and Osindero 2014, arXiv 1411.1784."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.models import arguments
from ganzoo.models.base import (
    GenerativeModel,
    held,
    inputs_of,
    refuse_batch_statistics,
    score_pair,
)
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import r1_penalty


class CGAN(GenerativeModel):
    """The game of equation 2 with the label y given to both players, non-saturating.

    Discriminator: mean of softplus(-a(x, y)) + softplus(a(G(z, y), y)) [+ r1_weight * R1].
    Generator: mean of softplus(-a(G(z, y), y)).

    Fakes are drawn for the labels of the minibatch, so from the labels' distribution in the data,
    and the discriminator sees the same y that the generator received.

    Args:
      generator: [latents [N, d], labels [N]] to samples [N, *data_shape].
      discriminator: [samples, labels] to logits [N, 1].
      discriminator_steps: k, the discriminator updates before each generator update.
      r1_weight: gamma of the R1 penalty in x, 0 in the paper; needs a discriminator without batch
        normalization.
    """

    network_names = ("discriminator", "generator")
    minibatch_setting = "discriminator_steps"
    logged = ("discriminator_loss", "generator_loss")

    def __init__(self, generator, discriminator, *, discriminator_steps=1, r1_weight=0.0, **kwargs):
        arguments.integer("discriminator_steps", discriminator_steps, 1)
        if len(generator.inputs) != 2 or len(discriminator.inputs) != 2:
            raise ValueError(
                "cgan's generator and discriminator each take two inputs, the second a label"
            )
        if arguments.non_negative("r1_weight", r1_weight):
            refuse_batch_statistics(discriminator, "discriminator", "R1")
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {"discriminator_steps": discriminator_steps, "r1_weight": r1_weight},
            **kwargs,
        )

    def train_step(self, data):
        *discriminator_seeds, generator_seed = self.step_seeds(self.discriminator_steps + 1)
        for (real, label), seed in zip(
            self.minibatches(data, self.discriminator_steps), discriminator_seeds
        ):
            fake = held(self.generator)(inputs_of(self.draw_latents(real, seed), label))
            with tf.GradientTape() as tape:
                real_logits, fake_logits = score_pair(self.discriminator, real, fake, label)
                loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
                if self.r1_weight:
                    loss += self.r1_weight * self.average(self.r1(real, label))
            self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(inputs_of(latents, label), training=True)
            fake_logits = held(self.discriminator)(inputs_of(fake, label))
            loss = self.average(cross_entropy.non_saturating_generator_loss(fake_logits))
        self.minimize("generator", tape, loss)
        return self.logs()

    def r1(self, real, label):
        """R1 of the scores of `real` [N, ...] under fixed labels [N]: [N]."""
        return r1_penalty(lambda samples: self.discriminator([samples, label]), real)

    def test_step(self, data):
        [(real, label)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator([self.draw_latents(real, seed), label])
        fake_logits = self.discriminator([fake, label])
        real_logits = self.discriminator([real, label])
        loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
        if self.r1_weight:
            loss += self.r1_weight * self.average(self.r1(real, label))
        self.track(
            discriminator_loss=loss,
            generator_loss=self.average(cross_entropy.non_saturating_generator_loss(fake_logits)),
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="cgan",
        model=CGAN,
        title="Conditional Generative Adversarial Nets",
        paper="arXiv 1411.1784",
        conditional=True,
        networks={"generator": {"part": "generator"}, "discriminator": {"part": "critic"}},
        settings={"latent_dim": 100, "latent_distribution": "uniform"},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=100,
        epochs=50,
        vector={
            "latent_dim": 8,
            "latent_distribution": "normal",
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={"latent_dim": 4, "generator": {"width": 4}, "discriminator": {"width": 4}},
    )
)
