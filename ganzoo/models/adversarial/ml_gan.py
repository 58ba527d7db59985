"""Maximum-likelihood GAN: Goodfellow, "On distinguishability criteria for estimating generative
models", 2014, arXiv 1412.6515; NIPS 2016 tutorial, arXiv 1701.00160, section 3.2."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, refuse_batch_statistics, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import r1_penalty


class MLGAN(GenerativeModel):
    """The game whose generator descends KL(data || generator) where the discriminator is optimal.

    Discriminator: mean of softplus(-a(x)) + softplus(a(G(z))) [+ r1_weight * R1].
    Generator: mean of -1/2 exp(a(G(z))), a the inverse sigmoid of D; beyond a = 10 its tangent.

    A few of the best samples carry nearly all of the gradient, and where the discriminator rejects
    all of them there is none: R1 keeps it from that on images.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to logits [N, 1].
      discriminator_steps: k, the discriminator updates before each generator update.
      r1_weight: gamma of the R1 penalty gamma/2 E||grad a(x)||^2 (Mescheder et al. 2018), 0 in the
        paper; needs a discriminator without batch normalization.
    """

    network_names = ("discriminator", "generator")
    minibatch_setting = "discriminator_steps"
    logged = ("discriminator_loss", "generator_loss")

    def __init__(self, generator, discriminator, *, discriminator_steps=1, r1_weight=0.0, **kwargs):
        arguments.integer("discriminator_steps", discriminator_steps, 1)
        if arguments.non_negative("r1_weight", r1_weight):
            refuse_batch_statistics(discriminator, "discriminator", "R1")
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {"discriminator_steps": discriminator_steps, "r1_weight": r1_weight},
            **kwargs,
        )

    def train_step(self, data):
        *discriminator_seeds, generator_seed = self.step_seeds(self.discriminator_steps + 1)
        for (real, _), seed in zip(
            self.minibatches(data, self.discriminator_steps), discriminator_seeds
        ):
            fake = held(self.generator)(self.draw_latents(real, seed))
            with tf.GradientTape() as tape:
                real_logits, fake_logits = score_pair(self.discriminator, real, fake)
                loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
                if self.r1_weight:
                    loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
            self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake_logits = held(self.discriminator)(self.generator(latents, training=True))
            loss = self.average(cross_entropy.maximum_likelihood_generator_loss(fake_logits))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake_logits = self.discriminator(self.generator(self.draw_latents(real, seed)))
        loss = self.average(cross_entropy.discriminator_loss(self.discriminator(real), fake_logits))
        if self.r1_weight:
            loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
        self.track(
            discriminator_loss=loss,
            generator_loss=self.average(
                cross_entropy.maximum_likelihood_generator_loss(fake_logits)
            ),
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}
_SLOW_TOY_ADAM = {
    "class_name": "Adam",
    "config": {"learning_rate": 2e-4, "beta_1": 0.5, "beta_2": 0.9},
}

register(
    Recipe(
        name="ml_gan",
        model=MLGAN,
        title="On distinguishability criteria for estimating generative models",
        paper="arXiv 1412.6515",
        networks={
            "generator": {"part": "generator"},
            "discriminator": {
                "part": "critic",
                "normalization": None,
                "initializer": "he_normal",
            },
        },
        settings={"latent_dim": 100, "latent_distribution": "uniform", "r1_weight": 10.0},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
        epochs=25,
        vector={
            "latent_dim": 8,
            "latent_distribution": "normal",
            "r1_weight": 0.0,
            "generator_optimizer": _SLOW_TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 4,
            "generator": {"width": 4},
            "discriminator": {"width": 4},
            "discriminator_steps": 2,
        },
    )
)
