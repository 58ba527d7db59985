"""BGAN on discrete data, the reweighted GAN: Hjelm et al., "Boundary-Seeking GANs", ICLR 2018,
arXiv 1702.08431."""

import tensorflow as tf

from ganzoo.losses import f_divergence
from ganzoo.models import arguments
from ganzoo.models.base import (
    GenerativeModel,
    held,
    merge_samples,
    refuse_minibatch_discrimination,
    score_pair,
    score_samples,
)
from ganzoo.registry import Recipe, register
from ganzoo.stochastic import importance
from ganzoo.stochastic.baselines import mean_of_global_batch
from ganzoo.stochastic.vimco import signals

ESTIMATORS = ("per_latent", "global", "reinforce", "vimco")


class DiscreteBGAN(GenerativeModel):
    """A generator g(x | z) that is fitted to its own samples, weighted by the discriminator.

    With F = a(x) the discriminator's output, w the estimate of data density over generator density
    that belongs to the divergence (`ganzoo.losses.f_divergence`; exp(F) for "gan"), and M samples
    x_m of each latent:

    Discriminator: mean of -nu(F(x)) over data + mean of f*(nu(F(x_m))) over all N M samples.
    Generator, "per_latent": mean over z of -sum_m w_m / (sum_m w_m) log g(x_m | z), eq. 9 and 10 of
    the first version. "global": the same with weights that are normalized over all samples of the
    batch, whose limit is the gradient of KL(p w / Z || p). "reinforce": mean of
    -(log w_m - log Z) log g(x_m | z), the reverse KL, with log Z a running mean of the estimates
    log mean_m w_m as baseline. "vimco": the score function estimate of the gradient of
    -E[log mean_m w_m] with a baseline from the other samples (Mnih and Rezende 2016, arXiv
    1602.06725). No gradient passes the samples or the weights.

    log g(x | z) is a sum over pixels or sites. One forward and one backward pass of the generator
    serve all M samples, because log g is linear in x.

    Args:
      generator: latents [N, d] to logits [N, *data_shape].
      discriminator: hard samples to outputs F [N, 1].
      distribution: "bernoulli", or "categorical" with one-hot data.
      symbols: what the categories stand for: strings, or (red, green, blue); None.
      estimator: "per_latent", "global", "reinforce" or "vimco".
      divergence: one of `f_divergence.DIVERGENCES`.
      num_samples: M. With M = 1 "per_latent" has expectation zero.
      log_z_decay: decay of the running log Z of "reinforce", in [0, 1).
    """

    network_names = ("discriminator", "generator")
    logged = (
        *("discriminator_loss", "generator_loss", "effective_sample_size", "weight_variance"),
        *("log_z", "fooled_rate"),
    )

    def __init__(
        self,
        generator,
        discriminator,
        *,
        distribution="bernoulli",
        symbols=None,
        estimator="per_latent",
        divergence="gan",
        num_samples=20,
        log_z_decay=0.95,
        **kwargs,
    ):
        arguments.choice("estimator", estimator, ESTIMATORS)
        arguments.choice("divergence", divergence, f_divergence.DIVERGENCES)
        arguments.integer("num_samples", num_samples, 2 if estimator == "vimco" else 1)
        arguments.fraction("log_z_decay", log_z_decay)
        refuse_minibatch_discrimination(
            discriminator,
            "discriminator",
            "num_samples as many samples as data in a batch would be told by their number",
        )
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "distribution": distribution,
                "symbols": arguments.symbols(symbols),
                "estimator": estimator,
                "divergence": divergence,
                "num_samples": num_samples,
                "log_z_decay": log_z_decay,
            },
            **kwargs,
        )
        self.log_z = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="float32",
            trainable=False,
            name="log_z",
            aggregation="only_first_replica",
        )

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        seeds = self.step_seeds(4)

        conditional = self.conditional(held(self.generator)(self.draw_latents(real, seeds[0])))
        samples = self.draw_samples(conditional, self.num_samples, seeds[1])
        with tf.GradientTape() as tape:
            real_scores, fake_scores = score_pair(self.discriminator, real, merge_samples(samples))
            loss = self.discriminator_loss(real_scores, fake_scores)
        self.minimize("discriminator", tape, loss)

        latents = self.draw_latents(real, seeds[2])
        with tf.GradientTape() as tape:
            conditional = self.conditional(self.generator(latents, training=True))
            samples = self.draw_samples(conditional, self.num_samples, seeds[3])
            fake_scores = score_samples(held(self.discriminator), samples)
            log_weights = f_divergence.log_weights(fake_scores, self.divergence)
            weights = self.weights_of(log_weights)
            loss = self.average(importance.reweighted_loss(conditional, weights, samples))
        self.minimize("generator", tape, loss)
        if self.estimator == "reinforce":
            self.update_log_z(log_weights)
        self.track_weights(log_weights)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        latent_seed, sample_seed = self.evaluation_seeds(2)
        conditional = self.conditional(self.generator(self.draw_latents(real, latent_seed)))
        samples = self.draw_samples(conditional, self.num_samples, sample_seed)
        fake_scores = score_samples(self.discriminator, samples)
        log_weights = f_divergence.log_weights(fake_scores, self.divergence)
        loss = importance.reweighted_loss(conditional, self.weights_of(log_weights), samples)
        self.track(
            discriminator_loss=self.discriminator_loss(self.discriminator(real), fake_scores),
            generator_loss=self.average(loss),
        )
        self.track_weights(log_weights)
        return self.logs()

    def discriminator_loss(self, real_scores, fake_scores):
        """This replica's part of the loss for scores of N data and of M N samples."""
        fake_losses = f_divergence.fake_loss(tf.reshape(fake_scores, [-1, 1]), self.divergence)
        fake_losses = tf.reshape(fake_losses, [self.num_samples, -1])
        return self.average(
            f_divergence.real_loss(real_scores, self.divergence)
            + tf.reduce_mean(fake_losses, axis=0)
        )

    def weights_of(self, log_weights):
        """What log g of every sample is weighted with, [M, N], by the estimator."""
        if self.estimator == "per_latent":
            return importance.per_latent_weights(log_weights)
        if self.estimator == "global":
            return importance.global_weights(log_weights)
        if self.estimator == "vimco":
            return signals(log_weights)
        return (log_weights - self.log_z) / self.num_samples

    def update_log_z(self, log_weights):
        """Moves log Z toward the mean over the global batch of the estimates for each latent."""
        estimate = mean_of_global_batch(importance.log_normalizer(log_weights))
        self.log_z.assign(self.log_z_decay * self.log_z + (1.0 - self.log_z_decay) * estimate)

    def track_weights(self, log_weights):
        """Logs what the weights log w [M, N] of the generator's samples say."""
        self.track(
            effective_sample_size=self.average(importance.effective_sample_size(log_weights)),
            weight_variance=self.average(importance.weight_variance(log_weights)),
            log_z=self.average(importance.log_normalizer(log_weights)),
            fooled_rate=self.average(importance.fooled_rate(log_weights)),
        )


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}

register(
    Recipe(
        name="bgan_discrete",
        model=DiscreteBGAN,
        title="Boundary-Seeking Generative Adversarial Networks (discrete data)",
        paper="arXiv 1702.08431",
        networks={
            "generator": {
                "part": "generator",
                "dense_units": 1024,
                "initializer": "glorot_uniform",
                "output_activation": None,
            },
            "discriminator": {
                "part": "critic",
                "normalization": None,
                "dense_units": 1024,
                "initializer": "glorot_uniform",
            },
        },
        settings={
            "latent_dim": 64,
            "latent_distribution": "uniform",
            "value_range": (0.0, 1.0),
        },
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
        epochs=100,
        dataset="mnist",
        binarized="dynamic",
        vector={
            "latent_dim": 8,
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
        },
        tiny={
            "latent_dim": 4,
            "num_samples": 3,
            "generator": {"width": 4, "dense_units": 8},
            "discriminator": {"width": 4, "dense_units": 8},
        },
    )
)
