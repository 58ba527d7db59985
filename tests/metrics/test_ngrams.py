import numpy as np
import pytest

from ganzoo.metrics import ngram_jensen_shannon


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_identical_and_disjoint_sequences(n):
    random = np.random.default_rng(0)
    real = random.integers(5, size=(20, 6))
    assert ngram_jensen_shannon(real, real, n) == 0.0
    # Neither the order of the sequences nor their number counts.
    copies = random.permutation(np.concatenate([real, real]))
    assert ngram_jensen_shannon(real, copies, n) == pytest.approx(0.0, abs=1e-15)
    assert ngram_jensen_shannon(real, real + 5, n) == pytest.approx(np.log(2), abs=1e-14)


def test_single_characters_by_hand():
    # p = (3/4, 1/4), q = (0, 1), m = (3/8, 5/8).
    real, generated = [[0, 0, 0, 1]], [[1, 1], [1, 1]]
    expected = (0.75 * np.log(2) + 0.25 * np.log(2 / 5) + np.log(8 / 5)) / 2
    assert ngram_jensen_shannon(real, generated, 1) == pytest.approx(expected, abs=1e-14)
    assert ngram_jensen_shannon(generated, real, 1) == pytest.approx(expected, abs=1e-14)


def test_pairs_do_not_cross_sequences():
    # Pairs 01 and 23 of the real ones; 01 and 12 of the generated ones. A pair 12 across the
    # boundary of the real ones would make it smaller.
    real, generated = [[0, 1], [2, 3]], [[0, 1, 2]]
    # p = (1/2, 1/2, 0), q = (1/2, 0, 1/2): half of the mass is shared.
    assert ngram_jensen_shannon(real, generated, 2) == pytest.approx(np.log(2) / 2, abs=1e-14)


def test_order_inside_an_ngram_counts():
    real, generated = [[0, 1]] * 3, [[1, 0]] * 2
    assert ngram_jensen_shannon(real, generated, 1) == pytest.approx(0.0, abs=1e-15)
    assert ngram_jensen_shannon(real, generated, 2) == pytest.approx(np.log(2), abs=1e-14)


def test_wrong_sequences():
    right = np.zeros((3, 4), int)
    for wrong in (np.zeros((3, 4, 2), int), np.zeros((3, 4)), np.zeros(4, int), right[:0]):
        with pytest.raises(ValueError, match=r"real must be integers.*argmax"):
            ngram_jensen_shannon(wrong, right, 1)
        with pytest.raises(ValueError, match=r"generated must be integers.*argmax"):
            ngram_jensen_shannon(right, wrong, 1)
    with pytest.raises(ValueError, match="length 4 in real hold no n-gram of n = 5"):
        ngram_jensen_shannon(right, right, 5)
    for n in (0, 1.0, True):
        with pytest.raises(ValueError, match="n must be an integer of at least 1"):
            ngram_jensen_shannon(right, right, n)
