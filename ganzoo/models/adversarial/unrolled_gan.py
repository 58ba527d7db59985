"""Unrolled GAN: Metz, Poole, Pfau, Sohl-Dickstein, ICLR 2017, arXiv 1611.02163."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held, score_pair
from ganzoo.registry import Recipe, register


class UnrolledGAN(GenerativeModel):
    """The minimax game of a generator that foresees how the discriminator will answer.

    With L(theta_D) = mean of softplus(-a(x)) + softplus(a(G(z))), the discriminator's loss,

    Discriminator: L(theta_D), one ordinary update, equation 11.
    Generator: -L(theta_D^K), equation 10, where theta_D^0 = theta_D and
    theta_D^(k+1) = theta_D^k - eta dL/dtheta_D (theta_D^k), k < K, equation 7.

    The generator's gradient passes through the K steps, which the discriminator itself does not
    take. K = 0 is the minimax game. The steps of one update share its data and latents.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to logits [N, 1].
      unrolling_steps: K.
      unrolling_rate: eta, the learning rate of the unrolled steps of gradient descent. A larger one
        overshoots on samples far away, which the generator then seeks.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss")

    def __init__(
        self, generator, discriminator, *, unrolling_steps=5, unrolling_rate=0.01, **kwargs
    ):
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "unrolling_steps": arguments.integer("unrolling_steps", unrolling_steps, 0),
                "unrolling_rate": arguments.positive("unrolling_rate", unrolling_rate),
            },
            **kwargs,
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        discriminator_seed, generator_seed = self.step_seeds(2)

        fake = held(self.generator)(self.draw_latents(real, discriminator_seed))
        with tf.GradientTape() as tape:
            scores = score_pair(self.discriminator, real, fake)
            loss = self.average(cross_entropy.discriminator_loss(*scores))
        self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(latents, training=True)
            loss = -self.unrolled_loss(real, fake, training=True)
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        scores = self.discriminator(real), self.discriminator(fake)
        self.track(
            discriminator_loss=self.average(cross_entropy.discriminator_loss(*scores)),
            generator_loss=-self.unrolled_loss(real, fake, training=False),
        )
        return self.logs()

    def unrolled_loss(self, real, fake, training):
        """L(theta_D^K), this replica's part; the discriminator stays as it is."""
        state = [tf.convert_to_tensor(v) for v in self.discriminator.non_trainable_variables]

        def loss_of(weights):
            def logits(samples):
                return self.discriminator.stateless_call(weights, state, samples, training=training)

            (real_logits, _), (fake_logits, _) = logits(real), logits(fake)
            return self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))

        weights = [tf.convert_to_tensor(v) for v in self.discriminator.trainable_variables]
        replica = tf.distribute.get_replica_context()
        for _ in range(self.unrolling_steps):
            with tf.GradientTape() as tape:
                tape.watch(weights)
                loss = loss_of(weights)
            gradients = replica.all_reduce("SUM", tape.gradient(loss, weights))
            weights = [w - self.unrolling_rate * g for w, g in zip(weights, gradients)]
        return loss_of(weights)


def _adam(rate):
    return {"class_name": "Adam", "config": {"learning_rate": rate, "beta_1": 0.5}}


_TOY_NETWORK = {"units": (128, 128), "activation": "tanh"}

register(
    Recipe(
        name="unrolled_gan",
        model=UnrolledGAN,
        title="Unrolled Generative Adversarial Networks",
        paper="arXiv 1611.02163",
        networks={
            "generator": {"part": "generator"},
            # The minimax loss saturates as soon as the discriminator wins: a weak and slow one.
            "discriminator": {"part": "critic", "width": 16},
        },
        settings={"latent_dim": 100},
        optimizers={"generator_optimizer": _adam(1e-3), "discriminator_optimizer": _adam(1e-4)},
        batch_size=64,
        # On Fashion-MNIST the discriminator won after 15, and the samples were lost.
        epochs=10,
        vector={
            "latent_dim": 8,
            "generator": _TOY_NETWORK,
            "discriminator": _TOY_NETWORK,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 4,
            "generator": {"width": 4},
            "discriminator": {"width": 4},
            "unrolling_steps": 2,
        },
    )
)
