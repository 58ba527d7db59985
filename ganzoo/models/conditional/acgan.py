"""AC-GAN: Odena, Olah, Shlens, ICML 2017, arXiv 1610.09585."""

import tensorflow as tf

from ganzoo.losses import auxiliary, cross_entropy
from ganzoo.models.base import GenerativeModel, held
from ganzoo.registry import Recipe, register


class ACGAN(GenerativeModel):
    """A discriminator that tells the source of an example, and its class.

    With L_S = E log P(real|x) + E log P(fake|G(z, y)) (equation 2) and
    L_C = E log P(y|x) + E log P(y|G(z, y)) (equation 3) the discriminator maximizes L_S + L_C and
    the generator L_C - L_S. For a = the logit of the source, non-saturating:

    Discriminator: mean of softplus(-a(x)) + softplus(a(G(z, y))) - log P(y|x) - log P(y|G(z, y)).
    Generator: mean of softplus(-a(G(z, y))) - log P(y|G(z, y)).

    The discriminator is not given the label; both players want it to be seen in the samples. Fakes
    are drawn for the labels of the minibatch, so from the labels' distribution in the data.

    In the logs `real_class_loss` and `fake_class_loss` are the means of -log P(y|x) and
    -log P(y|G(z, y)) in the update of the discriminator.

    Args:
      generator: [latents [N, d], labels [N]] to samples [N, *data_shape].
      discriminator: samples to [logits [N, 1], class logits [N, num_classes]].
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss", "real_class_loss", "fake_class_loss")

    def __init__(self, generator, discriminator, **kwargs):
        outputs = [output.shape[-1] for output in discriminator.outputs]
        if len(generator.inputs) != 2 or outputs != [1, kwargs.get("num_classes")]:
            raise ValueError(
                f"acgan with num_classes={kwargs.get('num_classes')}: the generator takes two "
                "inputs, the second a label; the discriminator has two outputs, of sizes 1 and "
                f"num_classes, not {outputs}"
            )
        super().__init__({"generator": generator, "discriminator": discriminator}, **kwargs)

    def train_step(self, data):
        [(real, label)] = self.minibatches(data)
        discriminator_seed, generator_seed = self.step_seeds(2)

        fake = held(self.generator)([self.draw_latents(real, discriminator_seed), label])
        with tf.GradientTape() as tape:
            of_real = self.discriminator(real, training=True)
            of_fake = self.discriminator(fake, training=True)
            loss = self.discriminator_objective(of_real, of_fake, label)
        self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            of_fake = held(self.discriminator)(self.generator([latents, label], training=True))
            loss = self.generator_objective(of_fake, label)
        self.minimize("generator", tape, loss)
        return self.logs()

    def discriminator_objective(self, of_real, of_fake, label):
        """-(L_S + L_C) of both outputs of the discriminator; tracks the two terms of L_C."""
        real_logits, real_class_logits = of_real
        fake_logits, fake_class_logits = of_fake
        real_class_loss = self.average(auxiliary.class_loss(real_class_logits, label))
        fake_class_loss = self.average(auxiliary.class_loss(fake_class_logits, label))
        self.track(real_class_loss=real_class_loss, fake_class_loss=fake_class_loss)
        source_loss = self.average(cross_entropy.discriminator_loss(real_logits, fake_logits))
        return source_loss + real_class_loss + fake_class_loss

    def generator_objective(self, of_fake, label):
        """The non-saturating loss of the source, and -L_C, of samples."""
        logits, class_logits = of_fake
        return self.average(
            cross_entropy.non_saturating_generator_loss(logits)
            + auxiliary.class_loss(class_logits, label)
        )

    def test_step(self, data):
        [(real, label)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        of_fake = self.discriminator(self.generator([self.draw_latents(real, seed), label]))
        self.track(
            discriminator_loss=self.discriminator_objective(
                self.discriminator(real), of_fake, label
            ),
            generator_loss=self.generator_objective(of_fake, label),
        )
        return self.logs()

    def discriminate(self, x):
        """The logit of the source of x [N, 1], as a dict."""
        logits, _ = self.discriminator(x, training=False)
        return {"score": logits}

    def classify(self, x):
        """P(y|x) [N, num_classes], as a dict."""
        _, class_logits = self.discriminator(x, training=False)
        return {"probability": tf.nn.softmax(class_logits)}


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="acgan",
        model=ACGAN,
        title="Conditional Image Synthesis with Auxiliary Classifier GANs",
        paper="arXiv 1610.09585",
        conditional=True,
        networks={
            "generator": {"part": "generator"},
            "discriminator": {"part": "classifying_critic"},
        },
        settings={"latent_dim": 100},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=100,
        epochs=50,
        vector={
            "latent_dim": 8,
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={"latent_dim": 4, "generator": {"width": 4}, "discriminator": {"width": 4}},
    )
)
