"""Bayesian GAN: Saatchi and Wilson, NIPS 2017, arXiv 1705.09558."""

import tensorflow as tf

from ganzoo.models import ensembles
from ganzoo.models.base import GenerativeModel, held
from ganzoo.registry import Recipe, register


class BayesianGAN(GenerativeModel):
    """Generators and discriminators that are draws of their conditional posteriors.

    With prior p(theta), J generators G_j and K discriminators a_k (equations 1 and 2, and the sum
    over the other players' draws of algorithm 1, here a mean):

        log p(theta_k | .) = N mean(log D_k(x)) + N mean_j mean(log(1 - D_k(G_j(z)))) + log prior
        log p(theta_j | .) = N mean_k mean(log D_k(G_j(z)))                           + log prior

    Every player is a chain of its own. Discriminators: sum over k of the mean of softplus(-a_k(x))
    + softplus(a_k(G_j(z))). Generators: sum over j of the mean of softplus(-a_k(G_j(z))). Noise and
    prior are the business of the optimizer, `ganzoo.optimizers.SGHMC`; with another one these are
    ensembles of the usual game, and with J = K = 1 the game itself.

    Logged are the losses of a mean player. The last latent, from U(-1, 1), chooses the generator of
    a sample.

    Args:
      generator: see `ganzoo.networks.dcgan_generator_ensemble`.
      discriminator: samples to the logits [N, K] of all discriminators.
    """

    network_names = ("discriminator", "generator")
    latent_distributions = ("uniform",)  # the last latent chooses each generator as often
    logged = ("discriminator_loss", "generator_loss")

    def __init__(self, generator, discriminator, **kwargs):
        super().__init__({"generator": generator, "discriminator": discriminator}, **kwargs)

    def fit(self, x, *args, **kwargs):
        """`GenerativeModel.fit`; warns where SGHMC counts other numbers of examples than x has."""
        ensembles.warn_of_num_examples(self, x)
        return super().fit(x, *args, **kwargs)

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        discriminator_seed, generator_seed = self.step_seeds(2)

        fake = ensembles.samples_of_all(self, real, discriminator_seed, held)
        with tf.GradientTape() as tape:
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            loss = self.sum_of_discriminators(real_logits, fake_logits)
        self.descend(
            "discriminator",
            tape.gradient(loss, self.discriminator.trainable_variables),
            loss / self.num_discriminators,
        )

        with tf.GradientTape() as tape:
            fake = ensembles.samples_of_all(self, real, generator_seed, ensembles.in_training)
            loss = self.sum_of_generators(held(self.discriminator)(fake))
        self.descend(
            "generator",
            tape.gradient(loss, self.generator.trainable_variables),
            loss / self.num_generators,
        )
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = ensembles.samples_of_all(self, real, seed, lambda member: member)
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        discriminators = self.sum_of_discriminators(real_logits, fake_logits)
        self.track(
            discriminator_loss=discriminators / self.num_discriminators,
            generator_loss=self.sum_of_generators(fake_logits) / self.num_generators,
        )
        return self.logs()

    @property
    def num_generators(self):
        """J."""
        return ensembles.num_members(self.generator)

    @property
    def num_discriminators(self):
        """K."""
        return self.discriminator.output_shape[-1]

    def sum_of_discriminators(self, real_logits, fake_logits):
        """Sum over k of the losses above for logits [N, K] and [J N, K], this replica's part."""
        of_real = tf.reduce_sum(tf.nn.softplus(-real_logits), axis=1)
        of_fake = tf.reduce_sum(tf.nn.softplus(fake_logits), axis=1)
        return self.average(of_real) + self.average(of_fake)

    def sum_of_generators(self, fake_logits):
        """Sum over j of the losses above for logits [J N, K], this replica's part."""
        losses = tf.reduce_mean(tf.nn.softplus(-fake_logits), axis=1)
        return self.num_generators * self.average(losses)

    def discriminate(self, x):
        """Logits a_k(x) of every discriminator [N, K] and the mean of D_k(x) [N], as a dict."""
        logits = self.discriminator(x, training=False)
        return {"score": logits, "probability": tf.reduce_mean(tf.sigmoid(logits), axis=1)}


register(
    Recipe(
        name="bayesian_gan",
        model=BayesianGAN,
        title="Bayesian GAN",
        paper="arXiv 1705.09558",
        networks={
            "generator": {"part": "generator_ensemble"},
            "discriminator": {"part": "critic_ensemble"},
        },
        settings={"latent_dim": 101, "latent_distribution": "uniform"},
        optimizers={
            "generator_optimizer": ensembles.sghmc(60_000),
            "discriminator_optimizer": ensembles.sghmc(60_000, 1e-4),
        },
        batch_size=64,
        epochs=50,
        vector={
            "latent_dim": 9,
            "batch_size": 256,
            "generator_optimizer": ensembles.sghmc(25_600),
            "discriminator_optimizer": ensembles.sghmc(25_600),
        },
        tiny={
            "latent_dim": 5,
            "generator": {"width": 4, "members": 3},
            "discriminator": {"width": 4},
        },
    )
)
