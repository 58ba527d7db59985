"""Importance weights of BGAN on discrete data, the reweighted GAN: Hjelm et al., ICLR 2018,
"Boundary-Seeking GANs", arXiv 1702.08431.

The discriminator estimates the ratio w(x) of data to generator. Each conditional of the generator,
g(x | z), gets the target g(x | z) w(x) / Z(z) with Z(z) = E[w(x)] under g(x | z), and w fixed.

`log_weights` [M, N] are log w(x) at M samples of each of N latents: the logits of the discriminator
for w = D / (1 - D), or `ganzoo.losses.f_divergence.log_weights`. Neither D nor w is ever formed, so
any finite logits give finite weights. What should be a matrix [M, N] and is not is a ValueError.
"""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.noise import logits_of


def per_latent_weights(log_weights):
    """w(x_m) / sum_m w(x_m) [M, N], among the M samples of each latent; without gradient.

    They sum to 1 over axis 0. The mean over N of their `reweighted_loss` descends
    E_z KL(g w / Z(z) || g), the paper's lower-variance policy gradient, with a bias of O(1 / M).
    With M = 1 every weight is 1, and the expected gradient is zero.
    """
    return tf.stop_gradient(tf.nn.softmax(_matrix(log_weights), axis=0))


def global_weights(log_weights):
    """N w(x_mn) / sum_mn w(x_mn) [M, N], among all samples; without gradient.

    They sum to N over both axes: the factor N makes the mean over N of their `reweighted_loss` the
    sum over all samples with weights that sum to 1. They are the `per_latent_weights` times the
    estimate of Z(z_n) / mean_n Z(z_n), so both losses have one scale. In the limit of many samples
    that mean has the gradient of KL(p w / Z || p), p(x) = E_z g(x | z) and Z = E_z Z(z).

    On several replicas N and the sums are those of the global batch, and each replica has the
    weights of its own samples.
    """
    log_weights = tf.stop_gradient(_matrix(log_weights))
    several = tf.distribute.get_strategy().num_replicas_in_sync > 1
    replica = tf.distribute.get_replica_context()
    largest = tf.reduce_max(log_weights)
    if several:
        largest = tf.reduce_max(replica.all_gather(largest[None], axis=0))
    weights = tf.exp(log_weights - largest)
    total, latents = tf.reduce_sum(weights), tf.cast(tf.shape(weights)[1], weights.dtype)
    if several:
        total, latents = replica.all_reduce(tf.distribute.ReduceOp.SUM, [total, latents])
    return latents / total * weights


def log_normalizer(log_weights):
    """log (1/M sum_m w(x_m)) [N], the estimate of log Z(z)."""
    log_weights = _matrix(log_weights)
    count = tf.cast(tf.shape(log_weights)[0], log_weights.dtype)
    return tf.reduce_logsumexp(log_weights, axis=0) - tf.math.log(count)


def effective_sample_size(log_weights):
    """1 / sum_m w_m^2 [N] of the `per_latent_weights`: M if uniform, 1 if one sample has it all."""
    return 1.0 / tf.reduce_sum(tf.square(per_latent_weights(log_weights)), axis=0)


def weight_variance(log_weights):
    """Variance over m of M w_m [N] for the `per_latent_weights`: M / effective_sample_size - 1."""
    weights = per_latent_weights(log_weights)
    return tf.math.reduce_variance(tf.cast(tf.shape(weights)[0], weights.dtype) * weights, axis=0)


def fooled_rate(log_weights):
    """Share of the M samples with w > 1, [N]: those that the discriminator takes for data."""
    return tf.reduce_mean(tf.cast(_matrix(log_weights) > 0.0, tf.float32), axis=0)


def soft_target(weights, samples):
    """sum_m w_m x_m [N, *event] for weights [M, N] and samples [M, N, *event]."""
    if not samples.shape[:2].is_compatible_with(weights.shape):
        raise ValueError(
            f"weights of shape {weights.shape}, samples of shape {samples.shape}: give [M, N] and "
            "[M, N, *event]"
        )
    return tf.einsum("mn,mn...->n...", weights, samples)


def reweighted_loss(distribution, weights, samples):
    """-sum_m w_m log g(x_m | z) [N], summed over the elements of an event.

    Computed without M log-likelihoods: log g is linear in x, so this is the cross-entropy against
    the `soft_target`. Its gradient with respect to the logits is mass * mean - target, where mean
    is sigmoid or softmax of the logits and mass = sum_m w_m. Weights need not sum to 1, nor be
    positive: (F - b) / M makes this the score function estimator with reward F and baseline b.

    Args:
      distribution: g(x | z), independent Bernoulli or one-hot categorical from logits, batch [N].
      weights: [M, N].
      samples: [M, N, *event], hard samples of the distribution.

    Raises:
      ValueError: another distribution; weights or samples of another shape.
    """
    logits = logits_of(distribution)
    if not samples.shape[1:].is_compatible_with(logits.shape):
        raise ValueError(f"samples of shape {samples.shape}: give [M, *{logits.shape}]")
    target = soft_target(weights, samples)
    if isinstance(distribution.distribution, tfd.Bernoulli):
        mass = tf.reshape(tf.reduce_sum(weights, axis=0), [-1] + [1] * (len(logits.shape) - 1))
        terms = target * tf.nn.softplus(-logits) + (mass - target) * tf.nn.softplus(logits)
    else:
        # softmax_cross_entropy_with_logits has a gradient that takes the mass to be 1.
        terms = -target * tf.nn.log_softmax(logits)
    return tf.reduce_sum(terms, axis=range(1, len(logits.shape)))


def _matrix(log_weights):
    if len(log_weights.shape) != 2:
        raise ValueError(
            f"log_weights of shape {log_weights.shape}: give [M, N], M samples of N latents"
        )
    return log_weights
