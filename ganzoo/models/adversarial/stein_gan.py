"""SteinGAN: Wang and Liu, "Learning to Draw Samples", 2016, arXiv 1611.01722."""

import tensorflow as tf

from ganzoo.losses import stein
from ganzoo.losses.vectors import vector
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, refuse_batch_statistics, score_pair
from ganzoo.models.replicas import gather
from ganzoo.registry import Recipe, register


class SteinGAN(GenerativeModel):
    """Amortized maximum likelihood: an energy p(x) ~ exp(-E(x)) and a network that samples from it.

    Energy: mean of E(x) - w E(G(z)); with w = 1 the gradient of -log p(x) whose intractable part
    the samples estimate, with w < 1 damped.
    Generator: mean of -<phi(G(z)), G(z)>, phi the constant Stein variational direction of the
    samples under the scores -grad E. The kernel compares samples as vectors.

    phi sums over the samples of the minibatch, on several replicas of the global one.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      energy: samples to energies [N, 1], without batch normalization.
      sample_weight: w.
    """

    network_names = ("energy", "generator")
    logged = ("energy_loss", "generator_loss")

    def __init__(self, generator, energy, *, sample_weight=0.3, **kwargs):
        refuse_batch_statistics(energy, "energy", "The score")
        super().__init__(
            {"generator": generator, "energy": energy},
            {"sample_weight": arguments.non_negative("sample_weight", sample_weight)},
            **kwargs,
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        energy_seed, generator_seed = self.step_seeds(2)

        fake = held(self.generator)(self.draw_latents(real, energy_seed))
        with tf.GradientTape() as tape:
            real_energies, fake_energies = score_pair(self.energy, real, fake)
            loss = self.average(vector(real_energies) - self.sample_weight * vector(fake_energies))
        self.minimize("energy", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(latents, training=True)
            loss = self.average(self.stein_loss(fake))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        real_energies, fake_energies = vector(self.energy(real)), vector(self.energy(fake))
        self.track(
            energy_loss=self.average(real_energies - self.sample_weight * fake_energies),
            generator_loss=self.average(self.stein_loss(fake)),
        )
        return self.logs()

    def stein_loss(self, samples):
        """-<phi, G(z)> [N] of samples [N, *data_shape]."""
        constants = tf.stop_gradient(samples)
        scores = -self.energy_gradient(constants)
        flat, points, scores = (_flatten(values) for values in (samples, constants, scores))
        return stein.generator_loss(flat, stein.direction(points, gather(points), gather(scores)))

    def discriminate(self, x):
        """E(x), [N], as a dict."""
        return {"energy": vector(self.energy(x, training=False))}

    def energy_gradient(self, samples):
        """dE(x) / dx, [N, *data_shape]."""
        with tf.GradientTape() as tape:
            tape.watch(samples)
            energies = self.energy(samples)
        return tape.gradient(energies, samples)


def _flatten(samples):
    return tf.reshape(samples, [tf.shape(samples)[0], -1])


def _adam(rate):
    return {"class_name": "Adam", "config": {"learning_rate": rate, "beta_1": 0.5}}


register(
    Recipe(
        name="stein_gan",
        model=SteinGAN,
        title="Learning to Draw Samples: With Application to Amortized MLE for Generative "
        "Adversarial Learning",
        paper="arXiv 1611.01722",
        networks={"generator": {"part": "generator"}, "energy": {"part": "energy"}},
        settings={"latent_dim": 100, "latent_distribution": "uniform"},
        optimizers={"generator_optimizer": _adam(1e-3), "energy_optimizer": _adam(5e-4)},
        batch_size=100,
        epochs=50,
        vector={"latent_dim": 8, "latent_distribution": "normal", "batch_size": 256},
        tiny={
            "latent_dim": 4,
            # Samples of DCGAN's small weights would differ by little more than roundings.
            "generator": {"width": 4, "initializer": "he_normal"},
            "energy": {"width": 4, "code_dim": 4},
        },
    )
)
