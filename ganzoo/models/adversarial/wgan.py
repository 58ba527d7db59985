"""WGAN: Arjovsky, Chintala, Bottou, ICML 2017, arXiv 1701.07875."""

import tensorflow as tf

from ganzoo.losses import wasserstein
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, score_pair
from ganzoo.registry import Recipe, register


class WGAN(GenerativeModel):
    """Algorithm 1: a critic that weight clipping keeps Lipschitz.

    Critic: mean of f(G(z)) - f(x), then every weight is clipped to [-c, c].
    Generator: mean of -f(G(z)).

    `wasserstein_estimate` in the logs is the mean of f(x) - f(G(z)): K times a lower bound of the
    Wasserstein-1 distance, K unknown and not comparable between architectures.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      critic: samples to unbounded scores [N, 1]; it may have batch normalization.
      critic_steps: n_critic, the critic updates before each generator update.
      clip_value: c.
    """

    network_names = ("critic", "generator")
    minibatch_setting = "critic_steps"
    logged = ("critic_loss", "generator_loss", "wasserstein_estimate")

    def __init__(self, generator, critic, *, critic_steps=5, clip_value=0.01, **kwargs):
        arguments.integer("critic_steps", critic_steps, 1)
        arguments.positive("clip_value", clip_value)
        super().__init__(
            {"generator": generator, "critic": critic},
            {"critic_steps": critic_steps, "clip_value": clip_value},
            **kwargs,
        )

    def train_step(self, data):
        *critic_seeds, generator_seed = self.step_seeds(self.critic_steps + 1)
        for (real, _), seed in zip(self.minibatches(data, self.critic_steps), critic_seeds):
            fake = held(self.generator)(self.draw_latents(real, seed))  # lines 3, 4
            with tf.GradientTape() as tape:
                loss = self.average(wasserstein.critic_loss(*score_pair(self.critic, real, fake)))
            self.minimize("critic", tape, loss)  # lines 5, 6
            for weight in self.critic.trainable_variables:  # line 7
                weight.assign(tf.clip_by_value(weight, -self.clip_value, self.clip_value))
            self.track(wasserstein_estimate=-loss)

        latents = self.draw_latents(real, generator_seed)  # line 9
        with tf.GradientTape() as tape:
            fake_scores = held(self.critic)(self.generator(latents, training=True))
            loss = self.average(wasserstein.generator_loss(fake_scores))
        self.minimize("generator", tape, loss)  # lines 10, 11
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake_scores = self.critic(self.generator(self.draw_latents(real, seed)))
        loss = self.average(wasserstein.critic_loss(self.critic(real), fake_scores))
        self.track(
            critic_loss=loss,
            generator_loss=self.average(wasserstein.generator_loss(fake_scores)),
            wasserstein_estimate=-loss,
        )
        return self.logs()


_RMSPROP = {"class_name": "RMSprop", "config": {"learning_rate": 5e-5, "rho": 0.99}}
_TOY_RMSPROP = {"class_name": "RMSprop", "config": {"learning_rate": 5e-4, "rho": 0.99}}

register(
    Recipe(
        name="wgan",
        model=WGAN,
        title="Wasserstein GAN (weight clipping)",
        paper="arXiv 1701.07875",
        networks={
            "generator": {"part": "generator"},
            "critic": {"part": "critic", "output_bias": False},
        },
        settings={"latent_dim": 100},
        optimizers={"generator_optimizer": _RMSPROP, "critic_optimizer": _RMSPROP},
        batch_size=64,
        epochs=100,
        vector={
            "latent_dim": 8,
            "clip_value": 0.1,
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
