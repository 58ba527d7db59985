"""Feature matching: Salimans et al., "Improved Techniques for Training GANs", NIPS 2016,
arXiv 1606.03498, section 3.1."""

import keras
import tensorflow as tf

from ganzoo.losses import cross_entropy, feature_matching
from ganzoo.models.base import (
    GenerativeModel,
    has_batch_normalization,
    held,
    score_pair,
)
from ganzoo.models.replicas import share
from ganzoo.registry import Recipe, register


class FeatureMatchingGAN(GenerativeModel):
    """A generator whose samples have the mean features of the data, and not the highest scores.

    Discriminator: mean of softplus(-a(x)) + softplus(a(G(z))).
    Generator: ||E f(x) - E f(G(z))||_2^2, f the last hidden layer of the discriminator.

    Means are over the global batch, so several replicas have the loss of one device.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to logits [N, 1]; f(x) [N, F] is what enters its last layer. It has no
        batch normalization, which gives data and samples nearly the same means.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss", "discriminator_accuracy")

    def __init__(self, generator, discriminator, **kwargs):
        if has_batch_normalization(discriminator):
            raise ValueError(
                "feature matching compares mean features of data and of samples, which batch "
                "normalization in the discriminator makes nearly equal whatever the generator "
                'does: build it without, discriminator={"normalization": None}'
            )
        super().__init__({"generator": generator, "discriminator": discriminator}, **kwargs)
        features = keras.Model(discriminator.inputs, discriminator.layers[-1].input)
        # In a function, because an attribute would be saved as a network of its own.
        self.features = lambda samples, training=False: features(samples, training=training)

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        discriminator_seed, generator_seed = self.step_seeds(2)

        fake = held(self.generator)(self.draw_latents(real, discriminator_seed))
        with tf.GradientTape() as tape:
            real_logits, fake_logits = score_pair(self.discriminator, real, fake)
            loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
        self.minimize("discriminator", tape, loss)
        accuracy = cross_entropy.discriminator_accuracy(real_logits, fake_logits)
        self.track(discriminator_accuracy=self.average(accuracy))

        latents = self.draw_latents(real, generator_seed)
        real_mean = self.batch_mean(held(self.features)(real))
        with tf.GradientTape() as tape:
            fake = self.generator(latents, training=True)
            loss = self.matching_loss(real_mean, self.batch_mean(held(self.features)(fake)))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        accuracy = cross_entropy.discriminator_accuracy(real_logits, fake_logits)
        self.track(
            discriminator_loss=self.average(
                cross_entropy.discriminator_loss(real_logits, fake_logits)
            ),
            generator_loss=self.matching_loss(
                self.batch_mean(self.features(real)), self.batch_mean(self.features(fake))
            ),
            discriminator_accuracy=self.average(accuracy),
        )
        return self.logs()

    def batch_mean(self, features):
        """The mean [F] over the global batch of features [N, F]; the same on every replica."""
        features = tf.cast(features, tf.float32)
        mean = tf.reduce_mean(features, axis=0)
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            replica = tf.distribute.get_replica_context()
            mean = replica.all_reduce(tf.distribute.ReduceOp.MEAN, mean)
        return mean

    def matching_loss(self, real_mean, fake_mean):
        """This replica's part of the loss of means [F] that all replicas share, a scalar."""
        return share(feature_matching.generator_loss(real_mean, fake_mean))


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="feature_matching_gan",
        model=FeatureMatchingGAN,
        title="Improved Techniques for Training GANs (feature matching)",
        paper="arXiv 1606.03498",
        networks={
            "generator": {"part": "generator"},
            "discriminator": {
                "part": "critic",
                "normalization": None,
                "initializer": "he_normal",
            },
        },
        settings={"latent_dim": 100, "latent_distribution": "uniform"},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=100,
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
