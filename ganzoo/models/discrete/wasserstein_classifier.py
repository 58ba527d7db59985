"""WGAN as a classifier, the control of the adversarial classification of Hjelm et al., ICLR 2018,
"Boundary-Seeking GANs", arXiv 1702.08431; WGAN: Arjovsky et al. 2017, arXiv 1701.07875.
"""

import tensorflow as tf

from ganzoo.losses import wasserstein
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held


class WassersteinClassifier(GenerativeModel):
    """A critic compares an image and its one-hot label with the image and the probabilities g(y|x).

    Critic: mean of f(x, g(x)) - f(x, y), then every weight is clipped to [-c, c].
    Classifier: mean of -f(x, g(x)), through the probabilities; nothing is sampled.

    The image is the latent of a generator, so what the base does with latents (`generate`,
    `decode`, `export`) does not apply: `predict` gives logits. `accuracy` in the logs is the share
    of images whose most probable class is their label.

    Args:
      classifier: images [N, *data_shape] to logits [N, C].
      critic: images and K labels or probabilities of each, [N, K, C], to unbounded scores [N, K].
      critic_steps: n_critic, the critic updates before each classifier update, each on a minibatch
        of its own.
      clip_value: c.
    """

    network_names = ("critic", "classifier")
    sampled_network = "classifier"
    minibatch_setting = "critic_steps"
    logged = ("critic_loss", "classifier_loss", "accuracy")

    def __init__(self, classifier, critic, *, critic_steps=5, clip_value=0.01, **kwargs):
        arguments.integer("critic_steps", critic_steps, 1)
        arguments.positive("clip_value", clip_value)
        super().__init__(
            {"classifier": classifier, "critic": critic},
            {"critic_steps": critic_steps, "clip_value": clip_value},
            **kwargs,
        )
        self.data_shape = tuple(classifier.inputs[0].shape[1:])
        self.num_classes = classifier.outputs[0].shape[-1]
        self.uses_labels = True

    def train_step(self, data):
        self.step_seeds(1)  # advances the iteration; there is no noise
        for x, y in self.minibatches(data, self.critic_steps):
            logits = held(self.classifier)(x)
            with tf.GradientTape() as tape:
                real_scores, fake_scores = self.score_labels(self.critic, x, y, logits)
                loss = self.average(wasserstein.critic_loss(real_scores, fake_scores))
            self.minimize("critic", tape, loss)
            for weight in self.critic.trainable_variables:
                weight.assign(tf.clip_by_value(weight, -self.clip_value, self.clip_value))

        with tf.GradientTape() as tape:
            logits = self.classifier(x, training=True)
            _, fake_scores = self.score_labels(held(self.critic), x, y, logits)
            loss = self.average(wasserstein.generator_loss(fake_scores))
        self.minimize("classifier", tape, loss)
        self.track(accuracy=self.average(_is_correct(logits, y)))
        return self.logs()

    def test_step(self, data):
        [(x, y)] = self.minibatches(data)
        logits = self.classifier(x)
        real_scores, fake_scores = self.score_labels(self.critic, x, y, logits)
        self.track(
            critic_loss=self.average(wasserstein.critic_loss(real_scores, fake_scores)),
            classifier_loss=self.average(wasserstein.generator_loss(fake_scores)),
            accuracy=self.average(_is_correct(logits, y)),
        )
        return self.logs()

    def score_labels(self, critic, x, y, logits):
        """f(x, y) and f(x, softmax of logits), [N] each, in one pass over the images."""
        labels = [tf.one_hot(y, self.num_classes), tf.nn.softmax(logits)]
        return tf.unstack(critic([x, tf.stack(labels, axis=1)]), num=2, axis=1)

    def sample_latents(self, num_samples, seed=None):
        """Not for this model: its generator takes images."""
        raise TypeError(
            "WassersteinClassifier has no latents: use predict(images) for logits, "
            "classifier.export(path) to serve them"
        )


def _is_correct(logits, y):
    return tf.cast(tf.argmax(logits, axis=-1, output_type=y.dtype) == y, tf.float32)
