"""IWAE with two layers of latents: Burda, Grosse and Salakhutdinov 2016, arXiv 1509.00519."""

import tensorflow as tf
import tensorflow_probability as tfp

from ganzoo.losses import bernoulli
from ganzoo.models import arguments, gaussian
from ganzoo.models.base import GenerativeModel, batch_size_of, merge_samples
from ganzoo.registry import Recipe, register


class IWAETwoLayers(GenerativeModel):
    """The importance-weighted bound L_k of x - h1 - h2, a chain of Gaussians above the data.

    log w_i = log p(h2) p(h1|h2) p(x|h1) - log q(h1|x) q(h2|h1) for the i-th of k draws of both;
    p(h2) = N(0, I), the other Gaussians are diagonal, p(x|h1) is a Bernoulli for each bit.
    Loss: minus the mean over examples of log(1/k sum_i w_i) (equation 8).

    A latent of `generate` is the noise of both layers, [N, d_1 + d_2], from the data up.

    Args:
      encoder: samples [N, *data_shape] to q(h1|x), [N, 2 d_1]: mean and log variance.
      upper_encoder: h1 to q(h2|h1), [N, 2 d_2].
      upper_decoder: h2 to p(h1|h2), [N, 2 d_1].
      decoder: h1 to logits [N, *data_shape].
      num_samples: k, draws for each example.
    """

    network_names = ("encoder", "upper_encoder", "upper_decoder", "decoder")
    sampled_network = "decoder"
    latent_distributions = ("normal",)
    logged = ("loss", "negative_elbo")
    joint = True
    distribution = "bernoulli"

    def __init__(self, encoder, upper_encoder, upper_decoder, decoder, *, num_samples=50, **kwargs):
        self._upper_dim = upper_decoder.inputs[0].shape[-1]
        super().__init__(
            {
                "encoder": encoder,
                "upper_encoder": upper_encoder,
                "upper_decoder": upper_decoder,
                "decoder": decoder,
            },
            {"num_samples": arguments.integer("num_samples", num_samples, 1)},
            **kwargs,
        )

    def shapes_of(self, sampler):
        """A latent is the noise of both layers."""
        lower, data_shape = super().shapes_of(sampler)
        return lower + self._upper_dim, data_shape

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        epsilon = self.draw_noise(x, seed)
        with tf.GradientTape() as tape:
            loss = self.negative_bound(self.log_ratio(x, epsilon, self.decoder))
        self.minimize("loss", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        log_weights = self.log_ratio(x, self.draw_noise(x, seed), self.sampler)
        self.track(loss=self.negative_bound(log_weights))
        return self.logs()

    def draw_noise(self, x, seed):
        """epsilon ~ N(0, I) of both layers, k for each of N examples: [k, N, d_1 + d_2]."""
        shape = [batch_size_of(x), self.num_samples, self.latent_dim]
        return tf.transpose(self.draw(self.draw_prior, shape, seed), [1, 0, 2])

    def negative_bound(self, log_weights):
        """This replica's part of the mean of -L_k for [k, N]; tracks that of k = 1 too."""
        self.track(negative_elbo=self.average(-tf.reduce_mean(log_weights, axis=0)))
        return self.average(-tfp.math.reduce_logmeanexp(log_weights, axis=0))

    def log_ratio(self, x, epsilon, decoder):
        """log w [k, N] of the draws that epsilon [k, N, d_1 + d_2] determines."""
        lower_noise, upper_noise = self.by_layer(epsilon)
        q1 = gaussian.diagonal(self.encoder(x))
        h1 = gaussian.reparameterized(q1, lower_noise)
        q2 = gaussian.diagonal(self.of_samples(self.upper_encoder, h1))
        h2 = gaussian.reparameterized(q2, upper_noise)
        p1 = gaussian.diagonal(self.of_samples(self.upper_decoder, h2))
        p2 = gaussian.standard(self._upper_dim)
        log_likelihood = bernoulli.log_likelihood(x, self.of_samples(decoder, h1))
        log_prior = p2.log_prob(h2) + p1.log_prob(h1)
        return log_likelihood + log_prior - q1.log_prob(h1) - q2.log_prob(h2)

    def of_samples(self, network, values):
        """The network on every one of [k, N, d]: [k, N, ...]."""
        outputs = network(merge_samples(values))
        return tf.reshape(outputs, [*tf.unstack(tf.shape(values)[:2]), *outputs.shape[1:]])

    def by_layer(self, noise):
        """[..., d_1 + d_2] as [..., d_1] and [..., d_2]."""
        return tf.split(noise, [self.latent_dim - self._upper_dim, self._upper_dim], axis=-1)

    def call(self, inputs, training=None):
        """The noise of both layers [N, d_1 + d_2] to the probabilities of a 1."""
        lower_noise, h2 = self.by_layer(inputs)
        p1 = gaussian.diagonal(self.upper_decoder(h2, training=training))
        h1 = gaussian.reparameterized(p1, lower_noise)
        return tf.sigmoid(self.sampler(h1, training=training))

    # === Evaluation ===

    def log_weights(self, x, num_samples, seed):
        """log w_i for `num_samples` draws of q: [num_samples, N]; `seed` is int [2]."""
        shape = [num_samples, batch_size_of(x), self.latent_dim]
        return self.log_ratio(x, self.draw_prior(shape, seed), self.sampler)

    def encode(self, x):
        """Mean and log variance [N, d_1] of q(h1|x), as a dict."""
        return gaussian.codes(gaussian.diagonal(self.encoder(x)))

    def reconstruct(self, x):
        """The probabilities p(x=1|h1) at the mean h1 of q(h1|x), as a dict."""
        return {"image": tf.sigmoid(self.sampler(gaussian.diagonal(self.encoder(x)).mean()))}


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "epsilon": 1e-4}}

register(
    Recipe(
        name="iwae_two_layers",
        model=IWAETwoLayers,
        title="Importance Weighted Autoencoders (two stochastic layers)",
        paper="arXiv 1509.00519",
        networks={
            "encoder": {"part": "lower_encoder"},
            "upper_encoder": {"part": "upper_encoder"},
            "upper_decoder": {"part": "upper_decoder"},
            "decoder": {"part": "lower_decoder"},
        },
        settings={"latent_dim": (100, 50), "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=20,
        epochs=100,
        dataset="mnist",
        binarized="dynamic",
        vector={
            "latent_dim": (8, 4),
            **{
                name: {"units": (64,)}
                for name in ("encoder", "upper_encoder", "upper_decoder", "decoder")
            },
        },
        tiny={
            "latent_dim": (4, 2),
            "num_samples": 3,
            **{
                name: {"units": (8,)}
                for name in ("encoder", "upper_encoder", "upper_decoder", "decoder")
            },
        },
    )
)
