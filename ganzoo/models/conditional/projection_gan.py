"""Projection GAN: Miyato and Koyama, "cGANs with Projection Discriminator", ICLR 2018, arXiv
1802.05637."""

import tensorflow as tf

from ganzoo.losses import hinge
from ganzoo.models import arguments
from ganzoo.models.base import (
    GenerativeModel,
    held,
    require_spectral_normalization,
    score_pair,
)
from ganzoo.registry import Recipe, register


class ProjectionGAN(GenerativeModel):
    """A discriminator that takes the label as an inner product with its features, hinge losses.

    a(x, y) = psi(phi(x)) + <v_y, phi(x)> (equation 3): the log ratio of densities splits into one
    of p(x) and one of p(y|x), and the second is linear in phi if both p(y|x) are log-linear in it.
    Kernels of the discriminator are spectrally normalized.

    Discriminator: mean of max(0, 1 - a(x, y)) + max(0, 1 + a(G(z, y), y)).
    Generator: mean of -a(G(z, y), y).

    Fakes are drawn for the labels of the minibatch, so from the labels' distribution in the data,
    and the discriminator sees the same y that the generator received.

    Args:
      generator: [latents [N, d], labels [N]] to samples [N, *data_shape].
      discriminator: [samples, labels] to unbounded scores [N, 1]; every layer that has a kernel or
        embeddings is inside `ganzoo.layers.SpectralNormalization`, and no layer normalizes
        activations.
      discriminator_steps: n_dis, the discriminator updates before each generator update.
    """

    network_names = ("discriminator", "generator")
    minibatch_setting = "discriminator_steps"
    logged = ("discriminator_loss", "generator_loss")

    def __init__(self, generator, discriminator, *, discriminator_steps=5, **kwargs):
        arguments.integer("discriminator_steps", discriminator_steps, 1)
        if len(generator.inputs) != 2 or len(discriminator.inputs) != 2:
            raise ValueError(
                "projection_gan's generator and discriminator each take two inputs, the second a "
                "label"
            )
        require_spectral_normalization(
            discriminator,
            "discriminator",
            "put every layer that has one inside ganzoo.layers.SpectralNormalization, and no "
            "normalization between",
        )
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {"discriminator_steps": discriminator_steps},
            **kwargs,
        )

    def train_step(self, data):
        *discriminator_seeds, generator_seed = self.step_seeds(self.discriminator_steps + 1)
        for (real, label), seed in zip(
            self.minibatches(data, self.discriminator_steps), discriminator_seeds
        ):
            fake = held(self.generator)([self.draw_latents(real, seed), label])
            with tf.GradientTape() as tape:
                real_scores, fake_scores = score_pair(self.discriminator, real, fake, label)
                loss = self.average(hinge.discriminator_loss(real_scores, fake_scores))
            self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator([latents, label], training=True)
            fake_scores = held(self.discriminator)([fake, label])
            loss = self.average(hinge.generator_loss(fake_scores))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, label)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator([self.draw_latents(real, seed), label])
        real_scores = self.discriminator([real, label])
        fake_scores = self.discriminator([fake, label])
        self.track(
            discriminator_loss=self.average(hinge.discriminator_loss(real_scores, fake_scores)),
            generator_loss=self.average(hinge.generator_loss(fake_scores)),
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.0, "beta_2": 0.9}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.0, "beta_2": 0.9}}

register(
    Recipe(
        name="projection_gan",
        model=ProjectionGAN,
        title="cGANs with Projection Discriminator",
        paper="arXiv 1802.05637",
        conditional=True,
        networks={
            "generator": {"part": "conditional_generator"},
            "discriminator": {"part": "projection_critic"},
        },
        settings={"latent_dim": 128},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
        epochs=100,
        vector={
            "latent_dim": 8,
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 4,
            "generator": {"width": 4},
            "discriminator": {"width": 4},
            "discriminator_steps": 2,
            # Inside the margin the gradient of the output's bias is 0: scores have to leave it.
            "discriminator_optimizer": {
                "class_name": "Adam",
                "config": {"learning_rate": 5e-3, "beta_1": 0.0, "beta_2": 0.9},
            },
        },
    )
)
