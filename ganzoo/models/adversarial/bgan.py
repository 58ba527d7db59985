"""BGAN on continuous data: Hjelm et al., "Boundary-Seeking GANs", ICLR 2018, arXiv 1702.08431."""

import tensorflow as tf

from ganzoo.losses import boundary_seeking, cross_entropy
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, refuse_batch_statistics, score_pair
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.gradient_penalty import r1_penalty


class BGAN(GenerativeModel):
    """A generator that seeks the decision boundary D = 1/2.

    Discriminator: mean of softplus(-a(x)) + softplus(a(G(z))) [+ r1_weight * R1].
    Generator: mean of 1/2 (a(G(z)) - log Z)^2.

    The printed loss has log Z = 0. The released code subtracts a running estimate,
    log Z <- decay log Z + (1 - decay) log mean exp a(G(z)), which `log_z_decay=0.995` reproduces;
    `log_z` is then in the logs (0 otherwise).

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to logits [N, 1].
      log_z_decay: decay of the running log Z in [0, 1), or None for log Z = 0.
      discriminator_steps: discriminator updates before each generator update.
      r1_weight: gamma of the R1 penalty, 0 in the paper; needs a discriminator without batch
        normalization.
    """

    network_names = ("discriminator", "generator")
    minibatch_setting = "discriminator_steps"
    logged = ("discriminator_loss", "generator_loss", "log_z")

    def __init__(
        self,
        generator,
        discriminator,
        *,
        log_z_decay=None,
        discriminator_steps=1,
        r1_weight=0.0,
        **kwargs,
    ):
        arguments.integer("discriminator_steps", discriminator_steps, 1)
        if log_z_decay is not None:
            arguments.fraction("log_z_decay", log_z_decay)
        if arguments.non_negative("r1_weight", r1_weight):
            refuse_batch_statistics(discriminator, "discriminator", "R1")
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "log_z_decay": log_z_decay,
                "discriminator_steps": discriminator_steps,
                "r1_weight": r1_weight,
            },
            **kwargs,
        )
        self.log_z = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="float32",
            trainable=False,
            name="log_z",
            aggregation="only_first_replica",
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
            if self.log_z_decay is not None:
                self.update_log_z(fake_logits)
            log_z = tf.convert_to_tensor(self.log_z)
            loss = self.average(boundary_seeking.generator_loss(fake_logits, log_z))
        self.minimize("generator", tape, loss)
        self.track(log_z=log_z / tf.distribute.get_strategy().num_replicas_in_sync)
        return self.logs()

    def update_log_z(self, fake_logits):
        """Moves log Z toward log-mean-exp of the global batch's logits [N, 1], as a constant."""
        estimate = boundary_seeking.log_mean_exp(tf.stop_gradient(fake_logits))
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            # The mean over replicas of exp(estimate), relative to log Z so that it stays in range.
            log_z = tf.cast(tf.convert_to_tensor(self.log_z), tf.float64)
            ratio = tf.distribute.get_replica_context().all_reduce(
                tf.distribute.ReduceOp.MEAN, tf.exp(tf.cast(estimate, tf.float64) - log_z)
            )
            estimate = tf.cast(log_z + tf.math.log(ratio), tf.float32)
        self.log_z.assign(self.log_z_decay * self.log_z + (1.0 - self.log_z_decay) * estimate)

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake_logits = self.discriminator(self.generator(self.draw_latents(real, seed)))
        log_z = tf.convert_to_tensor(self.log_z)
        loss = self.average(cross_entropy.discriminator_loss(self.discriminator(real), fake_logits))
        if self.r1_weight:
            loss += self.r1_weight * self.average(r1_penalty(self.discriminator, real))
        self.track(
            discriminator_loss=loss,
            generator_loss=self.average(boundary_seeking.generator_loss(fake_logits, log_z)),
            log_z=log_z / tf.distribute.get_strategy().num_replicas_in_sync,
        )
        return self.logs()


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="bgan",
        model=BGAN,
        title="Boundary-Seeking Generative Adversarial Networks (continuous data)",
        paper="arXiv 1702.08431",
        networks={"generator": {"part": "generator"}, "discriminator": {"part": "critic"}},
        settings={"latent_dim": 128},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
        epochs=50,
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
            "log_z_decay": 0.9,
        },
    )
)
