"""Divergences of frozen generators from data, as new critics estimate them.

The appendix of Hjelm et al., ICLR 2018, "Boundary-Seeking GANs", arXiv 1702.08431, compares
generators this way: a critic that no generator was trained against learns to tell data from
samples, and its objective on samples and data that it has not seen is the estimate. In expectation
it is a lower bound of the divergence, or, for Wasserstein, of the distance times the critic's
Lipschitz constant, which the gradient penalty draws to 1; a weak critic underestimates.

With F the critic's output, p the data and q the generator:

    jensen_shannon  1/2 (E_p[nu(F)] - E_q[f*(nu(F))]) <= JS(p, q) <= log 2, in nats
    reverse_kl      E_p[nu(F)] - E_q[f*(nu(F))] <= KL(q || p), in nats
    wasserstein     E_p[F] - E_q[F], with the penalty of WGAN-GP in training

with nu and f* of `ganzoo.losses.f_divergence`.
"""

import keras
import numpy as np
import tensorflow as tf

from ganzoo.losses import f_divergence, wasserstein
from ganzoo.models.base import score_pair
from ganzoo.regularizers.gradient_penalty import interpolate, two_sided_penalty

DIVERGENCES = ("jensen_shannon", "reverse_kl", "wasserstein")
_PENALTY_WEIGHT = 10.0


def estimate(divergence, critic, train, test, batch_size=64, learning_rate=1e-3, seed=0):
    """Trains a critic in one pass over `train`, in order, and evaluates it on `test`.

    Args:
      divergence: one of `DIVERGENCES`.
      critic: new network of samples [N, ...] to outputs F [N, 1], without batch normalization.
      train: (data, samples), float32 arrays [steps * batch_size, ...].
      test: (data, samples) of the evaluation, each [N, ...].
      batch_size: of data, and of samples, of one step.
      learning_rate: of Adam, beta_1 0.5.
      seed: of the points at which "wasserstein" penalizes the gradient.

    Returns:
      The estimate, a float.

    Raises:
      ValueError: another divergence, or training data and samples of different number.
    """
    if divergence not in DIVERGENCES:
        raise ValueError(
            f"divergence={divergence!r}: choose one of {', '.join(map(repr, DIVERGENCES))}"
        )
    if len(train[0]) != len(train[1]):
        raise ValueError(
            f"{len(train[0])} training data and {len(train[1])} samples: give as many of each"
        )
    optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.5)
    optimizer.build(critic.trainable_variables)

    @tf.function
    def step(real, fake, mix_seed):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(_loss(divergence, *score_pair(critic, real, fake)))
            if divergence == "wasserstein":
                shape = [batch_size] + [1] * (len(real.shape) - 1)
                mixed = interpolate(real, fake, tf.random.stateless_uniform(shape, mix_seed))
                loss += _PENALTY_WEIGHT * tf.reduce_mean(two_sided_penalty(critic, mixed))
        gradients = tape.gradient(loss, critic.trainable_variables)
        optimizer.apply(gradients, critic.trainable_variables)

    for start in range(0, len(train[0]) - batch_size + 1, batch_size):
        real, fake = [tf.constant(part[start : start + batch_size]) for part in train]
        step(real, fake, tf.constant([seed, start]))
    real_scores, fake_scores = [critic.predict(part, 500, verbose=0) for part in test]
    return _bound(divergence, real_scores, fake_scores)


def _bound(divergence, real_scores, fake_scores):
    """What the critic's scores of data [N, 1] and of samples [M, 1] say, a float."""
    real_scores, fake_scores = np.float64(real_scores), np.float64(fake_scores)
    if divergence == "wasserstein":
        return float(real_scores.mean() - fake_scores.mean())
    real_loss = f_divergence.real_loss(real_scores, divergence).numpy().mean()
    fake_loss = f_divergence.fake_loss(fake_scores, divergence).numpy().mean()
    return float(-(real_loss + fake_loss)) * (0.5 if divergence == "jensen_shannon" else 1.0)


def _loss(divergence, real_scores, fake_scores):
    """[N], whose mean the critic minimizes, without a penalty."""
    if divergence == "wasserstein":
        return wasserstein.critic_loss(real_scores, fake_scores)
    return f_divergence.real_loss(real_scores, divergence) + f_divergence.fake_loss(
        fake_scores, divergence
    )
