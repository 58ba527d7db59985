"""Conditional VAE: Sohn, Lee and Yan, "Learning Structured Output Representation using Deep
Conditional Generative Models", NIPS 2015."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.models import gaussian, latents
from ganzoo.models.base import GenerativeModel, batch_size_of, merge_samples
from ganzoo.registry import Recipe, register


class CVAE(GenerativeModel):
    """A VAE of images x given their class y, whose prior of z is a network of y, too.

    Loss: mean over examples of KL(q(z|x, y) || p(z|y)) - log p(x|y, z), z = mu + sigma epsilon of
    q(z|x, y), one draw: a bound of -log p(x|y). Both terms are sums over dimensions, in nats. The
    paper's input x is the class y here, its output y the image x.

    A latent of `generate` is the noise epsilon ~ N(0, I) of a draw z = mu + sigma epsilon of the
    prior p(z|y).

    Args:
      encoder: [bits [N, *data_shape], labels [N]] to [N, 2 d]: mean and log variance of q(z|x, y).
      prior: labels [N] to [N, 2 d]: mean and log variance of p(z|y).
      decoder: [z [N, d], labels [N]] to logits [N, *data_shape].
    """

    network_names = ("encoder", "prior", "decoder")
    sampled_network = "decoder"
    latent_distributions = ("normal",)
    logged = ("loss", "reconstruction_loss", "kl_divergence")
    joint = True
    distribution = "bernoulli"

    def __init__(self, encoder, prior, decoder, **kwargs):
        super().__init__({"encoder": encoder, "prior": prior, "decoder": decoder}, **kwargs)

    def train_step(self, data):
        [(x, y)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        with tf.GradientTape() as tape:
            loss = self.negative_elbo(x, y, seed, training=True)
        self.minimize("loss", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(x, y)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        self.track(loss=self.negative_elbo(x, y, seed, training=False))
        return self.logs()

    def negative_elbo(self, x, y, seed, training):
        """This replica's part of the mean negative bound of x [N, ...] given y [N]."""
        posterior = self.posterior(x, y, training)
        prior = gaussian.diagonal(self.prior(y, training=training))
        z = gaussian.reparameterized(posterior, self.draw_latents(x, seed))
        log_likelihood = self.conditional(self.decoder([z, y], training=training)).log_prob(x)
        kl_divergence = posterior.kl_divergence(prior)
        self.track(
            reconstruction_loss=self.average(-log_likelihood),
            kl_divergence=self.average(kl_divergence),
        )
        return self.average(kl_divergence - log_likelihood)

    def posterior(self, x, y, training=False):
        """q(z|x, y), a diagonal Gaussian with batch shape [N] and event shape [d]."""
        x, y = map(tf.convert_to_tensor, (x, y))
        return gaussian.diagonal(self.encoder([x, y], training=training))

    def call(self, inputs, training=None):
        """Noise [N, d] and labels [N] to the probabilities of a 1 [N, *data_shape]."""
        epsilon, y = inputs
        prior = gaussian.diagonal(self.prior(y, training=training))
        z = gaussian.reparameterized(prior, epsilon)
        return super().call([z, y], training=training)

    # === Evaluation ===

    def log_likelihood(self, x, epsilon, labels):
        """log p(x|y, epsilon) in nats, [k, N], for the noise [k, N, d] of draws of p(z|y)."""
        prior = gaussian.diagonal(self.prior(labels, training=False))
        return self._log_likelihood(x, gaussian.reparameterized(prior, epsilon), labels)

    def _log_likelihood(self, x, z, labels):
        num_samples, size = tf.unstack(tf.shape(z)[:2])
        inputs = [merge_samples(z), tf.tile(labels, [num_samples])]
        logits = self.sampler(inputs, training=False)
        logits = tf.reshape(logits, [num_samples, size, *self.data_shape])
        bits = tfd.Bernoulli(logits=logits, dtype=tf.float32)
        return tfd.Independent(bits, len(self.data_shape)).log_prob(x)

    def log_weights(self, x, num_samples, seed, labels):
        """log p(x, z_i|y) - log q(z_i|x, y) for k = num_samples draws of q: [k, N], in nats.

        The logarithm of the mean of their exponentials is in expectation a lower bound of
        log p(x|y): Burda et al. 2016, arXiv 1509.00519, equation 8. `seed` is int [2].
        """
        posterior = self.posterior(x, labels)
        prior = gaussian.diagonal(self.prior(labels, training=False))
        shape = [num_samples, batch_size_of(x), self.latent_dim]
        z = gaussian.reparameterized(posterior, latents.draw("normal", shape, seed))
        log_likelihood = self._log_likelihood(x, z, labels)
        return log_likelihood + prior.log_prob(z) - posterior.log_prob(z)

    def encode(self, x, labels):
        """Mean and log variance [N, d] of q(z|x, y), as a dict."""
        return gaussian.codes(self.posterior(x, labels))

    def reconstruct(self, x, labels):
        """The mean of p(x|y, z) at the mean z of q(z|x, y), as a dict."""
        inputs = [self.posterior(x, labels).mean(), tf.convert_to_tensor(labels)]
        return {"image": self.conditional(self.sampler(inputs, training=False)).mean()}


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3}}

register(
    Recipe(
        name="cvae",
        model=CVAE,
        title="Learning Structured Output Representation using Deep Conditional Generative Models",
        paper="NIPS 2015",
        conditional=True,
        networks={
            "encoder": {"part": "encoder", "units": (500, 500)},
            "prior": {"part": "prior"},
            "decoder": {"part": "generator", "architecture": "mlp", "units": (500, 500)},
        },
        settings={"latent_dim": 50, "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=100,
        epochs=50,
        dataset="mnist",
        binarized="dynamic",
        vector={"latent_dim": 2},
        tiny={
            "latent_dim": 4,
            "encoder": {"units": (8,)},
            "prior": {"units": (8,)},
            "decoder": {"units": (8,)},
        },
    )
)
