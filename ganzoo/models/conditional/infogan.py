"""InfoGAN: Chen, Duan, Houthooft, Schulman, Sutskever, Abbeel, NIPS 2016, arXiv 1606.03657."""

import math

import tensorflow as tf

from ganzoo.losses import auxiliary, cross_entropy
from ganzoo.models import arguments, latents
from ganzoo.models.base import GenerativeModel, held
from ganzoo.registry import Recipe, register


class InfoGAN(GenerativeModel):
    """A GAN whose latent has codes c that a second head of the discriminator reads in the samples.

    A latent [N, d] is the concatenation of

        a category, one-hot [N, C], uniform; codes [N, U] from U(-1, 1); noise [N, d - C - U] from
        `latent_distribution`,

    and Q(c|x), which shares the discriminator's trunk, is a categorical and a Gaussian of unit
    variance. With L_I = -E log Q(c|G(c, z)), which is the entropy of c minus a lower bound of the
    information I(c; G(c, z)) (equation 5), both players minimize their loss plus lambda L_I
    (equation 6); the generator's is non-saturating:

    Discriminator and Q: mean of softplus(-a(x)) + softplus(a(G(c, z))) - lambda log Q(c|G(c, z)).
    Generator: mean of softplus(-a(G(c, z))) - lambda log Q(c|G(c, z)).

    To generate with chosen codes, put them into latents: of `model.sample_latents(n).numpy()` the
    columns [:, :C] take a one-hot category and [:, C : C + U] numbers in [-1, 1]; `model.decode`
    gives the samples of these latents. `encode` reads the codes of samples or data.

    In the logs `category_information` is the mean of ln C + log Q(category|G(c, z)), a lower bound
    of the information about the category in nats: at most ln C, 0 where Q knows nothing.
    `uniform_code_error` is the mean squared error of the means of Q: 1/3 if they are 0, 0 if every
    code is recovered. Both are of the discriminator's update.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to [logits [N, 1], category logits [N, C], code means [N, U]].
      information_weight: lambda.
    """

    network_names = ("discriminator", "generator")
    logged = (
        "discriminator_loss",
        "generator_loss",
        "category_information",
        "uniform_code_error",
    )

    def __init__(self, generator, discriminator, *, information_weight=1.0, **kwargs):
        arguments.non_negative("information_weight", information_weight)
        if len(discriminator.outputs) != 3:
            raise ValueError(
                "infogan's discriminator has three outputs: logits, logits of the category and "
                f"means of the uniform codes, not {len(discriminator.outputs)}"
            )
        _, category_logits, means = discriminator.outputs
        # Before the base, which draws the reference latents of virtual batch normalization.
        self.categories, self.uniform_codes = category_logits.shape[-1], means.shape[-1]
        latent_dim = generator.inputs[0].shape[-1]
        if latent_dim < self.categories + self.uniform_codes:
            raise ValueError(
                f"latent_dim={latent_dim}: a latent holds {self.categories} categories, "
                f"{self.uniform_codes} uniform codes, and noise: give at least "
                f"{self.categories + self.uniform_codes}"
            )
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {"information_weight": information_weight},
            **kwargs,
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        discriminator_seed, generator_seed = self.step_seeds(2)

        latent = self.draw_latents(real, discriminator_seed)
        fake = held(self.generator)(latent)
        with tf.GradientTape() as tape:
            real_logits, *_ = self.discriminator(real, training=True)
            fake_logits, *code_of_fake = self.discriminator(fake, training=True)
            loss = self.average(
                cross_entropy.discriminator_loss(real_logits, fake_logits)
                + self.information_weight * self.code_losses(code_of_fake, latent)
            )
        self.minimize("discriminator", tape, loss)
        self.track_codes(code_of_fake, latent)

        latent = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(latent, training=True)
            fake_logits, *code_of_fake = held(self.discriminator)(fake)
            loss = self.average(
                cross_entropy.non_saturating_generator_loss(fake_logits)
                + self.information_weight * self.code_losses(code_of_fake, latent)
            )
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        latent = self.draw_latents(real, seed)
        real_logits, *_ = self.discriminator(real)
        fake_logits, *code_of_fake = self.discriminator(self.generator(latent))
        code_losses = self.information_weight * self.code_losses(code_of_fake, latent)
        source_losses = cross_entropy.discriminator_loss(real_logits, fake_logits)
        generator_losses = cross_entropy.non_saturating_generator_loss(fake_logits)
        self.track(
            discriminator_loss=self.average(source_losses + code_losses),
            generator_loss=self.average(generator_losses + code_losses),
        )
        self.track_codes(code_of_fake, latent)
        return self.logs()

    def draw_prior(self, shape, seed):
        """Latents of `shape` [N, latent_dim]: one-hot category, uniform codes, noise."""
        count, size = shape
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 3))
        category = tf.random.stateless_uniform(
            [count], seeds[0], 0, self.categories, tf.int32, alg="philox"
        )
        codes = latents.draw("uniform", [count, self.uniform_codes], seeds[1])
        noise_size = size - self.categories - self.uniform_codes
        noise = latents.draw(self.latent_distribution, [count, noise_size], seeds[2])
        return tf.concat([tf.one_hot(category, self.categories), codes, noise], axis=-1)

    def codes_of(self, latent):
        """The category [N, C] and the uniform codes [N, U] of latents [N, d]."""
        first = self.categories + self.uniform_codes
        return latent[:, : self.categories], latent[:, self.categories : first]

    def code_losses(self, code_of_fake, latent):
        """-log Q(c|G(c, z)) [N], for the outputs of Q."""
        category, codes = self.codes_of(latent)
        category_logits, means = code_of_fake
        return auxiliary.category_loss(category_logits, category) + auxiliary.uniform_code_loss(
            means, codes
        )

    def track_codes(self, code_of_fake, latent):
        """Logs how well the codes are recovered."""
        category, codes = self.codes_of(latent)
        category_logits, means = code_of_fake
        information = math.log(self.categories) - auxiliary.category_loss(category_logits, category)
        errors = tf.reduce_mean(tf.square(means - codes), axis=-1)
        self.track(
            category_information=self.average(information), uniform_code_error=self.average(errors)
        )

    def discriminate(self, x):
        """The logit a(x) [N, 1], as a dict."""
        logits, *_ = self.discriminator(x, training=False)
        return {"score": logits}

    def encode(self, x):
        """Q(c|x): probabilities of the category [N, C], means of the uniform codes [N, U]."""
        _, category_logits, means = self.discriminator(x, training=False)
        return {"category": tf.nn.softmax(category_logits), "uniform": means}


_GENERATOR_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}
_DISCRIMINATOR_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="infogan",
        model=InfoGAN,
        title="InfoGAN: Interpretable Representation Learning by Information Maximizing GANs",
        paper="arXiv 1606.03657",
        networks={
            "generator": {"part": "generator", "dense_units": 1024},
            "discriminator": {"part": "coding_critic", "categories": 10, "uniform_codes": 2},
        },
        settings={"latent_dim": 74, "latent_distribution": "uniform"},
        optimizers={
            "generator_optimizer": _GENERATOR_ADAM,
            "discriminator_optimizer": _DISCRIMINATOR_ADAM,
        },
        batch_size=128,
        epochs=11,
        vector={
            "discriminator": {"categories": 8, "uniform_codes": 1},
            "latent_dim": 17,
            "latent_distribution": "normal",
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 10,
            "information_weight": 0.05,
            "generator": {"width": 4, "dense_units": 8},
            "discriminator": {
                "width": 4,
                "dense_units": 8,
                "head_units": 6,
                "categories": 3,
                "uniform_codes": 2,
            },
        },
    )
)
