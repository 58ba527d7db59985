import itertools

import numpy as np
import pytest

from ganzoo.metrics import kl_divergence, patterns_covered, state_index, valid_share

PATTERNS = np.array([[0, 0, 0], [1, 1, 0], [0, 1, 1]])


def test_patterns_by_hand():
    samples = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 1]], "float32")
    assert valid_share(samples, PATTERNS) == pytest.approx(3 / 5, abs=1e-12)
    assert patterns_covered(samples, PATTERNS) == 2
    assert patterns_covered(PATTERNS, PATTERNS) == 3
    assert valid_share(samples[[2, 4]], PATTERNS) == 0.0
    assert patterns_covered(samples[[2, 4]], PATTERNS) == 0


def test_patterns_may_be_wide():
    patterns = np.random.default_rng(0).integers(2, size=(5, 784))
    assert patterns_covered(patterns[[0, 3, 3]], patterns) == 2
    near = patterns[:1].copy()
    near[0, -1] ^= 1
    assert valid_share(np.concatenate([near, patterns[:1]]), patterns) == 0.5


def test_a_pattern_that_is_listed_twice_is_one():
    assert patterns_covered(PATTERNS, np.concatenate([PATTERNS, PATTERNS])) == 3


def test_states_are_numbered_as_they_are_written():
    states = np.array(list(itertools.product([0.0, 1.0], repeat=4)))
    np.testing.assert_array_equal(state_index(states), np.arange(16))
    assert state_index([[1, 0, 0], [0, 0, 1]]).tolist() == [4, 1]
    assert state_index(np.ones((1, 62), bool)).tolist() == [2**62 - 1]
    assert state_index(states).dtype == np.int64


def test_divergence_by_hand():
    p, q = [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]
    assert kl_divergence(p, q) == pytest.approx(0.5 * np.log(2), abs=1e-15)
    assert kl_divergence(q, p) == np.inf
    assert kl_divergence(q, q) == 0.0
    assert kl_divergence([1.0, 0.0, 0.0], q) == pytest.approx(np.log(4), abs=1e-15)


def test_divergence_of_independent_bits_is_the_sum_over_bits():
    states = np.array(list(itertools.product([0, 1], repeat=5)))
    a, b = np.random.default_rng(0).uniform(0.05, 0.95, (2, 5))
    p, q = (np.prod(np.where(states, x, 1 - x), axis=1) for x in (a, b))
    expected = np.sum(a * np.log(a / b) + (1 - a) * np.log((1 - a) / (1 - b)))
    assert kl_divergence(p, q) == pytest.approx(expected, rel=1e-12)


def test_wrong_samples():
    for function in (valid_share, patterns_covered):
        with pytest.raises(ValueError, match=r"samples must hold only 0 and 1, got 0\.5"):
            function([[0.5, 1.0, 0.0]], PATTERNS)
        with pytest.raises(ValueError, match="patterns must hold only 0 and 1, got -1"):
            function(PATTERNS, 2 * PATTERNS - 1)
        with pytest.raises(ValueError, match="samples has 2 features and patterns 3"):
            function([[0, 1]], PATTERNS)
        with pytest.raises(ValueError, match="reshape"):
            function(np.zeros((2, 4, 4, 1)), np.zeros((2, 16)))
    with pytest.raises(ValueError, match="63 bits"):
        state_index(np.zeros((1, 63)))
    with pytest.raises(ValueError, match="only 0 and 1"):
        state_index([[2, 0]])


@pytest.mark.parametrize(
    "wrong", [[0.5, 0.6], [1.5, -0.5], [[0.5, 0.5]], [np.nan, 1.0], [], ["a", "b"]]
)
def test_wrong_distributions(wrong):
    with pytest.raises(ValueError, match="p must be"):
        kl_divergence(wrong, [0.5, 0.5])
    with pytest.raises(ValueError, match="q must be"):
        kl_divergence([0.5, 0.5], wrong)


def test_distributions_over_different_states():
    with pytest.raises(ValueError, match="p has 2 states and q 3"):
        kl_divergence([0.5, 0.5], [0.5, 0.25, 0.25])
