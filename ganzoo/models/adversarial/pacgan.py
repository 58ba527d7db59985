"""PacGAN: Lin, Khetan, Fanti, Oh, "PacGAN: The power of two samples in generative adversarial
networks", NeurIPS 2018, arXiv 1712.04086."""

import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, batch_size_of, held, score_pair
from ganzoo.networks.packed import packed_shape
from ganzoo.registry import Recipe, register


class PacGAN(GenerativeModel):
    """The non-saturating game with a discriminator that sees m examples of one kind at once.

    A pack p(x) = (x_1, ..., x_m) is m data, p(G(z)) is m samples, side by side along the last axis;
    it has one logit. A generator that lacks modes makes packs with too little variety.

    Discriminator: mean over packs of softplus(-a(p(x))) + softplus(a(p(G(z)))).
    Generator: mean over packs of softplus(-a(p(G(z)))).

    A minibatch of N examples makes N / m packs, so m should divide it (and the share of every
    replica); a rest is completed with the first examples of the minibatch.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: packs [N, *data_shape[:-1], m data_shape[-1]] to logits [N, 1].
      packing: m; 1 is the game without packs, the paper uses 2 to 4.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss")

    def __init__(self, generator, discriminator, *, packing=2, **kwargs):
        arguments.integer("packing", packing, 1)
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {"packing": packing},
            **kwargs,
        )
        expected = packed_shape(self.data_shape, packing)
        if tuple(discriminator.input_shape[1:]) != expected:
            raise ValueError(
                f"packing={packing} of examples {self.data_shape} gives packs {expected}, the "
                f"discriminator takes {discriminator.input_shape[1:]}: build it for {expected}"
            )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        discriminator_seed, generator_seed = self.step_seeds(2)

        fake = held(self.generator)(self.draw_latents(real, discriminator_seed))
        with tf.GradientTape() as tape:
            real_logits, fake_logits = score_pair(
                self.discriminator, packs(real, self.packing), packs(fake, self.packing)
            )
            loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
        self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(latents, training=True)
            fake_logits = held(self.discriminator)(packs(fake, self.packing))
            loss = self.average(cross_entropy.non_saturating_generator_loss(fake_logits))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        real_logits, fake_logits = (self.discriminate(x)["score"] for x in (real, fake))
        self.track(
            discriminator_loss=self.average(
                cross_entropy.discriminator_loss(real_logits, fake_logits)
            ),
            generator_loss=self.average(cross_entropy.non_saturating_generator_loss(fake_logits)),
        )
        return self.logs()

    def discriminate(self, x):
        """Logits of the packs of consecutive examples x [N, *data_shape], [N / m, 1], as a dict."""
        return {"score": self.discriminator(packs(x, self.packing), training=False)}


def packs(examples, packing):
    """m consecutive examples side by side: [N, ..., C] to [ceil(N / m), ..., m C].

    The last pack goes on with the first examples if there are not enough for it.
    """
    count = batch_size_of(examples)
    rows = tf.range(-(-count // packing) * packing) % count
    grouped = tf.reshape(tf.gather(examples, rows), [-1, packing, *examples.shape[1:]])
    return tf.concat(tf.unstack(grouped, axis=1), axis=-1)


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="pacgan",
        model=PacGAN,
        title="PacGAN: The power of two samples in generative adversarial networks",
        paper="arXiv 1712.04086",
        networks={"generator": {"part": "generator"}, "discriminator": {"part": "packed_critic"}},
        settings={"latent_dim": 100, "packing": 2},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
        epochs=25,
        vector={
            "latent_dim": 8,
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={"latent_dim": 4, "generator": {"width": 4}, "discriminator": {"width": 4}},
    )
)
