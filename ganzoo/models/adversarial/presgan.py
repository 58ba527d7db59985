"""PresGAN: Dieng, Ruiz, Blei and Titsias, "Prescribed Generative Adversarial Networks", 2019, arXiv
1910.04302."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.losses import cross_entropy
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, batch_size_of, held, score_pair
from ganzoo.models.replicas import total
from ganzoo.registry import Recipe, register
from ganzoo.stochastic import hamiltonian, noise

# Of the authors' code: the acceptance that step sizes go to, and how fast.
_ACCEPTANCE = 0.67
_STEP_SIZE_RATE = 0.02


class PresGAN(GenerativeModel):
    """A generator with a density, x = mu(z) + sigma epsilon, whose entropy keeps its modes.

    Discriminator: that of the non-saturating game between x + sigma epsilon of data and of samples,
        with the same epsilon, and sigma a constant.
    Generator and scale: mean of -log D(mu(z) + sigma epsilon) - entropy_weight * H(p(x)).

    The gradient of the entropy (equations 7 to 10) is that of <c, x> with the constant

        c = -grad log p(x) = E_{z'|x} (x - mu(z')) / sigma^2,

    a mean over draws of Hamiltonian Monte Carlo from p(z'|x), which start at the z that x was made
    of, an exact draw; under batch normalization nearly one, as x was normalized by its batch and
    the chains use moving statistics. `generate` and `decode` give mu; `observation_model` has the
    noise.

    Args:
      generator: latents [N, d] to means mu [N, *data_shape].
      discriminator: samples to logits [N, 1].
      scale: samples to sigma of the same shape, see `ganzoo.networks.noise_scale`.
      entropy_weight: lambda; 0 is the non-saturating game with noise.
      burn_in, posterior_samples: transitions that are dropped, and kept, of each chain.
      leapfrog_steps: of a transition. Its step size starts at 1/d and follows the acceptance, in
        the transitions that are dropped.
    """

    network_names = ("discriminator", "generator", "scale")
    latent_distributions = ("normal",)
    logged = ("discriminator_loss", "generator_loss", "scale_loss", "acceptance")

    def __init__(
        self,
        generator,
        discriminator,
        scale,
        *,
        entropy_weight=0.01,
        burn_in=2,
        posterior_samples=2,
        leapfrog_steps=5,
        **kwargs,
    ):
        super().__init__(
            {"generator": generator, "discriminator": discriminator, "scale": scale},
            {
                "entropy_weight": arguments.non_negative("entropy_weight", entropy_weight),
                "burn_in": arguments.integer("burn_in", burn_in, 0),
                "posterior_samples": arguments.integer("posterior_samples", posterior_samples, 1),
                "leapfrog_steps": arguments.integer("leapfrog_steps", leapfrog_steps, 1),
            },
            **kwargs,
        )
        self.step_size = self.add_weight(
            shape=(),
            initializer=lambda shape, dtype=None: tf.fill(shape, 1.0 / self.latent_dim),
            trainable=False,
            name="step_size",
            aggregation="only_first_replica",
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        latent_seed, noise_seed, *chain_seeds = self.step_seeds(2 + self.chain_draws)
        latents = self.draw_latents(real, latent_seed)
        epsilon = self.draw(noise.normal, [batch_size_of(real), *self.data_shape], noise_seed)

        fake, sigma = self.noisy(held(self.generator)(latents), epsilon)
        with tf.GradientTape() as tape:
            real_logits, fake_logits = score_pair(self.discriminator, real + sigma * epsilon, fake)
            loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
        self.minimize("discriminator", tape, loss)

        entropy_slope, step_size, acceptance = self.entropy_slope(fake, sigma, latents, chain_seeds)
        with tf.GradientTape(persistent=True) as tape:
            fake, _ = self.noisy(self.generator(latents, training=True), epsilon)
            fake_logits = held(self.discriminator)(fake)
            loss = self.average(self.generator_losses(fake_logits, fake, entropy_slope))
        self.minimize("generator", tape, loss)
        self.minimize("scale", tape, loss)
        self.step_size.assign(step_size)
        self.track_constant(acceptance=acceptance)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        latent_seed, noise_seed, *chain_seeds = self.evaluation_seeds(2 + self.chain_draws)
        latents = self.draw_latents(real, latent_seed)
        epsilon = self.draw(noise.normal, [batch_size_of(real), *self.data_shape], noise_seed)
        fake, sigma = self.noisy(self.generator(latents), epsilon)
        entropy_slope, _, acceptance = self.entropy_slope(fake, sigma, latents, chain_seeds)
        real_logits = self.discriminator(real + sigma * epsilon)
        fake_logits = self.discriminator(fake)
        generator_loss = self.average(self.generator_losses(fake_logits, fake, entropy_slope))
        self.track(
            discriminator_loss=self.average(
                cross_entropy.discriminator_loss(real_logits, fake_logits)
            ),
            generator_loss=generator_loss,
            scale_loss=generator_loss,
        )
        self.track_constant(acceptance=acceptance)
        return self.logs()

    def noisy(self, means, epsilon):
        """(mu + sigma epsilon, sigma), [N, *data_shape] each."""
        sigma = self.scale(means)
        return means + sigma * epsilon, sigma

    def generator_losses(self, fake_logits, fake, entropy_slope):
        """-log D(x) - entropy_weight <c, x>, [N]; the second term has the entropy's gradient."""
        adversarial = cross_entropy.non_saturating_generator_loss(fake_logits)
        products = _sum_of_features(entropy_slope * fake)
        return adversarial - self.entropy_weight * products

    # === The posterior of the latents ===

    @property
    def chain_draws(self):
        """Seeds of a chain: a momentum and a decision for each transition."""
        return 2 * (self.burn_in + self.posterior_samples)

    def entropy_slope(self, x, sigma, latents, seeds):
        """c = E_{z'|x} (x - mu(z')) / sigma^2 [N, *data_shape], constant, by chains from `latents`.

        Also the step size that they end with and the mean acceptance over all replicas.
        """
        x, sigma = tf.stop_gradient(x), tf.stop_gradient(sigma)

        def log_joint(z):
            errors = (x - self.generator(z, training=False)) / sigma
            return -0.5 * (tf.reduce_sum(z**2, axis=-1) + _sum_of_features(errors**2))

        state = hamiltonian.state(log_joint, latents)
        step_size = tf.convert_to_tensor(self.step_size)
        means, acceptances = [], []
        for index, (momentum_seed, uniform_seed) in enumerate(zip(seeds[::2], seeds[1::2])):
            momentum = self.draw(noise.normal, [batch_size_of(x), self.latent_dim], momentum_seed)
            uniform = self.draw(noise.uniform, [batch_size_of(x)], uniform_seed)
            state, acceptance = hamiltonian.transition(
                log_joint, state, momentum, uniform, step_size, self.leapfrog_steps
            )
            acceptances.append(total(self.average(acceptance)))
            if index < self.burn_in:
                step_size *= 1.0 + _STEP_SIZE_RATE * (acceptances[-1] - _ACCEPTANCE)
            else:
                means.append(self.generator(state.z, training=False))
        slope = (x - tf.add_n(means) / self.posterior_samples) / sigma**2
        return slope, step_size, tf.add_n(acceptances) / len(acceptances)

    def observation_model(self, decoded):
        """p(x|z) = N(mu, diag sigma^2) for means [N, *data_shape], with that event shape."""
        pixels = tfd.Normal(decoded, self.scale(decoded))
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(self.data_shape))


