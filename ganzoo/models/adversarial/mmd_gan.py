"""MMD-GAN: Li, Chang, Cheng, Yang, Poczos, NIPS 2017, arXiv 1705.08584."""

import tensorflow as tf

from ganzoo.losses import mmd
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held
from ganzoo.models.replicas import gather, share
from ganzoo.registry import Recipe, register


class MMDGAN(GenerativeModel):
    """Moment matching under a fixed kernel, on the codes of an auto-encoder that is the critic.

    With M the maximum mean discrepancy between codes f(x) and f(G(z)) under
    k(a, b) = sum over s in {1, 2, 4, 8, 16} of exp(-||a - b||^2 / (2 s^2)), R the mean over codes
    of min(0, mean f(x) - mean f(G(z))), and e the mean squared error of a reconstruction,

    Critic: -M - rank_weight R + reconstruction_weight (mean e(x) + mean e(G(z))), then every weight
    of the encoder is clipped to [-c, c].
    Generator: M + rank_weight R.

    M and R are of the whole minibatch, on several replicas of the global one.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      critic: samples to codes [N, k] and reconstructions [N, *data_shape], its layer "encoder"
        makes the codes; it may have batch normalization.
      critic_steps: critic updates before each generator update.
      clip_value: c.
      rank_weight: of R.
      reconstruction_weight: of the errors.
    """

    network_names = ("critic", "generator")
    minibatch_setting = "critic_steps"
    logged = ("critic_loss", "generator_loss", "mmd")

    def __init__(
        self,
        generator,
        critic,
        *,
        critic_steps=5,
        clip_value=0.01,
        rank_weight=16.0,
        reconstruction_weight=8.0,
        **kwargs,
    ):
        arguments.integer("critic_steps", critic_steps, 1)
        arguments.positive("clip_value", clip_value)
        arguments.non_negative("rank_weight", rank_weight)
        arguments.non_negative("reconstruction_weight", reconstruction_weight)
        super().__init__(
            {"generator": generator, "critic": critic},
            {
                "critic_steps": critic_steps,
                "clip_value": clip_value,
                "rank_weight": rank_weight,
                "reconstruction_weight": reconstruction_weight,
            },
            **kwargs,
        )

    def train_step(self, data):
        *critic_seeds, generator_seed = self.step_seeds(self.critic_steps + 1)
        for (real, _), seed in zip(self.minibatches(data, self.critic_steps), critic_seeds):
            fake = held(self.generator)(self.draw_latents(real, seed))
            with tf.GradientTape() as tape:
                real_codes, real_copies = self.critic(real, training=True)
                fake_codes, fake_copies = self.critic(fake, training=True)
                distance, order = self.discrepancy(real_codes, fake_codes)
                error = self.error(real, real_copies) + self.error(fake, fake_copies)
                loss = self.reconstruction_weight * error - distance - self.rank_weight * order
            self.minimize("critic", tape, loss)
            for weight in self.critic.get_layer("encoder").trainable_variables:
                weight.assign(tf.clip_by_value(weight, -self.clip_value, self.clip_value))
            self.track(mmd=distance)

        latents = self.draw_latents(real, generator_seed)
        real_codes, _ = held(self.critic)(real)
        with tf.GradientTape() as tape:
            fake_codes, _ = held(self.critic)(self.generator(latents, training=True))
            distance, order = self.discrepancy(real_codes, fake_codes)
            loss = distance + self.rank_weight * order
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        (real_codes, real_copies), (fake_codes, fake_copies) = self.critic(real), self.critic(fake)
        distance, order = self.discrepancy(real_codes, fake_codes)
        error = self.error(real, real_copies) + self.error(fake, fake_copies)
        generator_loss = distance + self.rank_weight * order
        self.track(
            critic_loss=self.reconstruction_weight * error - generator_loss,
            generator_loss=generator_loss,
            mmd=distance,
        )
        return self.logs()

    def discrepancy(self, real_codes, fake_codes):
        """This replica's parts of M and of R."""
        real_codes, fake_codes = gather(real_codes), gather(fake_codes)
        return (
            share(mmd.mmd(real_codes, fake_codes)),
            share(mmd.mean_order(real_codes, fake_codes)),
        )

    def error(self, samples, copies):
        """The mean of e over examples."""
        return self.average(
            tf.reduce_mean(tf.square(samples - copies), axis=range(1, len(samples.shape)))
        )

    def discriminate(self, x):
        """The codes that the kernels compare, [N, s], as a dict."""
        codes, _ = self.critic(x, training=False)
        return {"code": codes}

    def reconstruct(self, x):
        """What the critic's decoder makes of the codes, as a dict."""
        _, copies = self.critic(x, training=False)
        return {"image": copies}


_RMSPROP = {"class_name": "RMSprop", "config": {"learning_rate": 5e-5, "rho": 0.99}}
_TOY_RMSPROP = {"class_name": "RMSprop", "config": {"learning_rate": 5e-4, "rho": 0.99}}

register(
    Recipe(
        name="mmd_gan",
        model=MMDGAN,
        title="MMD GAN: Towards Deeper Understanding of Moment Matching Network",
        paper="arXiv 1705.08584",
        networks={"generator": {"part": "generator"}, "critic": {"part": "autoencoder"}},
        settings={"latent_dim": 10},
        optimizers={"generator_optimizer": _RMSPROP, "critic_optimizer": _RMSPROP},
        batch_size=64,
        epochs=100,
        vector={
            "latent_dim": 8,
            # Unbounded samples would lower R without end, by moving away.
            "rank_weight": 0.0,
            "clip_value": 0.3,
            "generator_optimizer": _TOY_RMSPROP,
            "critic_optimizer": _TOY_RMSPROP,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 4,
            "generator": {"width": 4},
            "critic": {"width": 4},
            "critic_steps": 2,
        },
    )
)
