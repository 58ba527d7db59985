import itertools

import numpy as np
import pytest

import ganzoo.data
from ganzoo.data import bits


def test_states_are_all_binary_vectors_in_order():
    assert bits.states(3).tolist() == [list(row) for row in itertools.product((0, 1), repeat=3)]
    assert bits.states(4).shape == (16, 4)


def test_bars_and_stripes_are_the_pictures_with_constant_rows_or_columns():
    pictures = bits.states(16).reshape(-1, 4, 4)
    horizontal = np.all(pictures == pictures[:, :, :1], axis=(1, 2))
    vertical = np.all(pictures == pictures[:, :1], axis=(1, 2))
    expected = pictures[horizontal | vertical].reshape(-1, 16)
    assert np.array_equal(bits.bars_and_stripes_patterns(), expected)
    assert expected.shape == (30, 16)


@pytest.mark.parametrize("split, size", [("train", 25_600), ("test", 6_400)])
def test_bars_and_stripes_are_uniform(split, size):
    data = ganzoo.data.load("bars_and_stripes", split=split)
    assert data.examples.shape == (size, 16) and data.value_range == (0.0, 1.0)
    found, counts = np.unique(data.examples, axis=0, return_counts=True)
    assert np.array_equal(found, bits.bars_and_stripes_patterns())
    # chi^2 of 29 degrees of freedom: mean 29, standard deviation 7.6
    assert 10 < np.sum((counts - size / 30) ** 2 / (size / 30)) < 55


def test_four_bits_probabilities_in_closed_form():
    probabilities = dict(zip(map(tuple, bits.states(4)), bits.four_bits_probabilities()))
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-12)
    mode, one_off = (0.9**4 + 0.1**4) / 2, (0.9**3 * 0.1 + 0.1**3 * 0.9) / 2
    assert probabilities[1, 1, 0, 0] == pytest.approx(mode, rel=1e-12)
    assert probabilities[0, 0, 1, 1] == pytest.approx(mode, rel=1e-12)
    assert probabilities[1, 1, 0, 1] == pytest.approx(one_off, rel=1e-12)
    assert probabilities[1, 0, 1, 0] == pytest.approx(0.9**2 * 0.1**2, rel=1e-12)
    assert np.allclose(bits.four_bits_probabilities() @ bits.states(4), 0.5)


@pytest.mark.parametrize("split, size", [("train", 25_600), ("test", 6_400)])
def test_four_bits_follow_their_probabilities(split, size):
    data = ganzoo.data.load("four_bits", split=split, seed=3)
    assert data.examples.shape == (size, 4) and data.examples.dtype == np.float32
    numbers = (data.examples @ [8, 4, 2, 1]).astype(int)
    expected = size * bits.four_bits_probabilities()
    # chi^2 of 15 degrees of freedom: mean 15, standard deviation 5.5
    assert 3 < np.sum((np.bincount(numbers, minlength=16) - expected) ** 2 / expected) < 40
