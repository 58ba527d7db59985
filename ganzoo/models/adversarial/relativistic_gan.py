"""Relativistic average GAN: Jolicoeur-Martineau, ICLR 2019, arXiv 1807.00734."""

import tensorflow as tf

from ganzoo.losses import relativistic
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, refuse_batch_statistics, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import r1_penalty


class RelativisticGAN(GenerativeModel):
    """RaSGAN: is a datum more realistic than the samples are on average, and the other way round?

    With r = a(x) - mean a(G(z)) and f = a(G(z)) - mean a(x),

    Discriminator: mean of 1/2 softplus(-r) + 1/2 softplus(f) [+ r1_weight * R1].
    Generator: mean of 1/2 softplus(r) + 1/2 softplus(-f).

    The means are those of the global minibatch on several replicas. The generator compares its
    samples with the data of the last discriminator update.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to logits [N, 1].
      discriminator_steps: discriminator updates before each generator update.
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
                logits = score_pair(self.discriminator, real, fake)
                loss = self.average(relativistic.discriminator_loss(*logits, *self.means(logits)))
                if self.r1_weight:
                    loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
            self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        real_logits = held(self.discriminator)(real)
        with tf.GradientTape() as tape:
            fake_logits = held(self.discriminator)(self.generator(latents, training=True))
            logits = (real_logits, fake_logits)
            loss = self.average(relativistic.generator_loss(*logits, *self.means(logits)))
        self.minimize("generator", tape, loss)
        return self.logs()

    def means(self, logits):
        """Mean over the global batch of each of `logits` [N, 1], with gradients: scalars."""
        sums = [self.average(side[:, 0]) for side in logits]
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, sums)

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        logits = (self.discriminator(real), self.discriminator(fake))
        means = self.means(logits)
        loss = self.average(relativistic.discriminator_loss(*logits, *means))
        if self.r1_weight:
            loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
        self.track(
            discriminator_loss=loss,
            generator_loss=self.average(relativistic.generator_loss(*logits, *means)),
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="relativistic_gan",
        model=RelativisticGAN,
        title="The relativistic discriminator: a key element missing from standard GAN",
        paper="arXiv 1807.00734",
        networks={"generator": {"part": "generator"}, "discriminator": {"part": "critic"}},
        settings={"latent_dim": 128},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=32,
        epochs=25,
        vector={
            "latent_dim": 8,
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={"latent_dim": 4, "generator": {"width": 4}, "discriminator": {"width": 4}},
    )
)
