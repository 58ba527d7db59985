"""Non-saturating GAN: Goodfellow et al., NIPS 2014, arXiv 1406.2661, section 3."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, refuse_batch_statistics, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import r1_penalty, r2_penalty


class NSGAN(GenerativeModel):
    """Algorithm 1 with the generator that maximizes log D(G(z)).

    Discriminator: mean of softplus(-a(x)) + softplus(a(G(z))) [+ r1_weight * R1].
    Generator: mean of -log D(G(z)) = softplus(-a(G(z))).

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to logits [N, 1].
      discriminator_steps: k, the discriminator updates before each generator update; the paper's
        experiments use 1.
      real_target, fake_target: labels of data and of samples for the discriminator, 1 and 0 in the
        paper; one-sided label smoothing (Salimans et al. 2016) is real_target=0.9.
      r1_weight: gamma of the R1 penalty gamma/2 E||grad a(x)||^2 (Mescheder et al. 2018), 0 in the
        paper; needs a discriminator without batch normalization.
      r2_weight: gamma of R2, the same at samples.
    """

    network_names = ("discriminator", "generator")
    minibatch_setting = "discriminator_steps"
    logged = ("discriminator_loss", "generator_loss", "discriminator_accuracy")

    def __init__(
        self,
        generator,
        discriminator,
        *,
        discriminator_steps=1,
        real_target=1.0,
        fake_target=0.0,
        r1_weight=0.0,
        r2_weight=0.0,
        **kwargs,
    ):
        arguments.integer("discriminator_steps", discriminator_steps, 1)
        targets = arguments.label_targets(real_target, fake_target)
        if arguments.non_negative("r1_weight", r1_weight):
            refuse_batch_statistics(discriminator, "discriminator", "R1")
        if arguments.non_negative("r2_weight", r2_weight):
            refuse_batch_statistics(discriminator, "discriminator", "R2")
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "discriminator_steps": discriminator_steps,
                **targets,
                "r1_weight": r1_weight,
                "r2_weight": r2_weight,
            },
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
                loss = self.average(
                    cross_entropy.discriminator_loss(
                        real_logits, fake_logits, self.real_target, self.fake_target
                    )
                )
                if self.r1_weight:
                    loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
                if self.r2_weight:
                    loss += self.r2_weight * self.average(r2_penalty(self.discriminator, fake))
            self.minimize("discriminator", tape, loss)
            self.track(
                discriminator_accuracy=self.average(
                    cross_entropy.discriminator_accuracy(real_logits, fake_logits)
                )
            )

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake_logits = held(self.discriminator)(self.generator(latents, training=True))
            loss = self.average(cross_entropy.non_saturating_generator_loss(fake_logits))
        self.minimize("generator", tape, loss)
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
        if self.r2_weight:
            loss += self.r2_weight * self.average(r2_penalty(self.discriminator, fake))
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
        name="nsgan",
        model=NSGAN,
        title="Generative Adversarial Nets (non-saturating game)",
        paper="arXiv 1406.2661",
        networks={
            "generator": {
                "part": "generator",
                "architecture": "mlp",
                "units": (1200, 1200),
                "output_activation": "tanh",
            },
            "discriminator": {
                "part": "critic",
                "architecture": "mlp",
                "units": (240, 240),
                "activation": "leaky_relu",
            },
        },
        settings={"latent_dim": 100, "latent_distribution": "uniform"},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=100,
        epochs=50,
        vector={
            "latent_dim": 8,
            "latent_distribution": "normal",
            "generator": {"units": (128, 128, 128), "output_activation": None},
            "discriminator": {"units": (128, 128), "activation": "relu"},
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 4,
            "generator": {"units": (8,)},
            "discriminator": {"units": (8,)},
            "discriminator_steps": 2,
        },
    )
)
