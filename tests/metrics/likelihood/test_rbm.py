import itertools

import numpy as np
import pytest
from scipy.special import logsumexp

from ganzoo.metrics.likelihood.rbm import (
    annealed_log_partition,
    exact_log_partition,
    free_energy,
)

# The golden machine: 4 visible and 3 hidden bits.
WEIGHTS = np.fromfunction(lambda i, j: 0.1 * (j + 1) * (i + 1) * (-1) ** (i + j), (4, 3))
VISIBLE_BIAS = np.array([0.1, -0.2, 0.3, 0.0])
HIDDEN_BIAS = np.array([0.5, -0.3, 0.2])
GOLDEN = (WEIGHTS, VISIBLE_BIAS, HIDDEN_BIAS)
LOG_Z = 5.3215281440


def bit_rows(size):
    return np.array(list(itertools.product([0.0, 1.0], repeat=size)))


def random_machine(visible, hidden, deviation=0.5, seed=0):
    rng = np.random.default_rng(seed)
    shapes = ((visible, hidden), (visible,), (hidden,))
    return [deviation * rng.normal(size=shape) for shape in shapes]


def test_golden_log_partition_both_ways():
    """Over v through F, over h after the exchange of the sides, and over all (v, h)."""
    assert exact_log_partition(*GOLDEN) == pytest.approx(LOG_Z, abs=1e-9)
    swapped = exact_log_partition(WEIGHTS.T, HIDDEN_BIAS, VISIBLE_BIAS)
    assert swapped == pytest.approx(LOG_Z, abs=1e-9)
    assert logsumexp(-free_energy(*GOLDEN, bit_rows(4))) == pytest.approx(LOG_Z, abs=1e-9)
    v, h = bit_rows(7)[:, :4], bit_rows(7)[:, 4:]
    exponents = v @ VISIBLE_BIAS + h @ HIDDEN_BIAS + np.sum((v @ WEIGHTS) * h, axis=1)
    assert logsumexp(exponents) == pytest.approx(LOG_Z, abs=1e-9)


def test_golden_log_probability():
    energy = free_energy(*GOLDEN, [[1, 0, 1, 1]])
    assert energy.shape == (1,) and energy.dtype == np.float64
    np.testing.assert_allclose(-energy - LOG_Z, [-2.5949570459], atol=1e-9)


@pytest.mark.parametrize(("visible", "hidden"), [(14, 30), (30, 14)])
def test_the_smaller_side_is_summed_in_blocks(visible, hidden):
    """2^14 states are several blocks; with W = 0 the sum is known."""
    weights, visible_bias, hidden_bias = random_machine(visible, hidden)
    free = np.logaddexp(0, visible_bias).sum() + np.logaddexp(0, hidden_bias).sum()
    independent = exact_log_partition(np.zeros_like(weights), visible_bias, hidden_bias)
    assert independent == pytest.approx(free, rel=1e-12)
    coupled = exact_log_partition(weights, visible_bias, hidden_bias)
    if visible == 30:
        weights, visible_bias, hidden_bias = weights.T, hidden_bias, visible_bias
    side = free_energy(weights, visible_bias, hidden_bias, bit_rows(14))
    assert coupled == pytest.approx(logsumexp(-side), rel=1e-12)


@pytest.mark.parametrize("data_mean", [None, [0.9, 0.3, 0.6, 0.0]])
def test_annealing_finds_the_golden_log_partition(data_mean):
    log_z, error = annealed_log_partition(*GOLDEN, data_mean, num_chains=200)
    assert 0 < error < 0.01
    assert abs(log_z - LOG_Z) < 4 * error
    assert abs(log_z - LOG_Z) < 0.05


@pytest.mark.parametrize("seed", range(3))
def test_annealing_within_its_error_on_a_larger_machine(seed):
    machine = random_machine(30, 12, seed=seed)
    exact = exact_log_partition(*machine)
    log_z, error = annealed_log_partition(*machine, num_chains=200, seed=seed)
    assert error < 0.05
    assert abs(log_z - exact) < 4 * error
    assert abs(log_z - exact) < 0.1


def test_one_distribution_is_importance_sampling_without_bias():
    """With one step Z is estimated from independent bits: the mean of the estimates is Z."""
    estimates = [
        annealed_log_partition(*GOLDEN, num_chains=500, num_distributions=1, seed=seed)
        for seed in range(200)
    ]
    log_z = np.array([value for value, _ in estimates])
    ratios = np.exp(log_z - LOG_Z)
    spread = ratios.std(ddof=1)
    assert abs(ratios.mean() - 1) < 4 * spread / np.sqrt(200)
    # The stated error is the deviation between repetitions.
    errors = np.array([error for _, error in estimates])
    assert errors.mean() == pytest.approx(spread, rel=0.2)


def test_a_seed_repeats():
    first, again, other = (
        annealed_log_partition(*GOLDEN, num_chains=4, num_distributions=10, seed=seed)
        for seed in (3, 3, 4)
    )
    assert first == again != other


def test_without_weights_every_estimate_is_exact():
    """Biases equal to those of the base: the path does not move, and all weights are one."""
    bias = np.log([9.0, 1.0, 0.25])
    machine = (np.zeros((3, 2)), bias, np.zeros(2))
    log_z, error = annealed_log_partition(
        *machine, [0.9, 0.5, 0.2], num_chains=3, num_distributions=5
    )
    assert log_z == pytest.approx(exact_log_partition(*machine), abs=1e-12)
    assert error == pytest.approx(0, abs=1e-12)


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"weights \(4, 3\), visible_bias \(3,\).*give \[D, H\]"):
        exact_log_partition(WEIGHTS, HIDDEN_BIAS, VISIBLE_BIAS)
    with pytest.raises(ValueError, match="at most 20 units on one side; use annealed"):
        exact_log_partition(*random_machine(21, 22))
    with pytest.raises(ValueError, match="num_chains=1: give an integer of at least 2"):
        annealed_log_partition(*GOLDEN, num_chains=1)
    with pytest.raises(ValueError, match="num_distributions=0: give an integer of at least 1"):
        annealed_log_partition(*GOLDEN, num_distributions=0)