def _sum_of_features(values):
    """[N] of [N, *data_shape]."""
    return tf.reduce_sum(tf.reshape(values, [tf.shape(values)[0], -1]), axis=-1)


def _adam(rate, **settings):
    return {"class_name": "Adam", "config": {"learning_rate": rate, "beta_1": 0.5, **settings}}


register(
    Recipe(
        name="presgan",
        model=PresGAN,
        title="Prescribed Generative Adversarial Networks",
        paper="arXiv 1910.04302",
        networks={
            "generator": {"part": "generator"},
            "discriminator": {"part": "critic"},
            "scale": {"part": "noise_scale"},
        },
        settings={"latent_dim": 100},
        optimizers={
            "generator_optimizer": _adam(2e-4),
            "discriminator_optimizer": _adam(2e-4),
            "scale_optimizer": _adam(2e-4),
        },
        batch_size=64,
        epochs=50,
        vector={
            "latent_dim": 8,
            "generator_optimizer": _adam(1e-3, beta_2=0.9),
            "discriminator_optimizer": _adam(1e-3, beta_2=0.9),
            "scale_optimizer": _adam(1e-3, beta_2=0.9),
            "batch_size": 256,
        },
        tiny={"latent_dim": 4, "generator": {"width": 4}, "discriminator": {"width": 4}},
    )
)
