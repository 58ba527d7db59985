"""Deep latent Gaussian model: Rezende, Mohamed and Wierstra, "Stochastic Backpropagation and
Approximate Inference in Deep Generative Models", ICML 2014, arXiv 1401.4082."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.models import arguments, gaussian, latents
from ganzoo.models.base import GenerativeModel, batch_size_of, merge_samples
from ganzoo.registry import Recipe, register
from ganzoo.stochastic.rank_one_gaussian import RankOneGaussian

LIKELIHOODS = ("bernoulli", "gaussian")


class DLGM(GenerativeModel):
    """L layers of Gaussian noise xi_l ~ N(0, I), each of which enters the hidden layer h_l.

    h_L = G_L xi_L, h_l = T_l(h_{l+1}) + G_l xi_l, x ~ p(x | T_0(h_1)). Inference is over the noise:
    q(xi|x) = product over l of N(xi_l; mu_l(x), C_l(x)), and the free energy (equation 10) is

    Loss: mean over examples of sum over l of KL(q(xi_l|x) || N(0, I)) - log p(x|xi), xi_l = mu_l +
    R_l epsilon with R_l R_l' = C_l, one draw. All terms are sums over dimensions, in nats.

    A latent of `generate` is the noise of all layers, from the data up.

    Args:
      encoder: samples [N, *data_shape] to L outputs: mean and log D [N, 2 d_l], C_l = D^-1, or
        mean, log D and u [N, 3 d_l], C_l^-1 = D + u u'.
      decoder: the noise of all layers [N, d_1 + ... + d_L] to [N, *data_shape]: logits, or means
        of a Gaussian.
      likelihood: "bernoulli" for data in {0, 1}, or "gaussian" with standard deviation
        `observation_scale`.
      observation_scale: standard deviation of p(x|xi), in units of the data.
    """

    network_names = ("encoder", "decoder")
    sampled_network = "decoder"
    latent_distributions = ("normal",)
    logged = ("loss", "reconstruction_loss", "kl_divergence")
    joint = True

    def __init__(
        self, encoder, decoder, *, likelihood="bernoulli", observation_scale=0.3, **kwargs
    ):
        arguments.choice("likelihood", likelihood, LIKELIHOODS)
        arguments.positive("observation_scale", observation_scale)
        super().__init__(
            {"encoder": encoder, "decoder": decoder},
            {"likelihood": likelihood, "observation_scale": observation_scale},
            **kwargs,
        )
        sizes = [output.shape[-1] for output in encoder.outputs]
        if sum(sizes) not in (2 * self.latent_dim, 3 * self.latent_dim):
            raise ValueError(
                f"the encoder gives {sizes} parameters for {self.latent_dim} dimensions of noise: "
                "give two (mean, log D) or three (mean, log D, u) for each dimension of a layer"
            )
        self.layer_sizes = [size * self.latent_dim // sum(sizes) for size in sizes]

    @property
    def distribution(self):
        """ "bernoulli" for bits, None where samples are means of a Gaussian."""
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
        """This replica's part of the mean free energy of x [N, ...]; tracks its two terms."""
        posteriors = self.posteriors(x, training)
        xi = self.transform(posteriors, self.draw_latents(x, seed))
        log_likelihood = self.observation_model(self.decoder(xi, training=training)).log_prob(x)
        kl_divergence = tf.add_n([posterior.kl_to_standard() for posterior in posteriors])
        self.track(
            reconstruction_loss=self.average(-log_likelihood),
            kl_divergence=self.average(kl_divergence),
        )
        return self.average(kl_divergence - log_likelihood)

    def posteriors(self, x, training=False):
        """q(xi_l|x) of each layer, from the data up: Gaussians of [N, d_l]."""
        posteriors = []
        # Flattened, because Keras unwraps a list of one output.
        outputs = tf.nest.flatten(self.encoder(x, training=training))
        for output, size in zip(outputs, self.layer_sizes, strict=True):
            mean, log_precision, *direction = tf.split(output, output.shape[-1] // size, axis=-1)
            direction = direction[0] if direction else tf.zeros_like(mean)
            posteriors.append(RankOneGaussian(mean, log_precision, direction))
        return posteriors

    def transform(self, posteriors, epsilon):
        """The draws of all layers for epsilon ~ N(0, I), [..., d] both."""
        parts = tf.split(epsilon, self.layer_sizes, axis=-1)
        draws = [posterior.transform(part) for posterior, part in zip(posteriors, parts)]
        return tf.concat(draws, axis=-1)

    def observation_model(self, decoded):
        """p(x|xi) for decoder outputs [N, *data_shape], with event shape `data_shape`."""
        if self.likelihood == "bernoulli":
            pixels = tfd.Bernoulli(logits=decoded, dtype=tf.float32)
        else:
            pixels = tfd.Normal(decoded, self.observation_scale)
        return tfd.Independent(pixels, len(self.data_shape))

    # === Evaluation ===

    def log_likelihood(self, x, xi):
        """log p(x|xi) in nats, [k, N], for x [N, *data_shape] and latents [k, N, d]."""
        decoded = self.sampler(merge_samples(xi), training=False)
        decoded = tf.reshape(decoded, [*tf.unstack(tf.shape(xi)[:2]), *self.data_shape])
        return self.observation_model(decoded).log_prob(x)

    def log_weights(self, x, num_samples, seed):
        """log p(x, xi_i) - log q(xi_i|x) for k = num_samples draws of q(xi|x): [k, N], in nats.

        The logarithm of the mean of their exponentials is in expectation a lower bound of log p(x):
        Burda et al. 2016, arXiv 1509.00519, equation 8. `seed` is int [2].
        """
        posteriors = self.posteriors(x)
        epsilon = latents.draw("normal", [num_samples, batch_size_of(x), self.latent_dim], seed)
        xi = self.transform(posteriors, epsilon)
        prior = gaussian.standard(self.latent_dim)
        log_weights = self.log_likelihood(x, xi) + prior.log_prob(xi)
        for posterior, part in zip(posteriors, tf.split(xi, self.layer_sizes, axis=-1)):
            log_weights -= posterior.log_prob(part)
        return log_weights

    def encode(self, x):
        """Mean and log variance [N, d] of the noise of all layers under q(xi|x), as a dict."""
        posteriors = self.posteriors(x)
        mean = tf.concat([posterior.mean for posterior in posteriors], axis=-1)
        variance = tf.concat([posterior.variance() for posterior in posteriors], axis=-1)
        return {"mean": mean, "log_variance": tf.math.log(variance)}

    def reconstruct(self, x):
        """The mean of p(x|xi) at the mean xi of q(xi|x), as a dict."""
        return {"image": self(self.encode(x)["mean"], training=False)}


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3}}

register(
    Recipe(
        name="dlgm",
        model=DLGM,
        title="Stochastic Backpropagation and Approximate Inference in Deep Generative Models",
        paper="arXiv 1401.4082",
        networks={
            "encoder": {"part": "noise_encoder", "units": (200, 200)},
            "decoder": {"part": "noise_decoder", "units": (200, 200)},
        },
        settings={"latent_dim": (50, 50), "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=100,
        epochs=50,
        dataset="mnist",
        binarized="dynamic",
        vector={"latent_dim": (4, 4), "encoder": {"units": (64,)}, "decoder": {"units": (64,)}},
        tiny={
            "latent_dim": (4, 2),
            "encoder": {"units": (8,), "covariance": "rank_one"},
            "decoder": {"units": (8,)},
        },
    )
)
