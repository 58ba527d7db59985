"""Relaxed Wasserstein GAN: Guo, Hong, Lin, Yang, 2017, arXiv 1705.07164."""

import keras
import tensorflow as tf

from ganzoo.losses import bregman, wasserstein
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, last_activation, score_pair
from ganzoo.registry import Recipe, register

SMALLEST_INTENSITY = 1e-3  # grad phi of "kl" is infinite at 0


class RelaxedWGAN(GenerativeModel):
    """WGAN in the dual coordinates grad phi(x) of a transport that costs a Bregman divergence.

    Critic: mean of f(grad phi(G(z))) - f(grad phi(x)), then its weights are clipped to [-c, c].
    Generator: mean of -f(grad phi(G(z))).

    The game has its equilibrium where samples are as data, but the critic's loss estimates a
    Wasserstein-1 distance between coordinates, not the cost of the Bregman transport. With phi(x) =
    1/2 |x|^2 the coordinates are x and this is WGAN. With the "kl" potential phi(x) = sum of
    x log x they are 1 + log x; there x is mapped from `value_range` to [`SMALLEST_INTENSITY`, 1]
    first.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      critic: grad phi of samples, of their shape, to unbounded scores [N, 1].
      potential: "kl", for data in a `value_range`, or "squared_euclidean".
      critic_steps: n_critic, the critic updates before each generator update.
      clip_value: c.
    """

    network_names = ("critic", "generator")
    minibatch_setting = "critic_steps"
    logged = ("critic_loss", "generator_loss")

    def __init__(
        self, generator, critic, *, potential="kl", critic_steps=5, clip_value=0.005, **kwargs
    ):
        arguments.choice("potential", potential, bregman.POTENTIALS)
        arguments.integer("critic_steps", critic_steps, 1)
        arguments.positive("clip_value", clip_value)
        super().__init__(
            {"generator": generator, "critic": critic},
            {"potential": potential, "critic_steps": critic_steps, "clip_value": clip_value},
            **kwargs,
        )
        if potential == "kl" and not (self.value_range and stays_in(generator, self.value_range)):
            raise ValueError(
                f'potential="kl" is of positive data and value_range={self.value_range}, which the '
                "generator does not keep to: give the range of the data and a last activation that "
                'stays in it, value_range=(0.0, 1.0) and generator={"output_activation": "sigmoid"}'
                ' or (-1.0, 1.0) and "tanh", or potential="squared_euclidean"'
            )

    def train_step(self, data):
        *critic_seeds, generator_seed = self.step_seeds(self.critic_steps + 1)
        for (real, _), seed in zip(self.minibatches(data, self.critic_steps), critic_seeds):
            fake = held(self.generator)(self.draw_latents(real, seed))
            with tf.GradientTape() as tape:
                scores = score_pair(self.critic, self.coordinates(real), self.coordinates(fake))
                loss = self.average(wasserstein.critic_loss(*scores))
            self.minimize("critic", tape, loss)
            for weight in self.critic.trainable_variables:
                weight.assign(tf.clip_by_value(weight, -self.clip_value, self.clip_value))

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(latents, training=True)
            fake_scores = held(self.critic)(self.coordinates(fake))
            loss = self.average(wasserstein.generator_loss(fake_scores))
        self.minimize("generator", tape, loss)
        return self.logs()

    def coordinates(self, x):
        """grad phi of x [N, *data_shape], of the same shape."""
        if self.potential == "kl":
            low, high = self.value_range
            x = (x - low) / (high - low)
            x = SMALLEST_INTENSITY + (1.0 - SMALLEST_INTENSITY) * x
        return bregman.potential_gradient(self.potential, x)

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        real_scores, fake_scores = (self.discriminate(x)["score"] for x in (real, fake))
        self.track(
            critic_loss=self.average(wasserstein.critic_loss(real_scores, fake_scores)),
            generator_loss=self.average(wasserstein.generator_loss(fake_scores)),
        )
        return self.logs()

    def discriminate(self, x):
        """Scores [N, 1] of x [N, *data_shape], as a dict."""
        return {"score": self.critic(self.coordinates(x), training=False)}


_RMSPROP = {"class_name": "RMSprop", "config": {"learning_rate": 5e-4, "rho": 0.99}}


def stays_in(generator, value_range):
    """Whether the last activation of a network has no values outside, as far as it is known."""
    ranges = {
        keras.activations.linear: (-float("inf"), float("inf")),
        keras.activations.tanh: (-1.0, 1.0),
        keras.activations.sigmoid: (0.0, 1.0),
    }
    low, high = ranges.get(last_activation(generator), value_range)
    return value_range[0] <= low and high <= value_range[1]


register(
    Recipe(
        name="relaxed_wgan",
        model=RelaxedWGAN,
        title="Relaxed Wasserstein with Applications to GANs",
        paper="arXiv 1705.07164",
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
            "potential": "squared_euclidean",
            "clip_value": 0.1,
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
