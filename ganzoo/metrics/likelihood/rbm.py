"""The normalizer of a restricted Boltzmann machine: log p(v) = -F(v) - log Z.

Machines are arrays: weights W [D, H], visible_bias b [D], hidden_bias c [H] of p(v, h) =
exp(b'v + c'h + v'W h) / Z for bits v and h. Everything is computed in float64, in nats.
"""

import itertools

import numpy as np
from scipy.special import expit, logsumexp

MOST_UNITS = 20  # of the smaller side, for the exact sum over 2^20 states
_BLOCK = 1 << 12  # states at once, which bounds the memory


def free_energy(weights, visible_bias, hidden_bias, visible):
    """F(v) = -b'v - sum_j softplus(c_j + (v'W)_j), [N], for v [N, D]."""
    weights, visible_bias, hidden_bias = _checked(weights, visible_bias, hidden_bias)
    visible = np.asarray(visible, np.float64)
    return -(visible @ visible_bias + _softplus(hidden_bias + visible @ weights).sum(axis=-1))


def exact_log_partition(weights, visible_bias, hidden_bias):
    """log Z: the sum over all states of the smaller side, with the other side summed out by F.

    Raises:
      ValueError: both sides have more than 20 units, or the shapes do not belong together.
    """
    weights, visible_bias, hidden_bias = _checked(weights, visible_bias, hidden_bias)
    if min(weights.shape) > MOST_UNITS:
        raise ValueError(
            f"weights of shape {weights.shape}: the exact sum takes at most {MOST_UNITS} units on "
            "one side; use annealed_log_partition"
        )
    if weights.shape[0] > weights.shape[1]:  # v and h may change places
        weights, visible_bias, hidden_bias = weights.T, hidden_bias, visible_bias
    size = len(weights)
    blocks = []
    for start in range(0, 2**size, _BLOCK):
        numbers = np.arange(start, min(start + _BLOCK, 2**size))
        states = numbers[:, None] >> np.arange(size) & 1
        blocks.append(logsumexp(-free_energy(weights, visible_bias, hidden_bias, states)))
    return float(logsumexp(blocks))


def annealed_log_partition(
    weights,
    visible_bias,
    hidden_bias,
    data_mean=None,
    num_chains=100,
    num_distributions=1000,
    seed=0,
):
    """Annealed importance sampling: Salakhutdinov and Murray, "On the quantitative analysis of deep
    belief networks", ICML 2008, section 4.1.

    Chains go from the base-rate machine, independent bits v with the biases a, to the given one
    along the geometric path, beta from 0 to 1 in equal steps:

        log p*_beta(v) = (1 - beta) a'v + beta b'v + sum_j softplus(beta (c_j + (v'W)_j))
        log w = sum_t log p*_t(v_t) - log p*_(t-1)(v_t),  v_(t+1) ~ one Gibbs sweep of p_t from v_t

    without the normalizers. Z_0 is known, and the mean of w over chains estimates Z / Z_0 without
    bias; so log Z is estimated too low on average, by less for more distributions. Only the present
    states are kept.

    Args:
      data_mean: [D], mean of each bit over the training data: then a = log(m / (1 - m)), m held in
        [0.01, 0.99]; None for a = 0.
      num_chains: independent chains, at least 2.
      num_distributions: steps of beta.
      seed: integer.

    Returns:
      The estimate of log Z, and its standard error: the deviation of w over chains, divided by the
      mean of w and by sqrt(num_chains). An error that is not small against 1 is itself not to be
      trusted: use more distributions.

    Raises:
      ValueError: shapes that do not belong together, or counts that are too small.
    """
    weights, visible_bias, hidden_bias = _checked(weights, visible_bias, hidden_bias)
    for name, value, least in (
        ("num_chains", num_chains, 2),
        ("num_distributions", num_distributions, 1),
    ):
        if value < least:
            raise ValueError(f"{name}={value!r}: give an integer of at least {least}")
    base_bias = np.zeros_like(visible_bias)
    if data_mean is not None:
        rate = np.clip(np.asarray(data_mean, np.float64).reshape(base_bias.shape), 0.01, 0.99)
        base_bias = np.log(rate) - np.log1p(-rate)

    def log_unnormalized(visible, activation, beta):
        biases = (1 - beta) * base_bias + beta * visible_bias
        return visible @ biases + _softplus(beta * activation).sum(axis=-1)

    generator = np.random.default_rng(seed)
    visible = _bits(generator, np.tile(base_bias, (num_chains, 1)))
    log_weights = np.zeros(num_chains)
    betas = np.linspace(0, 1, num_distributions + 1)
    for before, beta in itertools.pairwise(betas):
        activation = hidden_bias + visible @ weights
        log_weights += log_unnormalized(visible, activation, beta)
        log_weights -= log_unnormalized(visible, activation, before)
        hidden = _bits(generator, beta * activation)
        biases = (1 - beta) * base_bias + beta * visible_bias
        visible = _bits(generator, biases + beta * hidden @ weights.T)

    base_log_partition = _softplus(base_bias).sum() + len(hidden_bias) * np.log(2)
    log_ratio = logsumexp(log_weights) - np.log(num_chains)
    deviation = np.exp(log_weights - log_ratio).std(ddof=1)
    return float(base_log_partition + log_ratio), float(deviation / np.sqrt(num_chains))


def _checked(weights, visible_bias, hidden_bias):
    arrays = [np.asarray(a, np.float64) for a in (weights, visible_bias, hidden_bias)]
    weights, visible_bias, hidden_bias = arrays
    if weights.ndim != 2 or (visible_bias.shape, hidden_bias.shape) != (
        weights.shape[:1],
        weights.shape[1:],
    ):
        raise ValueError(
            f"weights {weights.shape}, visible_bias {visible_bias.shape}, hidden_bias "
            f"{hidden_bias.shape}: give [D, H], [D] and [H]"
        )
    return arrays


def _softplus(values):
    return np.logaddexp(0, values)


def _bits(generator, logits):
    return (generator.random(logits.shape) < expit(logits)).astype(np.float64)
