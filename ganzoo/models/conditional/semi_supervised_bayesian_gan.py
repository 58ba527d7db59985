"""Bayesian GAN with labels: Saatchi and Wilson, NIPS 2017, arXiv 1705.09558."""

import tensorflow as tf

from ganzoo.models import arguments, ensembles
from ganzoo.models.base import GenerativeModel, held
from ganzoo.registry import Recipe, register


class SemiSupervisedBayesianGAN(GenerativeModel):
    """Discriminators that name the class of an example, or say that it is a fake.

    Discriminator k has the probabilities p_k(0|x) of a fake and p_k(1|x) ... p_k(C|x) of the
    classes. Its posterior takes all N examples x, those with a label y again, and the samples of J
    generators; a generator's takes its samples:

        log p(theta_k | .) = N mean(log(1 - p_k(0|x))) + N mean(known log p_k(y|x))
                             + N mean_j mean(log p_k(0|G_j(z))) + log prior
        log p(theta_j | .) = N mean_k mean(log(1 - p_k(0|G_j(z)))) + log prior

    with known = 1 where the label is, 0 where it is -1. Losses are the negatives without N and
    prior, a sum over the chains of a player; the second term has the weight
    `classification_weight`. Noise and prior are the business of the optimizer,
    `ganzoo.optimizers.SGHMC`.

    Logged are the losses of a mean player, and the mean of -known log p_k(y|x) as `class_loss`. The
    last latent, from U(-1, 1), chooses the generator of a sample.

    Args:
      generator: see `ganzoo.networks.dcgan_generator_ensemble`.
      discriminator: samples to logits [N, K, 1 + num_classes], that of a fake first.
      classification_weight: 1 for the posterior. The released code averages log p(y|x) over the
        examples with a label alone, which is N divided by their number.
    """

    network_names = ("discriminator", "generator")
    latent_distributions = ("uniform",)  # the last latent chooses each generator as often
    logged = ("discriminator_loss", "generator_loss", "class_loss")
    unlabelled = True

    def __init__(self, generator, discriminator, *, classification_weight=1.0, **kwargs):
        arguments.non_negative("classification_weight", classification_weight)
        outputs, num_classes = discriminator.output_shape[-1], kwargs.get("num_classes")
        if num_classes is None or outputs != 1 + num_classes:
            raise ValueError(
                f"num_classes={num_classes}, and {outputs} logits of a discriminator: it takes "
                "one for a fake and one for each class"
            )
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {"classification_weight": classification_weight},
            **kwargs,
        )

    def fit(self, x, *args, **kwargs):
        """`GenerativeModel.fit`; warns where SGHMC counts other numbers of examples than x has."""
        ensembles.warn_of_num_examples(self, x)
        return super().fit(x, *args, **kwargs)

    def train_step(self, data):
        [(real, label)] = self.minibatches(data)
        discriminator_seed, generator_seed = self.step_seeds(2)

        fake = ensembles.samples_of_all(self, real, discriminator_seed, held)
        with tf.GradientTape() as tape:
            of_real = self.discriminator(real, training=True)
            of_fake = self.discriminator(fake, training=True)
            loss = self.sum_of_discriminators(of_real, label, of_fake)
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
        [(real, label)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        of_fake = self.discriminator(
            ensembles.samples_of_all(self, real, seed, lambda member: member)
        )
        discriminators = self.sum_of_discriminators(self.discriminator(real), label, of_fake)
        self.track(
            discriminator_loss=discriminators / self.num_discriminators,
            generator_loss=self.sum_of_generators(of_fake) / self.num_generators,
        )
        return self.logs()

    @property
    def num_generators(self):
        """J."""
        return ensembles.num_members(self.generator)

    @property
    def num_discriminators(self):
        """K."""
        return self.discriminator.output_shape[1]

    def sum_of_discriminators(self, of_real, label, of_fake):
        """Sum over k of the losses above for logits [N, K, 1 + C] and [J N, K, 1 + C], labels [N].

        This replica's part; tracks the classes' mean term.
        """
        known = tf.one_hot(label, self.num_classes)[:, None]  # zeros where the label is -1
        log_probs = tf.nn.log_softmax(of_real)[..., 1:]
        class_loss = self.average(-tf.reduce_sum(known * log_probs, axis=(1, 2)))
        self.track(class_loss=class_loss / self.num_discriminators)
        return (
            self.average(tf.reduce_sum(tf.nn.softplus(-score(of_real)), axis=1))
            + self.average(tf.reduce_sum(tf.nn.softplus(score(of_fake)), axis=1))
            + self.classification_weight * class_loss
        )

    def sum_of_generators(self, of_fake):
        """Sum over j of the losses above for logits [J N, K, 1 + C], this replica's part."""
        losses = tf.reduce_mean(tf.nn.softplus(-score(of_fake)), axis=1)
        return self.num_generators * self.average(losses)

    # === Evaluation ===

    def discriminate(self, x):
        """log((1 - p_k(0|x)) / p_k(0|x)) of every discriminator [N, K], as a dict."""
        return {"score": score(self.discriminator(x, training=False))}

    def classify(self, x):
        """p(y|x, x is no fake) [N, num_classes], the mean over the discriminators, as a dict."""
        of_classes = tf.nn.softmax(self.discriminator(x, training=False)[..., 1:])
        return {"probability": tf.reduce_mean(of_classes, axis=1)}


def score(logits):
    """a = log((1 - p(0|x)) / p(0|x)), so that -log(1 - p(0|x)) = softplus(-a), for [..., 1 + C]."""
    return tf.reduce_logsumexp(logits[..., 1:], axis=-1) - logits[..., 0]


register(
    Recipe(
        name="semi_supervised_bayesian_gan",
        model=SemiSupervisedBayesianGAN,
        title="Bayesian GAN",
        paper="arXiv 1705.09558",
        conditional=True,
        networks={
            "generator": {"part": "generator_ensemble"},
            "discriminator": {"part": "classifier_ensemble"},
        },
        settings={
            "latent_dim": 101,
            "latent_distribution": "uniform",
            "classification_weight": 60.0,
        },
        optimizers={
            "generator_optimizer": ensembles.sghmc(60_000),
            "discriminator_optimizer": ensembles.sghmc(60_000, 1e-4),
        },
        batch_size=64,
        epochs=50,
        dataset="mnist",
        vector={
            "latent_dim": 9,
            "batch_size": 256,
            "generator_optimizer": ensembles.sghmc(25_600),
            "discriminator_optimizer": ensembles.sghmc(25_600),
        },
        tiny={
            "latent_dim": 5,
            "classification_weight": 2.0,
            "generator": {"width": 4, "members": 3},
            "discriminator": {"width": 4},
        },
    )
)
