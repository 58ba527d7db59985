"""DCGAN: Radford, Metz, Chintala, ICLR 2016, arXiv 1511.06434."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, refuse_batch_statistics, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import r1_penalty


class DCGAN(GenerativeModel):
    """The non-saturating game on convolutional networks, one pass of the generator a step.

    Discriminator: mean of softplus(-a(x)) + softplus(a(G(z))) [+ r1_weight * R1].
    Generator: mean of -log D(G(z)) = softplus(-a(G(z))), on the samples that the discriminator has
    just learned from, as in the authors' Torch code: a fifth of the arithmetic less than with
    fresh noise. The discriminator judges them again, with its new weights.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to logits [N, 1].
      real_target, fake_target: labels of data and of samples for the discriminator, 1 and 0 in the
        paper; one-sided label smoothing (Salimans et al. 2016) is real_target=0.9.
      r1_weight: gamma of the R1 penalty gamma/2 E||grad a(x)||^2 (Mescheder et al. 2018), 0 in the
        paper; needs a discriminator without batch normalization.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss", "discriminator_accuracy")

    def __init__(
        self,
        generator,
        discriminator,
        *,
        real_target=1.0,
        fake_target=0.0,
        r1_weight=0.0,
        **kwargs,
    ):
        targets = arguments.label_targets(real_target, fake_target)
        if arguments.non_negative("r1_weight", r1_weight):
            refuse_batch_statistics(discriminator, "discriminator", "R1")
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {**targets, "r1_weight": r1_weight},
            **kwargs,
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        latents = self.draw_latents(real, seed)
        with tf.GradientTape() as generator_tape:
            fake = self.generator(latents, training=True)

        with tf.GradientTape() as tape:
            real_logits, fake_logits = score_pair(self.discriminator, real, fake)
            loss = self.average(
                cross_entropy.discriminator_loss(
                    real_logits, fake_logits, self.real_target, self.fake_target
                )
            )
            if self.r1_weight:
                loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
        self.minimize("discriminator", tape, loss)
        self.track(
            discriminator_accuracy=self.average(
                cross_entropy.discriminator_accuracy(real_logits, fake_logits)
            )
        )

        with generator_tape:
            fake_logits = held(self.discriminator)(fake)
            loss = self.average(cross_entropy.non_saturating_generator_loss(fake_logits))
        self.minimize("generator", generator_tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        loss = self.average(
            cross_entropy.discriminator_loss(
                real_logits, fake_logits, self.real_target, self.fake_target
            )
        )
        if self.r1_weight:
            loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
        self.track(
            discriminator_loss=loss,
            generator_loss=self.average(cross_entropy.non_saturating_generator_loss(fake_logits)),
            discriminator_accuracy=self.average(
                cross_entropy.discriminator_accuracy(real_logits, fake_logits)
            ),
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="dcgan",
        model=DCGAN,
        title="Unsupervised Representation Learning with Deep Convolutional GANs",
        paper="arXiv 1511.06434",
        networks={
            "generator": {"part": "generator"},
            "discriminator": {"part": "critic"},
        },
        settings={"latent_dim": 100, "latent_distribution": "uniform"},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=128,
        epochs=25,
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
