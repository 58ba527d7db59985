"""M1+M2: Kingma, Rezende, Mohamed and Welling, "Semi-supervised Learning with Deep Generative
Models", NIPS 2014, arXiv 1406.5298."""

import math

import tensorflow as tf

from ganzoo.losses.semi_supervised import unlabelled_loss
from ganzoo.models import arguments, gaussian, latents
from ganzoo.models.base import GenerativeModel, batch_size_of, ends_linear, merge_samples
from ganzoo.registry import Recipe, register


class M1M2(GenerativeModel):
    """A VAE of the data (M1), and a semi-supervised model of its latents (M2).

    p(x, y, z1, z2) = p(x|z1) p(z1|y, z2) p(y) p(z2) with p(y) uniform and p(z2) = N(0, I). M1 has
    the loss of a VAE with the prior N(0, I); M2 learns from the draws z1 ~ q(z1|x), constants to
    it:

        M1(x)    = KL(q(z1|x) || N(0, I)) - log p(x|z1),
        L(z1, y) = KL(q(z2|z1, y) || p(z2)) - log p(z1|y, z2) - log p(y),
        U(z1)    = sum over y of q(y|z1) L(z1, y) - H(q(y|z1)).

    Loss: mean over examples of M1(x), plus L(z1, y) - classification_weight log q(y|z1) where the
    label is known, plus U(z1) where it is -1. No part of it trains both models, so the sum is each
    model's own objective. The paper trains M1 first: give its networks, not trainable.

    In the logs `vae_loss` is the mean of M1(x); `negative_bound` that of
    log q(z1|x) - log p(x|z1) + (L or U), which bounds -log p(x, y) or -log p(x) of both models
    together; `classification_loss` that of -log q(y|z1), 0 where the label is not known.

    A latent of `generate` is the noise of z1 given (y, z2), then z2.

    Args:
      feature_encoder: bits [N, *data_shape] to [N, 2 d]: mean and log variance of q(z1|x).
      feature_decoder: z1 [N, d] to logits [N, *data_shape].
      encoder: [z1, labels [N]] to [N, 2 e]: mean and log variance of q(z2|z1, y).
      classifier: z1 to [N, C]: logits of q(y|z1).
      decoder: [z2 [N, e], labels] to [N, 2 d]: mean and log variance of p(z1|y, z2).
      classification_weight: of -log q(y|z1) for each example with a label; 0.1 N / n in the
        released code, for N examples of which n have labels.
    """

    network_names = ("feature_encoder", "feature_decoder", "encoder", "classifier", "decoder")
    sampled_network = "decoder"
    latent_distributions = ("normal",)
    logged = ("loss", "vae_loss", "negative_bound", "classification_loss")
    joint = True
    unlabelled = True
    distribution = "bernoulli"

    def __init__(
        self,
        feature_encoder,
        feature_decoder,
        encoder,
        classifier,
        decoder,
        *,
        classification_weight=50.0,
        **kwargs,
    ):
        arguments.non_negative("classification_weight", classification_weight)
        super().__init__(
            {
                "feature_encoder": feature_encoder,
                "feature_decoder": feature_decoder,
                "encoder": encoder,
                "classifier": classifier,
                "decoder": decoder,
            },
            {"classification_weight": classification_weight},
            **kwargs,
        )
        if not ends_linear(feature_decoder):
            raise ValueError("bits take logits: the feature_decoder must end without an activation")

    def shapes_of(self, sampler):
        """Latents are the noise of z1 and z2; data are what the feature decoder gives."""
        self.feature_size = self.feature_decoder.inputs[0].shape[-1]
        latent_dim = self.feature_size + sampler.inputs[0].shape[-1]
        return latent_dim, tuple(self.feature_decoder.outputs[0].shape[1:])

    def train_step(self, data):
        [(x, y)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        with tf.GradientTape() as tape:
            loss = self.objective(x, y, seed, training=True)
        self.minimize("loss", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(x, y)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        self.track(loss=self.objective(x, y, seed, training=False))
        return self.logs()

    def objective(self, x, y, seed, training):
        """This replica's part of the mean loss of x [N, ...], y [N]; tracks its terms."""
        epsilon_1, epsilon_2 = self.split(self.draw_latents(x, seed))
        features = gaussian.diagonal(self.feature_encoder(x, training=training))
        z1 = gaussian.reparameterized(features, epsilon_1)
        logits = self.feature_decoder(z1, training=training)
        reconstruction_loss = -self.conditional(logits).log_prob(x)
        vae_loss = self.average(
            features.kl_divergence(gaussian.standard(z1.shape[-1])) + reconstruction_loss
        )

        z1 = tf.stop_gradient(z1)
        log_q = tf.nn.log_softmax(self.classifier(z1, training=training))
        losses = self.labelled_losses(z1, epsilon_2, training)
        known = tf.one_hot(y, self.num_classes)  # zeros where y is -1
        is_unknown = 1.0 - tf.reduce_sum(known, axis=-1)
        labelled_loss = tf.reduce_sum(known * losses, axis=-1)
        bound = labelled_loss + is_unknown * unlabelled_loss(losses, log_q)
        classification_loss = self.average(-tf.reduce_sum(known * log_q, axis=-1))
        self.track(
            vae_loss=vae_loss,
            negative_bound=self.average(features.log_prob(z1) + reconstruction_loss + bound),
            classification_loss=classification_loss,
        )
        return vae_loss + self.average(bound) + self.classification_weight * classification_loss

    def labelled_losses(self, z1, epsilon, training=False):
        """L(z1, y) of z1 [N, d] for every class y: [N, C]; one draw epsilon [N, e] for all y."""
        z1, y, epsilon = self.with_every_class(z1, epsilon)
        posterior = gaussian.diagonal(self.encoder([z1, y], training=training))
        z2 = gaussian.reparameterized(posterior, epsilon)
        log_likelihood = gaussian.diagonal(self.decoder([z2, y], training=training)).log_prob(z1)
        kl_divergence = posterior.kl_divergence(gaussian.standard(z2.shape[-1]))
        losses = kl_divergence - log_likelihood + math.log(self.num_classes)
        return tf.reshape(losses, [-1, self.num_classes])

    def with_every_class(self, values, *others):
        """`values` [N C, ...], every row C times, their labels 0 to C - 1 [N C], and `others`."""
        labels = tf.tile(tf.range(self.num_classes), [batch_size_of(values)])
        values, *others = (tf.repeat(v, self.num_classes, axis=0) for v in (values, *others))
        return (values, labels, *others)

    def split(self, latent):
        """The parts of latents [..., d + e] that belong to z1 and z2."""
        return latent[..., : self.feature_size], latent[..., self.feature_size :]

    def call(self, inputs, training=None):
        """Latents [N, d + e] and labels [N] to the probabilities of a 1 [N, *data_shape]."""
        latent, y = inputs
        epsilon, z2 = self.split(latent)
        features = gaussian.diagonal(self.sampler([z2, y], training=training))
        z1 = gaussian.reparameterized(features, epsilon)
        return self.conditional(self.feature_decoder(z1, training=training)).mean()

    # === Evaluation ===

    def classify(self, x):
        """q(y|z1) [N, C] at the mean z1 of q(z1|x), as a dict."""
        features = gaussian.diagonal(self.feature_encoder(x, training=False))
        return {"probability": tf.nn.softmax(self.classifier(features.mean(), training=False))}

    def inferred(self, x, labels):
        """`labels` [N], the most probable ones under q(y|z1) where they are -1."""
        most_probable = tf.argmax(self.classify(x)["probability"], -1, output_type=tf.int32)
        labels = tf.cast(labels, tf.int32)
        return tf.where(labels < 0, most_probable, labels)

    def posterior(self, x, labels):
        """q(z2|z1, y) at the mean z1 of q(z1|x), a diagonal Gaussian with batch shape [N]."""
        z1 = gaussian.diagonal(self.feature_encoder(x, training=False)).mean()
        return gaussian.diagonal(self.encoder([z1, labels], training=False))

    def encode(self, x, labels):
        """Mean and log variance [N, e] of that q(z2|z1, y), as a dict; -1 is inferred."""
        return gaussian.codes(self.posterior(x, self.inferred(x, labels)))

    def reconstruct(self, x, labels):
        """The probabilities of a 1 by the means of q(z2|z1, y) and p(z1|z2, y); -1 is inferred."""
        labels = self.inferred(x, labels)
        z2 = self.posterior(x, labels).mean()
        z1 = gaussian.diagonal(self.sampler([z2, labels], training=False)).mean()
        return {"image": self.conditional(self.feature_decoder(z1, training=False)).mean()}

    def log_weights(self, x, num_samples, seed, labels):
        """Log weights [k, N] of k = num_samples draws, whose mean weight is p(x, y), in nats.

        log p(x, y, z1_i, z2_i) - log q(z1_i|x) - log q(z2_i|z1_i, y) for draws of both q; where the
        label is -1 the weights are summed over y, and their mean is p(x). The logarithm of the mean
        weight is in expectation a lower bound (Burda et al. 2016, arXiv 1509.00519, equation 8).
        `seed` is int [2].
        """
        labels = tf.convert_to_tensor(labels)
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        features = gaussian.diagonal(self.feature_encoder(x, training=False))
        shape = [num_samples, batch_size_of(x), self.feature_size]
        z1 = gaussian.reparameterized(features, latents.draw("normal", shape, seeds[0]))
        logits = self.feature_decoder(merge_samples(z1), training=False)
        x = tf.repeat(x[None], num_samples, axis=0)
        log_likelihood = self.conditional(logits).log_prob(merge_samples(x))
        of_features = tf.reshape(log_likelihood, tf.shape(z1)[:2]) - features.log_prob(z1)

        z1, y = self.with_every_class(merge_samples(z1))
        posterior = gaussian.diagonal(self.encoder([z1, y], training=False))
        shape = [batch_size_of(z1), self.latent_dim - self.feature_size]
        z2 = gaussian.reparameterized(posterior, latents.draw("normal", shape, seeds[1]))
        of_classes = (
            gaussian.diagonal(self.sampler([z2, y], training=False)).log_prob(z1)
            + gaussian.standard(z2.shape[-1]).log_prob(z2)
            - math.log(self.num_classes)
            - posterior.log_prob(z2)
        )
        of_classes = tf.reshape(of_classes, [num_samples, -1, self.num_classes])
        of_label = tf.reduce_sum(tf.one_hot(labels, self.num_classes) * of_classes, axis=-1)
        of_all = tf.reduce_logsumexp(of_classes, axis=-1)
        return of_features + tf.where(labels < 0, of_all, of_label)


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 3e-4}}

register(
    Recipe(
        name="m1_m2",
        model=M1M2,
        title="Semi-supervised Learning with Deep Generative Models (M1+M2)",
        paper="arXiv 1406.5298",
        conditional=True,
        networks={
            "feature_encoder": {"part": "feature_encoder"},
            "feature_decoder": {"part": "feature_decoder"},
            "encoder": {"part": "latent_encoder"},
            "classifier": {"part": "latent_classifier"},
            "decoder": {"part": "latent_decoder"},
        },
        settings={"latent_dim": 50, "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=500,
        epochs=3000,
        dataset="mnist",
        binarized="dynamic",
        vector={"latent_dim": 2, "batch_size": 100},
        tiny={
            "latent_dim": 4,
            "classification_weight": 2.0,
            "feature_encoder": {"units": (8,)},
            "feature_decoder": {"units": (8,)},
            "encoder": {"units": (8,)},
            "classifier": {"units": (8,)},
            "decoder": {"units": (8,)},
        },
    )
)
