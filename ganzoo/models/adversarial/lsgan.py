"""LSGAN: Mao, Li, Xie, Lau, Wang, Smolley, ICCV 2017, arXiv 1611.04076."""

import tensorflow as tf

from ganzoo.losses import least_squares
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, refuse_batch_statistics, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import r1_penalty

# The paper's two settings of (a, b, c): (fake_target, real_target, generator_target).
PEARSON_TARGETS = (-1.0, 1.0, 0.0)  # minimizes a Pearson chi^2 divergence, section 3.2
ZERO_ONE_TARGETS = (0.0, 1.0, 1.0)  # the coding of the paper's experiments


class LSGAN(GenerativeModel):
    """Least-squares losses in place of cross-entropy.

    Discriminator: mean of 1/2 (a(x) - b)^2 + 1/2 (a(G(z)) - a0)^2 [+ r1_weight * R1].
    Generator: mean of 1/2 (a(G(z)) - c)^2.

    With b - c = 1 and b - a0 = 2 the generator minimizes the Pearson chi^2 divergence between
    p + q and 2 q; the published settings are `PEARSON_TARGETS` and `ZERO_ONE_TARGETS` (default).

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to unbounded scores [N, 1].
      fake_target, real_target, generator_target: a0, b and c.
      discriminator_steps: discriminator updates before each generator update.
      r1_weight: gamma of the R1 penalty, 0 in the paper; needs a discriminator without batch
        normalization.
    """

    network_names = ("discriminator", "generator")
    minibatch_setting = "discriminator_steps"
    logged = ("discriminator_loss", "generator_loss")

    def __init__(
        self,
        generator,
        discriminator,
        *,
        fake_target=ZERO_ONE_TARGETS[0],
        real_target=ZERO_ONE_TARGETS[1],
        generator_target=ZERO_ONE_TARGETS[2],
        discriminator_steps=1,
        r1_weight=0.0,
        **kwargs,
    ):
        arguments.integer("discriminator_steps", discriminator_steps, 1)
        if arguments.real("real_target", real_target) == arguments.real("fake_target", fake_target):
            raise ValueError(
                f"real_target and fake_target are both {real_target}: they must differ"
            )
        if arguments.non_negative("r1_weight", r1_weight):
            refuse_batch_statistics(discriminator, "discriminator", "R1")
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "fake_target": fake_target,
                "real_target": real_target,
                "generator_target": arguments.real("generator_target", generator_target),
                "discriminator_steps": discriminator_steps,
                "r1_weight": r1_weight,
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
                real_scores, fake_scores = score_pair(self.discriminator, real, fake)
                loss = self.average(
                    least_squares.discriminator_loss(
                        real_scores, fake_scores, self.fake_target, self.real_target
                    )
                )
                if self.r1_weight:
                    loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
            self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake_scores = held(self.discriminator)(self.generator(latents, training=True))
            loss = self.average(least_squares.generator_loss(fake_scores, self.generator_target))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake_scores = self.discriminator(self.generator(self.draw_latents(real, seed)))
        loss = self.average(
            least_squares.discriminator_loss(
                self.discriminator(real), fake_scores, self.fake_target, self.real_target
            )
        )
        if self.r1_weight:
            loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
        self.track(
            discriminator_loss=loss,
            generator_loss=self.average(
                least_squares.generator_loss(fake_scores, self.generator_target)
            ),
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="lsgan",
        model=LSGAN,
        title="Least Squares Generative Adversarial Networks",
        paper="arXiv 1611.04076",
        networks={"generator": {"part": "generator"}, "discriminator": {"part": "critic"}},
        settings={"latent_dim": 100, "latent_distribution": "uniform"},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
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
