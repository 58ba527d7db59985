"""Annealed importance sampling for decoders, and its reverse, which bounds the error.

Wu, Burda, Salakhutdinov and Grosse 2017, "On the Quantitative Analysis of Decoder-Based Generative
Models", arXiv 1611.04273; bidirectional Monte Carlo: Grosse, Ghahramani and Adams 2015, 1511.02543.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ganzoo.metrics import checks
from ganzoo.metrics.likelihood.batches import over_batches

_FIRST_STEP_SIZE = 0.01
_STEP_SIZES = (1e-4, 0.5)
_ACCEPTANCE = 0.65


def annealed_importance(
    decoder,
    x,
    num_distributions=1000,
    num_chains=16,
    leapfrog_steps=10,
    seed=0,
    batch_size=100,
    progress=None,
    resume=None,
):
    """Estimates of log p(x) from below: log of the mean weight of the chains, for each example.

    From f_0 = p(z) to f_T = p(z) p(x|z) over f_t = p(z) p(x|z)^beta_t, with beta on a sigmoid
    schedule; log w grows by (beta_t - beta_{t-1}) log p(x|z) before z moves by one trajectory of
    Hamiltonian Monte Carlo that leaves f_t invariant. exp of the result has the mean p(x); so the
    result exceeds log p(x) by b with probability below exp(-b).

    Step sizes follow the acceptance of each chain (times 1.02 above 0.65, times 0.98 below, within
    1e-4 and 0.5), as the authors' do; this makes the chains Markov only approximately.

    Args:
      decoder: `Decoder`.
      x: [N, *data_shape], as the decoder's p(x|z) takes it.
      num_distributions: T, intermediate distributions; the authors use 10,000.
      num_chains: chains for each example.
      leapfrog_steps: of a trajectory.
      seed: of all draws.
      batch_size: examples at once.
      progress: None, or called with (examples done, N).
      resume: None, or path of an .npz file that keeps what is done.

    Returns:
      float64 [N], in nats.

    Raises:
      ValueError: counts below 1.
    """
    checks.at_least_one(
        num_distributions=num_distributions,
        num_chains=num_chains,
        leapfrog_steps=leapfrog_steps,
        batch_size=batch_size,
    )
    run = _compiled(decoder, num_distributions, leapfrog_steps, forward=True)

    def evaluate(start, batch):
        seeds = tf.random.experimental.stateless_split(tf.constant([seed, start], tf.int64), 2)
        shape = [num_chains, len(batch), decoder.latent_dim]
        z = tf.random.stateless_normal(shape, seeds[0], alg="philox")
        return _log_mean(run(tf.constant(batch, tf.float32), z, seeds[1]))

    x = np.asarray(x, np.float32)
    at_the_mean = decoder.log_likelihood(tf.constant(x[:1]), tf.zeros([1, 1, decoder.latent_dim]))
    settings = (num_distributions, num_chains, leapfrog_steps, seed)
    protocol = (
        "annealing",
        *settings,
        at_the_mean.numpy().item(),
    )  # the last one knows the decoder
    return over_batches(evaluate, (x,), batch_size, progress, resume, protocol)


class BidirectionalBounds(NamedTuple):
    """Estimates of log p(x) for simulated x, float64 [N] each, in nats.

    lower: by annealing forward from the prior.
    upper: by annealing back from the latents that x was made of; above log p(x) on average.
    """

    lower: np.ndarray
    upper: np.ndarray

    @property
    def gap(self):
        """Mean of upper - lower: bounds the mean error of either."""
        return float(np.mean(self.upper - self.lower))


def bidirectional_bounds(
    decoder,
    num_examples=100,
    num_distributions=1000,
    num_chains=16,
    leapfrog_steps=10,
    seed=0,
    batch_size=100,
    progress=None,
):
    """`BidirectionalBounds` of examples that the decoder itself generates.

    The reverse chain starts from the z that x was drawn with, an exact draw of the posterior, and
    runs the forward one back: the mean of its inverse weights is 1 / p(x). Arguments are those of
    `annealed_importance`.
    """
    x, z = decoder.simulate(num_examples, seed)
    x, z = np.asarray(x), np.asarray(z)
    settings = (num_distributions, num_chains, leapfrog_steps, seed, batch_size, progress)
    lower = annealed_importance(decoder, x, *settings)
    run = _compiled(decoder, num_distributions, leapfrog_steps, forward=False)

    def evaluate(start, batch, latents):
        chains = tf.tile(tf.constant(latents)[None], [num_chains, 1, 1])
        seed_of_batch = tf.constant([seed + 1, start], tf.int64)
        return -_log_mean(run(tf.constant(batch), chains, seed_of_batch))

    return BidirectionalBounds(lower, over_batches(evaluate, (x, z), batch_size, progress))


def schedule(num_distributions):
    """beta_0 = 0 ... beta_T = 1 on a sigmoid between -4 and 4, float64 [T + 1]."""
    values = 1.0 / (1.0 + np.exp(-np.linspace(-4.0, 4.0, num_distributions + 1)))
    return (values - values[0]) / (values[-1] - values[0])


def _log_mean(log_weights):
    log_weights = np.asarray(log_weights, np.float64)
    return np.logaddexp.reduce(log_weights, axis=0) - np.log(len(log_weights))


def _compiled(decoder, num_distributions, leapfrog_steps, forward):
    """(x [N, ...], z [k, N, d], seed) -> log-weights [k, N], of chains in either direction."""
    betas = schedule(num_distributions)
    prior = tfp.distributions.MultivariateNormalDiag(tf.zeros([decoder.latent_dim]))
    path = betas if forward else betas[::-1]
    increments = tf.constant(np.diff(path))
    # Back from f_T, the first move is by the kernel of f_{T-1}; the one of f_0 changes no weight.
    temperatures = tf.constant(path[1:], tf.float32)

    @tf.function(jit_compile=decoder.jit_compile)
    def run(x, z, seed):
        def move(z, beta, step_size, seed):
            kernel = tfp.mcmc.HamiltonianMonteCarlo(
                lambda z: prior.log_prob(z) + beta * decoder.log_likelihood(x, z),
                step_size[..., None],
                leapfrog_steps,
            )
            z, results = kernel.one_step(z, kernel.bootstrap_results(z), seed=seed)
            return z, tf.exp(tf.minimum(results.log_accept_ratio, 0.0))

        def step(t, z, log_weights, step_size, acceptance):
            log_likelihood = tf.cast(decoder.log_likelihood(x, z), tf.float64)
            log_weights += increments[t] * log_likelihood
            step_seed = tf.random.experimental.stateless_fold_in(seed, t)
            z, accepted = move(z, temperatures[t], step_size, tf.cast(step_seed, tf.int32))
            acceptance = 0.9 * acceptance + 0.1 * accepted
            step_size *= tf.where(acceptance > _ACCEPTANCE, 1.02, 0.98)
            step_size = tf.clip_by_value(step_size, *_STEP_SIZES)
            return t + 1, z, log_weights, step_size, acceptance

        chains = tf.shape(z)[:2]
        state = (
            0,
            z,
            tf.zeros(chains, tf.float64),
            tf.fill(chains, _FIRST_STEP_SIZE),
            tf.fill(chains, _ACCEPTANCE),
        )
        return tf.while_loop(lambda t, *_: t < num_distributions, step, state)[2]

    return run
