"""Adversarial classification: "Boundary-Seeking GANs", Hjelm et al. 2018, arXiv 1702.08431."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.losses import f_divergence
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held
from ganzoo.stochastic import importance, noise
from ganzoo.stochastic.baselines import MovingAverageBaseline

ESTIMATORS = ("per_latent", "reinforce")


class AdversarialClassifier(GenerativeModel):
    """A classifier g(y|x) as the generator of labels: a discriminator compares pairs (x, y).

    Real pairs are the data (x_n, y_n). Generated pairs (x_n, y_mn) have M labels drawn from the
    softmax g(y|x_n) of the same image. With F the output of the discriminator, and nu, f* and w
    those of the divergence (`ganzoo.losses.f_divergence`),

    Discriminator: mean over n of -nu(F(x_n, y_n)) + mean over m of f*(nu(F(x_n, y_mn))).
    Classifier: mean over n of -sum over m of v_mn log g(y_mn | x_n), v constant, where

    - "per_latent": v_mn = w_mn / sum over m of w_mn, the normalized importance weights among the
      labels of one image. Descends KL(g w / Z || g), Z(x) = E[w] under g(y|x), with a bias of
      O(1 / M).
    - "reinforce": v_mn = (log w_mn - b) / M. Descends KL(g || g w / Z) without bias. The baseline b
      is the running log Z, b <- decay b + (1 - decay) mean over n of log(1/M sum over m of w_mn),
      from 0, as in the released code. log w is F, except log(F/2 + 1) for pearson_chi_squared: its
      floor of log 1e-30 at F <= -2 makes the rewards large there.

    One draw of labels serves both updates, as in the paper's algorithm, and one pass of the
    classifier; the discriminator judges the labels again with its new weights. The image is the
    latent of a generator, so what the base does with latents (`generate`, `decode`, `export`) does
    not apply: `predict` gives logits, and `classifier.export` serves.

    In the logs `accuracy` is the share of images whose most probable class is their label,
    `effective_sample_size` the mean over n of 1 / sum over m of v_mn^2 of the importance weights,
    in [1, M], and `log_z` the mean over n of log(1/M sum over m of w_mn), 0 at the optimum. The
    value of `classifier_loss` is a cross-entropy in "per_latent"; in "reinforce" only its gradient
    has a meaning.

    Args:
      classifier: images [N, *data_shape] to logits [N, C].
      discriminator: images and K labels of each, [N, K, C], to logits [N, K].
      divergence: one of `ganzoo.losses.f_divergence.DIVERGENCES`.
      estimator: "per_latent" or "reinforce".
      samples_per_image: M, for "per_latent" at least 2: with one the expected gradient is 0.
      baseline_decay: decay of the baseline, in (0, 1); of no effect in "per_latent".
    """

    network_names = ("discriminator", "classifier")
    sampled_network = "classifier"
    logged = (
        "discriminator_loss",
        "classifier_loss",
        "accuracy",
        "effective_sample_size",
        "log_z",
    )

    def __init__(
        self,
        classifier,
        discriminator,
        *,
        divergence="gan",
        estimator="per_latent",
        samples_per_image=20,
        baseline_decay=0.95,
        **kwargs,
    ):
        arguments.choice("divergence", divergence, f_divergence.DIVERGENCES)
        arguments.choice("estimator", estimator, ESTIMATORS)
        arguments.integer(
            "samples_per_image", samples_per_image, 2 if estimator == "per_latent" else 1
        )
        super().__init__(
            {"classifier": classifier, "discriminator": discriminator},
            {
                "divergence": divergence,
                "estimator": estimator,
                "samples_per_image": samples_per_image,
                "baseline_decay": baseline_decay,
            },
            **kwargs,
        )
        self.data_shape = tuple(classifier.inputs[0].shape[1:])
        self.num_classes = classifier.outputs[0].shape[-1]
        self.uses_labels = True
        self.baseline = MovingAverageBaseline(baseline_decay)

    def train_step(self, data):
        [(x, y)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        baseline, _ = self.baseline(x)
        with tf.GradientTape() as classifier_tape:
            conditional = self.conditional(x, training=True)
        samples = self.draw_labels(conditional, seed)

        with tf.GradientTape() as tape:
            real_logits, fake_logits = self.score_labels(self.discriminator, x, y, samples)
            loss = self.average(self.discriminator_loss(real_logits, fake_logits))
        self.minimize("discriminator", tape, loss)

        _, fake_logits = self.score_labels(held(self.discriminator), x, y, samples)
        log_weights = f_divergence.log_weights(fake_logits, self.divergence)
        weights = self.sample_weights(log_weights, baseline)
        with classifier_tape:
            loss = self.average(importance.reweighted_loss(conditional, weights, samples))
        self.minimize("classifier", classifier_tape, loss)
        self.baseline.update(importance.log_normalizer(log_weights), baseline)
        self.track_quality(conditional, y, log_weights)
        return self.logs()

    def test_step(self, data):
        [(x, y)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        baseline, _ = self.baseline(x)
        conditional = self.conditional(x)
        samples = self.draw_labels(conditional, seed)
        real_logits, fake_logits = self.score_labels(self.discriminator, x, y, samples)
        log_weights = f_divergence.log_weights(fake_logits, self.divergence)
        weights = self.sample_weights(log_weights, baseline)
        self.track(
            discriminator_loss=self.average(self.discriminator_loss(real_logits, fake_logits)),
            classifier_loss=self.average(importance.reweighted_loss(conditional, weights, samples)),
        )
        self.track_quality(conditional, y, log_weights)
        return self.logs()

    def conditional(self, x, training=False):
        """g(y|x), one one-hot label for each image: batch shape [N], event shape [C]."""
        logits = self.classifier(x, training=training)
        return tfd.Independent(tfd.OneHotCategorical(logits=logits, dtype=tf.float32), 0)

    def draw_labels(self, conditional, seed):
        """M labels of each image from g(y|x): one-hot [M, N, C], constants."""
        return self.draw_samples(conditional, self.samples_per_image, seed)

    def score_labels(self, discriminator, x, y, samples):
        """F(x_n, y_n) [N] and F(x_n, y_mn) [M, N], in one pass over the images."""
        labels = tf.concat([tf.one_hot(y, self.num_classes)[None], samples], axis=0)
        logits = tf.transpose(discriminator([x, tf.transpose(labels, [1, 0, 2])]))
        return logits[0], logits[1:]

    def discriminator_loss(self, real_logits, fake_logits):
        """-nu(F(x_n, y_n)) + mean over m of f*(nu(F(x_n, y_mn))), [N]."""
        fake_losses = f_divergence.fake_loss(fake_logits, self.divergence)
        fake_losses = tf.reshape(fake_losses, tf.shape(fake_logits))
        real_losses = f_divergence.real_loss(real_logits, self.divergence)
        return real_losses + tf.reduce_mean(fake_losses, axis=0)

    def sample_weights(self, log_weights, baseline):
        """v [M, N] of log w [M, N] and the baseline b [N]."""
        if self.estimator == "per_latent":
            return importance.per_latent_weights(log_weights)
        return tf.stop_gradient((log_weights - baseline) / self.samples_per_image)

    def track_quality(self, conditional, y, log_weights):
        """Adds to the logs what is not a loss."""
        correct = tf.argmax(noise.logits_of(conditional), axis=-1, output_type=y.dtype) == y
        self.track(
            accuracy=self.average(tf.cast(correct, tf.float32)),
            effective_sample_size=self.average(importance.effective_sample_size(log_weights)),
            log_z=self.average(importance.log_normalizer(log_weights)),
        )

    def sample_latents(self, num_samples, seed=None):
        """Not for this model: its generator takes images."""
        raise TypeError(
            "AdversarialClassifier draws labels of images, it has no latents: use predict(images) "
            "for logits, classifier.export(path) to serve them"
        )
