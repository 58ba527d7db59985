"""IWAE: Burda, Grosse and Salakhutdinov 2016, "Importance Weighted Autoencoders", 1509.00519."""

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd

from ganzoo.losses import bernoulli
from ganzoo.models import arguments, gaussian
from ganzoo.models.base import GenerativeModel, batch_size_of, merge_samples
from ganzoo.registry import Recipe, register


class IWAE(GenerativeModel):
    """A variational autoencoder that maximizes the importance-weighted bound L_k (equation 8).

    log w_i = log p(x, z_i) - log q(z_i|x),  z_i = mu(x) + sigma(x) epsilon_i,  i = 1 ... k
    Loss: minus the mean over examples of log(1/k sum_i w_i), for data x in {0, 1}.

    Its gradient is sum_i w~_i grad log w_i, with w~ the weights normalized over the k draws
    (equation 14). If `doubly_reparameterized`, the encoder's is sum_i w~_i^2 (d log w_i / d z_i)
    (d z_i / d phi) instead: the same in expectation, and less noisy for large k (Tucker et al.
    2019, "Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives", 1810.04152).

    Args:
      encoder: samples [N, *data_shape] to [N, 2 d]: mean and log variance of q(z|x).
      decoder: latents [N, d] to logits [N, *data_shape] of p(x|z).
      num_samples: k, latents drawn for each example.
      doubly_reparameterized: whether the encoder has the second gradient.
    """

    network_names = ("encoder", "decoder")
    sampled_network = "decoder"
    latent_distributions = ("normal",)
    logged = ("loss", "negative_elbo")
    joint = True
    distribution = "bernoulli"

    def __init__(self, encoder, decoder, *, num_samples=50, doubly_reparameterized=False, **kwargs):
        super().__init__(
            {"encoder": encoder, "decoder": decoder},
            {
                "num_samples": arguments.integer("num_samples", num_samples, 1),
                "doubly_reparameterized": bool(doubly_reparameterized),
            },
            **kwargs,
        )

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        epsilon = self.draw_noise(x, seed)
        with tf.GradientTape(persistent=True) as tape:
            parameters = self.encoder(x, training=True)
            z = gaussian.reparameterized(gaussian.diagonal(parameters), epsilon)
            if self.doubly_reparameterized:
                parameters = tf.stop_gradient(parameters)  # the encoder learns through z alone
            log_weights = self.log_ratio(x, z, gaussian.diagonal(parameters), self.decoder)
            loss = self.negative_bound(log_weights)
        if self.doubly_reparameterized:
            [z_gradient, *decoder_gradients] = tape.gradient(
                loss, [z, *self.decoder.trainable_variables]
            )  # that of z_i: w~_i (d log w_i / d z_i)
            weights = tf.nn.softmax(log_weights, axis=0)[..., None]
            encoder_gradients = tape.gradient(
                z, self.encoder.trainable_variables, output_gradients=weights * z_gradient
            )
            self.descend("loss", encoder_gradients + decoder_gradients, loss)
        else:
            self.minimize("loss", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        posterior = self.posterior(x)
        z = gaussian.reparameterized(posterior, self.draw_noise(x, seed))
        log_weights = self.log_ratio(x, z, posterior, self.sampler)
        self.track(loss=self.negative_bound(log_weights))
        return self.logs()

    def draw_noise(self, x, seed):
        """epsilon ~ N(0, I) for k latents of each of N examples: [k, N, d]."""
        shape = [batch_size_of(x), self.num_samples, self.latent_dim]
        return tf.transpose(self.draw(self.draw_prior, shape, seed), [1, 0, 2])

    def negative_bound(self, log_weights):
        """This replica's part of the mean of -L_k for [k, N]; tracks that of k = 1 too."""
        self.track(negative_elbo=self.average(-tf.reduce_mean(log_weights, axis=0)))
        return self.average(-tfp.math.reduce_logmeanexp(log_weights, axis=0))

    def log_ratio(self, x, z, posterior, decoder):
        """log w = log p(x|z) + log p(z) - log q(z|x), [k, N], for latents [k, N, d]."""
        log_prior = gaussian.standard(self.latent_dim).log_prob(z)
        return self.log_likelihood(x, z, decoder) + log_prior - posterior.log_prob(z)

    def log_likelihood(self, x, z, decoder=None):
        """log p(x|z) in nats, [k, N], for x [N, *data_shape] and latents [k, N, d].

        By `decoder`, or by the one that `generate` uses.
        """
        logits = (decoder or self.sampler)(merge_samples(z))
        logits = tf.reshape(logits, [*tf.unstack(tf.shape(z)[:2]), *self.data_shape])
        return bernoulli.log_likelihood(x, logits)

    def posterior(self, x):
        """q(z|x), a diagonal Gaussian with batch shape [N] and event shape [d]."""
        return gaussian.diagonal(self.encoder(x, training=False))

    def observation_model(self, logits):
        """p(x|z) for logits [..., *data_shape], with event shape `data_shape`."""
        pixels = tfd.Bernoulli(logits=logits, dtype=tf.float32)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(self.data_shape))

    def log_weights(self, x, num_samples, seed):
        """log w_i for `num_samples` draws of q(z|x): [num_samples, N]; `seed` is int [2]."""
        posterior = self.posterior(x)
        shape = [num_samples, batch_size_of(x), self.latent_dim]
        z = gaussian.reparameterized(posterior, self.draw_prior(shape, seed))
        return self.log_ratio(x, z, posterior, self.sampler)

    def encode(self, x):
        """Mean and log variance [N, d] of q(z|x), as a dict."""
        return gaussian.codes(self.posterior(x))

    def reconstruct(self, x):
        """The probabilities p(x=1|z) at the mean z of q(z|x), as a dict."""
        return {"image": self(self.posterior(x).mean(), training=False)}


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "epsilon": 1e-4}}

register(
    Recipe(
        name="iwae",
        model=IWAE,
        title="Importance Weighted Autoencoders",
        paper="arXiv 1509.00519",
        networks={
            "encoder": {"part": "encoder", "units": (200, 200), "activation": "tanh"},
            "decoder": {
                "part": "generator",
                "architecture": "mlp",
                "units": (200, 200),
                "activation": "tanh",
            },
        },
        settings={"latent_dim": 50, "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=20,
        epochs=100,
        dataset="mnist",
        binarized="dynamic",
        vector={"latent_dim": 4, "encoder": {"units": (64,)}, "decoder": {"units": (64,)}},
        tiny={
            "latent_dim": 4,
            "num_samples": 3,
            "encoder": {"units": (8,)},
            "decoder": {"units": (8,)},
        },
    )
)
