"""SNGAN: Miyato, Kataoka, Koyama, Yoshida, ICLR 2018, arXiv 1802.05957."""

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


class SNGAN(GenerativeModel):
    """The hinge game against a discriminator whose weights have spectral norm 1.

    Discriminator: mean of max(0, 1 - a(x)) + max(0, 1 + a(G(z))).
    Generator: mean of -a(G(z)).

    Every update of the discriminator is one power iteration for each of its layers.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to unbounded scores [N, 1]; every layer that has a kernel is inside
        `ganzoo.layers.SpectralNormalization`, and no layer normalizes activations.
      discriminator_steps: n_dis, the discriminator updates before each generator update.
    """

    network_names = ("discriminator", "generator")
    minibatch_setting = "discriminator_steps"
    logged = ("discriminator_loss", "generator_loss")

    def __init__(self, generator, discriminator, *, discriminator_steps=5, **kwargs):
        arguments.integer("discriminator_steps", discriminator_steps, 1)
        require_spectral_normalization(discriminator, "discriminator", _REMEDY)
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {"discriminator_steps": discriminator_steps},
            **kwargs,
        )

    def train_step(self, data):
        *discriminator_seeds, generator_seed = self.step_seeds(self.discriminator_steps + 1)
        for (real, _), seed in zip(
            self.minibatches(data, self.discriminator_steps), discriminator_seeds
        ):
            fake = held(self.generator)(self.draw_latents(real, seed))
            with tf.GradientTape() as tape:
                scores = score_pair(self.discriminator, real, fake)
                loss = self.average(hinge.discriminator_loss(*scores))
            self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake_scores = held(self.discriminator)(self.generator(latents, training=True))
            loss = self.average(hinge.generator_loss(fake_scores))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake_scores = self.discriminator(self.generator(self.draw_latents(real, seed)))
        real_scores = self.discriminator(real)
        self.track(
            discriminator_loss=self.average(hinge.discriminator_loss(real_scores, fake_scores)),
            generator_loss=self.average(hinge.generator_loss(fake_scores)),
        )
        return self.logs()


_REMEDY = (
    'build it with discriminator={"normalization": "spectral"}, for sequences with '
    '{"architecture": "mlp"} beside it'
)
_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.0, "beta_2": 0.9}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="sngan",
        model=SNGAN,
        title="Spectral Normalization for Generative Adversarial Networks",
        paper="arXiv 1802.05957",
        networks={
            "generator": {"part": "generator"},
            "discriminator": {
                "part": "critic",
                "normalization": "spectral",
                "initializer": "glorot_uniform",
            },
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
            # A hinge that no example has passed yet has no gradient to the output's bias.
            "discriminator": {"width": 4, "output_bias": False},
            "discriminator_steps": 2,
        },
    )
)
