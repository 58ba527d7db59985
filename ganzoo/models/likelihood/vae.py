"""VAE: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, arXiv 1312.6114."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.losses import bernoulli
from ganzoo.models import arguments, gaussian, latents
from ganzoo.models.base import GenerativeModel, batch_size_of, ends_linear, merge_samples
from ganzoo.registry import Recipe, register

LIKELIHOODS = ("gaussian", "bernoulli")


class VAE(GenerativeModel):
    """One objective for two networks: the negative evidence lower bound.

    Loss: mean over examples of KL(q(z|x) || N(0, I)) - log p(x|z), z = mu + sigma epsilon
    (estimator B, equation 10, one draw). Both terms are sums over dimensions, in nats.

    `generate` returns the mean of p(x|z) for z ~ N(0, I), not a draw from it.

    Args:
      encoder: samples [N, *data_shape] to [N, 2 d]: mean and log variance of q(z|x).
      decoder: latents [N, d] to [N, *data_shape]: mean of a Gaussian or logits of a Bernoulli.
      likelihood: "gaussian" with standard deviation `observation_scale`, or "bernoulli" for data in
        {0, 1}.
      observation_scale: standard deviation of p(x|z), in units of the data.
    """

    network_names = ("encoder", "decoder")
    sampled_network = "decoder"
    latent_distributions = ("normal",)
    logged = ("loss", "reconstruction_loss", "kl_divergence")
    joint = True

    def __init__(self, encoder, decoder, *, likelihood="gaussian", observation_scale=0.3, **kwargs):
        arguments.choice("likelihood", likelihood, LIKELIHOODS)
        arguments.positive("observation_scale", observation_scale)
        super().__init__(
            {"encoder": encoder, "decoder": decoder},
            {"likelihood": likelihood, "observation_scale": observation_scale},
            **kwargs,
        )
        if likelihood == "bernoulli" and self.value_range != (0.0, 1.0):
            raise ValueError(
                f"value_range={self.value_range}: a Bernoulli likelihood takes data in {{0, 1}}, "
                "value_range=(0, 1)"
            )
        if likelihood == "bernoulli" and not ends_linear(decoder):
            raise ValueError(
                "a Bernoulli likelihood takes logits: the decoder must end without an activation, "
                'decoder={"output_activation": None}'
            )

    @property
    def data_distribution(self):
        """Bits under a Bernoulli; the samples are its means, so `distribution` is None."""
        return "bernoulli" if self.likelihood == "bernoulli" else None

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        with tf.GradientTape() as tape:
            loss = self.negative_elbo(x, seed, training=True)
        self.minimize("loss", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        self.track(loss=self.negative_elbo(x, seed, training=False))
        return self.logs()

    def negative_elbo(self, x, seed, training):
        """This replica's part of the mean negative bound of x [N, ...]; tracks its two terms."""
        posterior = self.posterior(x, training)
        z = gaussian.reparameterized(posterior, self.draw_latents(x, seed))
        log_likelihood = self.observation_model(self.decoder(z, training=training)).log_prob(x)
        kl_divergence = posterior.kl_divergence(self.prior())
        self.track(
            reconstruction_loss=self.average(-log_likelihood),
            kl_divergence=self.average(kl_divergence),
        )
        return self.average(kl_divergence - log_likelihood)

    def prior(self):
        """p(z) = N(0, I)."""
        return gaussian.standard(self.latent_dim)

    def posterior(self, x, training=False):
        """q(z|x), a diagonal Gaussian with batch shape [N] and event shape [d]."""
        return gaussian.diagonal(self.encoder(x, training=training))

    def observation_model(self, decoded):
        """p(x|z) for decoder outputs [N, *data_shape], with event shape `data_shape`."""
        if self.likelihood == "bernoulli":
            pixels = tfd.Bernoulli(logits=decoded, dtype=tf.float32)
        else:
            pixels = tfd.Normal(decoded, self.observation_scale)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(self.data_shape))

    def call(self, inputs, training=None):
        """Latents [N, d] to the mean of p(x|z)."""
        return self.observation_model(super().call(inputs, training=training)).mean()

    # === Evaluation ===

    def log_likelihood(self, x, z):
        """log p(x|z) in nats, [k, N], for x [N, *data_shape] and latents [k, N, d]."""
        decoded = self.sampler(merge_samples(z), training=False)
        decoded = tf.reshape(decoded, [*tf.unstack(tf.shape(z)[:2]), *self.data_shape])
        if self.likelihood == "bernoulli":
            return bernoulli.log_likelihood(x, decoded)
        return self.observation_model(decoded).log_prob(x)

    def log_weights(self, x, num_samples, seed):
        """log p(x, z_i) - log q(z_i|x) for k = num_samples draws of q(z|x): [k, N], in nats.

        The logarithm of the mean of their exponentials is in expectation a lower bound of log p(x):
        Burda et al. 2016, arXiv 1509.00519, equation 8. `seed` is int [2].
        """
        posterior = self.posterior(x)
        epsilon = latents.draw("normal", [num_samples, batch_size_of(x), self.latent_dim], seed)
        z = gaussian.reparameterized(posterior, epsilon)
        return self.log_likelihood(x, z) + self.prior().log_prob(z) - posterior.log_prob(z)

    def encode(self, x):
        """Mean and log variance [N, d] of q(z|x), as a dict."""
        return gaussian.codes(self.posterior(x))

    def reconstruct(self, x):
        """The mean of p(x|z) at the mean z of q(z|x), as a dict."""
        return {"image": self(self.posterior(x).mean(), training=False)}


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3}}

register(
    Recipe(
        name="vae",
        model=VAE,
        title="Auto-Encoding Variational Bayes",
        paper="arXiv 1312.6114",
        networks={
            "encoder": {"part": "encoder"},
            "decoder": {
                "part": "generator",
                "architecture": "mlp",
                "units": (500, 500),
                "output_activation": "tanh",
            },
        },
        settings={"latent_dim": 50},
        optimizers={"optimizer": _ADAM},
        batch_size=100,
        epochs=50,
        vector={
            "latent_dim": 2,
            "observation_scale": 0.05,
            "encoder": {"units": (128, 128)},
            "decoder": {"units": (128, 128), "output_activation": None},
        },
        tiny={"latent_dim": 4, "encoder": {"units": (8,)}, "decoder": {"units": (8,)}},
    )
)
