"""Hamiltonian Monte Carlo inside a train step: Duane et al. 1987; Neal 2011, arXiv 1206.1901.

`tfp.mcmc.HamiltonianMonteCarlo` draws its own noise, the same rows on every replica. Here noise is
an argument, of which `GenerativeModel.draw` gives each replica its own rows.
"""

import tensorflow as tf


def leapfrog(log_prob, z, momentum, step_size, steps):
    """(z, momentum) [N, d] each after `steps` leapfrog steps of the energy -log_prob(z) + p'p / 2.

    Reversible: from the result with the momentum turned round it leads back.

    Args:
      log_prob: z [N, d] to log densities [N], up to a constant.
      z, momentum: [N, d].
      step_size: scalar.
      steps: integer, at least 1.
    """

    def gradient(z):
        with tf.GradientTape() as tape:
            tape.watch(z)
            values = log_prob(z)
        return tape.gradient(values, z)

    momentum += 0.5 * step_size * gradient(z)
    for step in range(steps):
        z += step_size * momentum
        scale = step_size if step < steps - 1 else 0.5 * step_size
        momentum += scale * gradient(z)
    return z, momentum


def transition(log_prob, z, momentum, uniform, step_size, steps):
    """One trajectory with its Metropolis decision: (next z [N, d], acceptance probabilities [N]).

    Leaves exp(log_prob) invariant.

    Args:
      momentum: N(0, I) draws [N, d].
      uniform: U(0, 1) draws [N].
      log_prob, z, step_size, steps: those of `leapfrog`.
    """
    proposal, final = leapfrog(log_prob, z, momentum, step_size, steps)
    gain = log_prob(proposal) - log_prob(z)
    gain += 0.5 * tf.reduce_sum(momentum**2 - final**2, axis=-1)
    # A trajectory that diverged has no probability.
    acceptance = tf.where(tf.math.is_finite(gain), tf.exp(tf.minimum(gain, 0.0)), 0.0)
    return tf.where((uniform < acceptance)[:, None], proposal, z), acceptance
