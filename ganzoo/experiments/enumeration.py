"""Generators of so few values that every expectation is a sum, and the gradients of their targets.

A generator g(x | z) has a handful of latents z and free logits for each; the critic F gives
log w(x) = F(x) and may be evaluated between the values of x. Gradients are float64, for all logits
[L * D] of a loss that is the mean over latents, so they hold the factor p(z).
"""

import functools
import itertools

import numpy as np
import tensorflow as tf
from scipy import integrate
from tensorflow_probability import distributions as tfd


class Problem:
    """A generator with a batch of latents in exact proportion to p(z), and a critic.

    Args:
      name: for tables.
      logits: [L, *event] of the L latents.
      critic: F, samples [..., *event] to [...].
      copies: how often each latent is in a batch, p(z) times the N latents of a batch.
      categorical: whether x is one-hot along the last axis, and not bits.
    """

    def __init__(self, name, logits, critic, copies=(1,), categorical=False):
        self.name = name
        self.logits = np.array(logits, np.float64)
        self.critic = critic
        self.copies = np.array(copies)
        self.batch = np.repeat(np.arange(len(copies)), copies)  # latent of each example, [N]
        self.prior = self.copies / len(self.batch)
        self.categorical = categorical
        event = self.logits.shape[1:]
        if categorical:
            values = itertools.product(np.eye(event[-1]), repeat=event[0])
        else:
            values = itertools.product([0.0, 1.0], repeat=event[0])
        self.states = np.array(list(values))  # [S, *event]
        self.values = critic(tf.constant(self.states)).numpy()  # F of each state [S]

    def distribution(self, logits):
        """g(x | z) for logits [rows, *event]."""
        base = tfd.OneHotCategorical if self.categorical else tfd.Bernoulli
        base = base(logits=logits, dtype=logits.dtype)
        return tfd.Independent(base, len(self.states.shape) - 1 - self.categorical)

    def rows(self, draws):
        """float32 logits of `draws` batches, [draws * N, *event]."""
        logits = tf.constant(self.logits[self.batch], tf.float32)
        return tf.tile(logits, [draws] + [1] * (len(logits.shape) - 1))

    def estimates(self, gradients):
        """Gradients of each example [draws * N, *event] to those of each batch, [draws, L * D]."""
        share = np.eye(len(self.copies))[:, self.batch] / len(self.batch)  # [L, N]
        gradients = tf.reshape(gradients, [-1, len(self.batch), self.logits[0].size])
        return tf.reshape(
            tf.einsum("ln,bnd->bld", tf.constant(share, gradients.dtype), gradients),
            [-1, self.logits.size],
        )

    def probabilities(self, slope=1.0):
        """g(x | z) of every state [L, S] at slope times the logits, and its score [L, S, D]."""
        distribution = self.distribution(tf.constant(slope * self.logits))
        probabilities = distribution.prob(tf.constant(self.states)[:, None]).numpy().T
        scores = self.states[None] - distribution.mean().numpy()[:, None]
        return probabilities, slope * scores.reshape(*probabilities.shape, -1)


def expected_cost(problem, slope=1.0):
    """Gradient of E[-F(x)], up to a constant the reverse divergence KL(g || g w / Z(z))."""
    probabilities, scores = problem.probabilities(slope)
    return -np.einsum(
        "l,ls,s,lsd->ld", problem.prior, probabilities, problem.values, scores
    ).ravel()


def forward_divergence(problem, pooled=False):
    """Gradient of E_z KL(g w / Z(z) || g), or pooled of KL(p w / Z || p); the targets are fixed."""
    probabilities, scores = problem.probabilities()
    weighted = problem.prior[:, None] * probabilities * np.exp(problem.values)
    if pooled:
        target = weighted / weighted.sum()
    else:
        target = problem.prior[:, None] * weighted / weighted.sum(axis=1, keepdims=True)
    return -np.einsum("ls,lsd->ld", target, scores).ravel()


def reweighted(problem, samples, pooled=False):
    """Expectation of the importance reweighted gradient with M samples of each latent.

    E[A / B] = integral of E[A exp(-t B)] dt over t from 0, for the sum B of the M or pooled M N
    weights; the draws are independent, so that the expectation is a product over them.
    """
    probabilities, scores = problem.probabilities()
    ratios = np.exp(problem.values)

    def integrand(t):
        damping = np.exp(-t * ratios)
        factors = probabilities @ damping  # [L]
        signal = np.einsum("ls,s,lsd->ld", probabilities, ratios * damping, scores)
        if pooled:
            powers = samples * problem.copies - np.eye(len(factors))  # without the draw itself
            others = np.prod(factors**powers, axis=1)
            return samples * (problem.copies * others)[:, None] * signal
        return samples * (problem.prior * factors ** (samples - 1))[:, None] * signal

    return -_integral(integrand).ravel()


