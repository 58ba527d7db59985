"""p(z) = N(0, I) with p(x|z): models of which annealed importance sampling takes the likelihood."""

import dataclasses
from collections.abc import Callable

import keras
import tensorflow as tf
from tensorflow_probability import distributions as tfd


@dataclasses.dataclass(frozen=True)
class Decoder:
    """A latent variable model with the prior N(0, I).

    Attributes:
      latent_dim: d.
      conditional: latents [n, d] to the distribution p(x|z) with batch shape [n].
      jit_compile: whether XLA compiles the chains, see `gains_by_xla`.
    """

    latent_dim: int
    conditional: Callable
    jit_compile: bool = True

    def log_likelihood(self, x, z):
        """log p(x|z) in nats, [k, N], for x [N, *data_shape] and latents [k, N, d]."""
        draws, count = tf.unstack(tf.shape(z)[:2])
        conditional = self.conditional(tf.reshape(z, [-1, self.latent_dim]))
        repeated = tf.tile(x, [draws, *[1] * (x.shape.rank - 1)])
        return tf.reshape(conditional.log_prob(repeated), [draws, count])

    def simulate(self, num_samples, seed):
        """Pairs (x, z) from p(z) p(x|z), of which z is an exact draw of the posterior p(z|x)."""
        shape = [num_samples, self.latent_dim]
        z = tf.random.stateless_normal(shape, [seed, 0], alg="philox")
        return self.conditional(z).sample(seed=tf.constant([seed, 1])), z


def decoder_of(model, variance=None):
    """The `Decoder` of a trained model with normal latents.

    Args:
      model: one with an `observation_model`, such as a variational autoencoder; or any model of
        continuous data that decodes latents, with `variance`.
      variance: None, or sigma^2 of p(x|z) = N(G(z), sigma^2 I), in squared units of the data: how
        Wu et al. 2017, arXiv 1611.04273, section 2, give a generator a density.

    Raises:
      ValueError: the model has another prior, no p(x|z) of its latents in one network, or neither
        or both of its own p(x|z) and `variance`.
    """
    if model.named_prior != "normal" or model.uses_labels:
        raise ValueError(
            f"latent_distribution={model.named_prior!r}, labels: {model.uses_labels}: "
            'likelihoods by annealing take unconditional models with latent_distribution="normal"'
        )
    has_own = hasattr(model, "observation_model")
    if hasattr(model, "log_weights") and not model.decodes_latents:
        raise ValueError(
            f"the latents of {model.name} pass several networks or steps before p(x|z): use "
            "importance_bound"
        )
    if has_own == (variance is not None):
        raise ValueError(
            f"variance={variance}: {model.name} has "
            + ("its own p(x|z), leave it out" if has_own else "no p(x|z), give sigma^2")
        )
    if not has_own and model.distribution is not None:
        raise ValueError(
            f"variance={variance}: samples of {model.name} are discrete, a Gaussian around their "
            "probabilities is no density of them"
        )

    def conditional(z):
        if has_own:
            return model.observation_model(model.sampler(z, training=False))
        pixels = tfd.Normal(tf.cast(model(z, training=False), tf.float32), variance**0.5)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(model.data_shape))

    return Decoder(model.latent_dim, conditional, gains_by_xla(model.sampler))


def gains_by_xla(network):
    """Whether chains through a Keras network are faster when XLA compiles them.

    On one core, chains through three dense layers took 0.6 of the time with XLA, and those through
    two transposed convolutions 3.7 times as long; accelerators have convolutions of their own.
    """
    if any(device.device_type != "CPU" for device in tf.config.list_logical_devices()):
        return True
    convolutions = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    return not any(isinstance(layer, convolutions) for layer in network._flatten_layers())
