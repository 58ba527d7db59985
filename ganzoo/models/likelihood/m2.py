"""M2: Kingma, Rezende, Mohamed and Welling, "Semi-supervised Learning with Deep Generative Models",
NIPS 2014, arXiv 1406.5298."""

import math

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.losses.semi_supervised import unlabelled_loss
from ganzoo.models import arguments, gaussian, latents
from ganzoo.models.base import GenerativeModel, batch_size_of, merge_samples
from ganzoo.registry import Recipe, register

LIKELIHOODS = ("bernoulli", "gaussian")


class M2(GenerativeModel):
    """A conditional VAE whose label is a second latent where it is not known.

    p(x, y, z) = p(x|y, z) p(y) p(z) with p(y) uniform and p(z) = N(0, I). An example with a label
    (equation 6) and one without (equation 7) have the bounds

        log p(x, y) >= -L(x, y) = E[log p(x|y, z)] + log p(y) - KL(q(z|x, y) || p(z)),
        log p(x)    >= -U(x)    = sum over y of q(y|x) (-L(x, y)) + H(q(y|x)),

    z = mu + sigma epsilon of q(z|x, y), one draw. Loss (equation 9, divided by the number of
    examples): mean over examples of L(x, y) - classification_weight log q(y|x) where the label is
    known, and of U(x), y summed out exactly, where it is -1.

    In the logs `negative_bound` is the mean of L and U, and `classification_loss` the mean of
    -log q(y|x), 0 where the label is not known: `loss` = `negative_bound` + classification_weight
    `classification_loss`.

    Args:
      encoder: [samples [N, *data_shape], labels [N]] to [N, 2 d]: mean and log variance of
        q(z|x, y).
      classifier: samples to [N, C]: logits of q(y|x).
      decoder: [latents [N, d], labels [N]] to [N, *data_shape]: logits, or means of a Gaussian.
      likelihood: "bernoulli" for data in {0, 1}, or "gaussian" with standard deviation
        `observation_scale`.
      observation_scale: standard deviation of p(x|y, z), in units of the data.
      classification_weight: of -log q(y|x) for each example with a label. The released code adds
        alpha times the mean over the n examples with labels to the sum over all N, alpha = 0.1 N:
        classification_weight = alpha / n = 0.1 N / n, 50 for 100 labels of 50,000 images.
    """

    network_names = ("encoder", "classifier", "decoder")
    sampled_network = "decoder"
    latent_distributions = ("normal",)
    logged = ("loss", "negative_bound", "classification_loss")
    joint = True
    unlabelled = True

    def __init__(
        self,
        encoder,
        classifier,
        decoder,
        *,
        likelihood="bernoulli",
        observation_scale=0.3,
        classification_weight=50.0,
        **kwargs,
    ):
        arguments.choice("likelihood", likelihood, LIKELIHOODS)
        arguments.positive("observation_scale", observation_scale)
        arguments.non_negative("classification_weight", classification_weight)
        super().__init__(
            {"encoder": encoder, "classifier": classifier, "decoder": decoder},
            {
                "likelihood": likelihood,
                "observation_scale": observation_scale,
                "classification_weight": classification_weight,
            },
            **kwargs,
        )

    @property
    def distribution(self):
        """ "bernoulli" for bits, None where samples are means of a Gaussian."""
        return "bernoulli" if self.likelihood == "bernoulli" else None

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
        """This replica's part of the mean loss of x [N, ...], y [N]; tracks its two terms."""
        log_q = tf.nn.log_softmax(self.classifier(x, training=training))
        losses = self.labelled_losses(x, self.draw_latents(x, seed), training)
        known = tf.one_hot(y, self.num_classes)  # zeros where y is -1
        is_unknown = 1.0 - tf.reduce_sum(known, axis=-1)
        labelled_loss = tf.reduce_sum(known * losses, axis=-1)
        negative_bound = self.average(labelled_loss + is_unknown * unlabelled_loss(losses, log_q))
        classification_loss = self.average(-tf.reduce_sum(known * log_q, axis=-1))
        self.track(negative_bound=negative_bound, classification_loss=classification_loss)
        return negative_bound + self.classification_weight * classification_loss

    def labelled_losses(self, x, epsilon, training=False):
        """L(x, y) of x [N, ...] for every class y: [N, C]; one draw epsilon [N, d] for all y."""
        x, y, epsilon = self.with_every_class(x, epsilon)
        posterior = self.posterior(x, y, training)
        z = gaussian.reparameterized(posterior, epsilon)
        log_likelihood = self.observation_model(self.decoder([z, y], training=training)).log_prob(x)
        kl_divergence = posterior.kl_divergence(self.prior())
        losses = kl_divergence - log_likelihood + math.log(self.num_classes)
        return tf.reshape(losses, [-1, self.num_classes])

    def with_every_class(self, x, *values):
        """x [N C, ...], every row C times, its labels 0 to C - 1 [N C], and `values` as x."""
        labels = tf.tile(tf.range(self.num_classes), [batch_size_of(x)])
        x, *values = (tf.repeat(v, self.num_classes, axis=0) for v in (x, *values))
        return (x, labels, *values)

    def prior(self):
        """p(z) = N(0, I)."""
        return gaussian.standard(self.latent_dim)

    def posterior(self, x, labels, training=False):
        """q(z|x, y), a diagonal Gaussian with batch shape [N] and event shape [d]."""
        x, labels = map(tf.convert_to_tensor, (x, labels))
        return gaussian.diagonal(self.encoder([x, labels], training=training))

    def observation_model(self, decoded):
        """p(x|y, z) for decoder outputs [N, *data_shape], with event shape `data_shape`."""
        if self.likelihood == "bernoulli":
            pixels = tfd.Bernoulli(logits=decoded, dtype=tf.float32)
        else:
            pixels = tfd.Normal(decoded, self.observation_scale)
        return tfd.Independent(pixels, len(self.data_shape))

    # === Evaluation ===

    def classify(self, x):
        """q(y|x) [N, C], as a dict."""
        return {"probability": tf.nn.softmax(self.classifier(x, training=False))}

    def log_likelihood(self, x, z, labels):
        """log p(x|y, z) in nats, [k, N], for latents [k, N, d] and labels [N]."""
        num_samples, size = tf.unstack(tf.shape(z)[:2])
        inputs = [merge_samples(z), tf.tile(labels, [num_samples])]
        decoded = self.sampler(inputs, training=False)
        decoded = tf.reshape(decoded, [num_samples, size, *self.data_shape])
        return self.observation_model(decoded).log_prob(x)

    def log_weights(self, x, num_samples, seed, labels):
        """Log weights [k, N] of k = num_samples draws, whose mean weight is p(x, y), in nats.

        log p(x, y, z_i) - log q(z_i|x, y) for draws of q(z|x, y); where the label is -1 the weights
        are summed over y, and their mean is p(x). The logarithm of the mean weight is in
        expectation a lower bound (Burda et al. 2016, arXiv 1509.00519, equation 8). `seed` is
        int [2].
        """
        labels = tf.convert_to_tensor(labels)
        known = tf.one_hot(labels, self.num_classes)
        x, y = self.with_every_class(x)
        posterior = self.posterior(x, y)
        shape = [num_samples, batch_size_of(x), self.latent_dim]
        z = gaussian.reparameterized(posterior, latents.draw("normal", shape, seed))
        log_weights = (
            self.log_likelihood(x, z, y)
            + self.prior().log_prob(z)
            - math.log(self.num_classes)
            - posterior.log_prob(z)
        )
        log_weights = tf.reshape(log_weights, [num_samples, -1, self.num_classes])
        of_label = tf.reduce_sum(known * log_weights, axis=-1)
        return tf.where(labels < 0, tf.reduce_logsumexp(log_weights, axis=-1), of_label)

    def inferred(self, x, labels):
        """`labels` [N], the most probable ones under q(y|x) where they are -1."""
        most_probable = tf.argmax(self.classifier(x, training=False), axis=-1, output_type=tf.int32)
        labels = tf.cast(labels, tf.int32)
        return tf.where(labels < 0, most_probable, labels)

    def encode(self, x, labels):
        """Mean and log variance [N, d] of q(z|x, y), as a dict; a label of -1 is inferred."""
        return gaussian.codes(self.posterior(x, self.inferred(x, labels)))

    def reconstruct(self, x, labels):
        """The mean of p(x|y, z) at the mean z of q(z|x, y), as a dict; -1 is inferred."""
        labels = self.inferred(x, labels)
        return {"image": self([self.posterior(x, labels).mean(), labels], training=False)}


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 3e-4}}
_SOFTPLUS = {"units": (500,), "activation": "softplus"}

register(
    Recipe(
        name="m2",
        model=M2,
        title="Semi-supervised Learning with Deep Generative Models (M2)",
        paper="arXiv 1406.5298",
        conditional=True,
        networks={
            "encoder": {"part": "encoder", **_SOFTPLUS},
            "classifier": {"part": "classifier", **_SOFTPLUS},
            "decoder": {"part": "generator", "architecture": "mlp", **_SOFTPLUS},
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
            "encoder": {"units": (8,)},
            "classifier": {"units": (8,)},
            "decoder": {"units": (8,)},
        },
    )
)