def bound(problem, samples):
    """Gradient of -E[log 1/K sum_k w(x_k)].

    From log B = integral of (exp(-t) - exp(-t B)) / t dt, for the sum B of the K weights.
    """
    probabilities, scores = problem.probabilities()
    ratios = np.exp(problem.values)

    def integrand(t):
        factors = (probabilities @ np.exp(-t * ratios)) ** (samples - 1)
        # E[score] = 0, so exp(-t w) - 1 stands for exp(-t w).
        damping = np.expm1(-t * ratios) / t
        signal = np.einsum("ls,s,lsd->ld", probabilities, damping, scores)
        return samples * (problem.prior * factors)[:, None] * signal

    return _integral(integrand).ravel()


def straight_through(problem, slope=1.0, deterministic=False):
    """Expectation of f'(b) d mean / dl, of b drawn, or of the most probable one."""
    samples = tf.constant(problem.states)
    with tf.GradientTape() as tape:
        tape.watch(samples)
        costs = -problem.critic(samples)
    slopes = tape.gradient(costs, samples).numpy().reshape(len(problem.states), -1)
    probabilities, _ = problem.probabilities(slope)
    if deterministic:
        probabilities = np.eye(len(problem.states))[probabilities.argmax(axis=1)]
    weights = (problem.prior[:, None] * (probabilities @ slopes)).reshape(problem.logits.shape)
    logits = tf.constant(problem.logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        total = tf.reduce_sum(weights * problem.distribution(slope * logits).mean())
    return tape.gradient(total, logits).numpy().ravel()


def _integral(integrand):
    return integrate.quad_vec(integrand, 0, np.inf, epsabs=1e-12)[0]


THREE_BITS = (0.5, -1.0, 0.2)
OTHER_THREE_BITS = (-0.7, 0.9, 1.5)
SLOPES = (1.0, -2.0, 0.5)
TABLE = (0.3, -1.2, 0.7, 2.0, -0.4, 0.1, 1.5, -0.9)  # F of 000, 001, ..., 111
TWO_SITES = ((0.3, -0.5, 1.0), (0.0, 0.8, -1.2))
PAIRS = ((0.5, -1.0, 2.0), (0.1, 1.3, -0.7), (-1.5, 0.9, 0.2))


def linear_critic(samples):
    """F(x) = a x."""
    return tf.linalg.matvec(samples, tf.constant(SLOPES, samples.dtype))


def table_critic(samples):
    """Any value at each of the 8 states, linear in every bit between them."""
    values = tf.constant(TABLE, samples.dtype)
    for bit in reversed(tf.unstack(samples, axis=-1)):  # the last bit tells neighbors apart
        zero, one = values[..., 0::2], values[..., 1::2]
        values = zero + bit[..., None] * (one - zero)
    return values[..., 0]


def curved_critic(samples):
    """The same values at the 8 states, and between them more by sum_i x_i (1 - x_i)."""
    return table_critic(samples) + tf.reduce_sum(samples * (1.0 - samples), axis=-1)


def critic_ahead(samples):
    """F - 3 of the table: a critic that tells nearly all samples from data."""
    return table_critic(samples) - 3.0


def pair_critic(samples):
    """Any value for each pair of categories of two sites, linear in every site between them."""
    first, second = tf.unstack(samples, axis=-2)
    return tf.reduce_sum(first * tf.linalg.matvec(tf.constant(PAIRS, samples.dtype), second), -1)


@functools.cache
def problems():
    """The problems by name."""
    found = [
        Problem("three bits, linear critic", [THREE_BITS], linear_critic),
        Problem("three bits, table critic", [THREE_BITS], table_critic),
        Problem("three bits, curved critic", [THREE_BITS], curved_critic),
        Problem("two latents", [THREE_BITS, OTHER_THREE_BITS], table_critic, copies=(2, 3)),
        Problem("two latents, F - 3", [THREE_BITS, OTHER_THREE_BITS], critic_ahead, copies=(2, 3)),
        Problem("two sites of three categories", [TWO_SITES], pair_critic, categorical=True),
    ]
    return {problem.name: problem for problem in found}
