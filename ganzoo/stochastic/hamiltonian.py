"""Hamiltonian Monte Carlo inside a train step: Duane et al. 1987; Neal 2011, arXiv 1206.1901.

`tfp.mcmc.HamiltonianMonteCarlo` draws its own noise, the same rows on every replica. Here noise is
an argument, of which `GenerativeModel.draw` gives each replica its own rows.
"""

from typing import NamedTuple

import tensorflow as tf


class State(NamedTuple):
    """Where chains are: z [N, d] with its log density [N] and the gradient of that [N, d]."""

    z: tf.Tensor
    log_prob: tf.Tensor
    gradient: tf.Tensor


def state(log_prob, z):
    """`State` of z [N, d] for log_prob, z [N, d] to log densities [N], up to a constant."""
    with tf.GradientTape() as tape:
        tape.watch(z)
        values = log_prob(z)
    return State(z, values, tape.gradient(values, z))


def leapfrog(log_prob, start, momentum, step_size, steps):
    """(state, momentum [N, d]) after `steps` leapfrog steps of the energy -log_prob(z) + p'p / 2.

    Reversible: from the result with the momentum turned round it leads back.

    Args:
      log_prob: that of `state`.
      start: `State`.
      momentum: [N, d].
      step_size: scalar.
      steps: integer, at least 1.
    """
    current = start
    momentum += 0.5 * step_size * current.gradient
    for step in range(steps):
        current = state(log_prob, current.z + step_size * momentum)
        scale = step_size if step < steps - 1 else 0.5 * step_size
        momentum += scale * current.gradient
    return current, momentum


def transition(log_prob, start, momentum, uniform, step_size, steps):
    """One trajectory with its Metropolis decision: (next state, acceptance probabilities [N]).

    Leaves exp(log_prob) invariant.

    Args:
      momentum: N(0, I) draws [N, d].
      uniform: U(0, 1) draws [N].
      log_prob, start, step_size, steps: those of `leapfrog`.
    """
    proposal, final = leapfrog(log_prob, start, momentum, step_size, steps)
    gain = proposal.log_prob - start.log_prob
    gain += 0.5 * tf.reduce_sum(momentum**2 - final**2, axis=-1)
    # A trajectory that diverged has no probability.
    acceptance = tf.where(tf.math.is_finite(gain), tf.exp(tf.minimum(gain, 0.0)), 0.0)
    accepted = uniform < acceptance
    end = State(
        tf.where(accepted[:, None], proposal.z, start.z),
        tf.where(accepted, proposal.log_prob, start.log_prob),
        tf.where(accepted[:, None], proposal.gradient, start.gradient),
    )
    return end, acceptance
