"""Conditional LSGAN: Mao, Li, Xie, Lau, Wang, Smolley, ICCV 2017, arXiv 1611.04076."""

import tensorflow as tf

from ganzoo.losses import least_squares
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, inputs_of, score_pair
from ganzoo.registry import Recipe, register


class LSCGAN(GenerativeModel):
    """Least-squares losses with the label y given to both players.

    Discriminator: mean of 1/2 (a(x, y) - b)^2 + 1/2 (a(G(z, y), y) - a0)^2.
    Generator: mean of 1/2 (a(G(z, y), y) - c)^2.

    Fakes are drawn for the labels of the minibatch, so from the labels' distribution in the data,
    and the discriminator sees the same y that the generator received. The published settings of
    (a0, b, c) are (0, 1, 1), the default, and (-1, 1, 0), under which the generator minimizes the
    mean over y of the Pearson chi^2 divergence between p + q and 2 q given y.

    Args:
      generator: [latents [N, d], labels [N]] to samples [N, *data_shape].
      discriminator: [samples, labels] to unbounded scores [N, 1].
      fake_target, real_target, generator_target: a0, b and c.
      discriminator_steps: discriminator updates before each generator update.
    """

    network_names = ("discriminator", "generator")
    minibatch_setting = "discriminator_steps"
    logged = ("discriminator_loss", "generator_loss")

    def __init__(
        self,
        generator,
        discriminator,
        *,
        fake_target=0.0,
        real_target=1.0,
        generator_target=1.0,
        discriminator_steps=1,
        **kwargs,
    ):
        arguments.integer("discriminator_steps", discriminator_steps, 1)
        if arguments.real("real_target", real_target) == arguments.real("fake_target", fake_target):
            raise ValueError(
                f"real_target and fake_target are both {real_target}: they must differ"
            )
        if len(generator.inputs) != 2 or len(discriminator.inputs) != 2:
            raise ValueError(
                "lscgan's generator and discriminator each take two inputs, the second a label"
            )
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "fake_target": fake_target,
                "real_target": real_target,
                "generator_target": arguments.real("generator_target", generator_target),
                "discriminator_steps": discriminator_steps,
            },
            **kwargs,
        )

    def train_step(self, data):
        *discriminator_seeds, generator_seed = self.step_seeds(self.discriminator_steps + 1)
        for (real, label), seed in zip(
            self.minibatches(data, self.discriminator_steps), discriminator_seeds
        ):
            fake = held(self.generator)(inputs_of(self.draw_latents(real, seed), label))
            with tf.GradientTape() as tape:
                scores = score_pair(self.discriminator, real, fake, label)
                loss = self.average(
                    least_squares.discriminator_loss(*scores, self.fake_target, self.real_target)
                )
            self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(inputs_of(latents, label), training=True)
            fake_scores = held(self.discriminator)(inputs_of(fake, label))
            loss = self.average(least_squares.generator_loss(fake_scores, self.generator_target))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, label)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator([self.draw_latents(real, seed), label])
        scores = self.discriminator([real, label]), self.discriminator([fake, label])
        self.track(
            discriminator_loss=self.average(
                least_squares.discriminator_loss(*scores, self.fake_target, self.real_target)
            ),
            generator_loss=self.average(
                least_squares.generator_loss(scores[1], self.generator_target)
            ),
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="lscgan",
        model=LSCGAN,
        title="Least Squares Generative Adversarial Networks (conditional)",
        paper="arXiv 1611.04076",
        conditional=True,
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
