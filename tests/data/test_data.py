import numpy as np
import pytest

import ganzoo.data


def test_hidden_labels_leave_so_many_of_each_class():
    labels = np.repeat([2, 0, 1], [50, 30, 20])
    hidden = ganzoo.data.hide_labels(labels, 7, seed=3)
    assert hidden.dtype == np.int32
    known = hidden >= 0
    np.testing.assert_array_equal(hidden[known], labels[known])
    np.testing.assert_array_equal(hidden[~known], -1)
    np.testing.assert_array_equal(np.bincount(hidden[known]), [7, 7, 7])
    np.testing.assert_array_equal(hidden, ganzoo.data.hide_labels(labels, 7, seed=3))
    assert not np.array_equal(hidden, ganzoo.data.hide_labels(labels, 7, seed=4))


def test_every_example_of_a_class_is_as_likely_to_keep_its_label():
    labels = np.arange(20) % 2
    kept = sum(ganzoo.data.hide_labels(labels, 3, seed) >= 0 for seed in range(400))
    # 120 expected of 400 draws, standard deviation 9.2
    assert kept.min() > 80 and kept.max() < 160


@pytest.mark.parametrize("per_class", [0, 21, 1.5, None])
def test_a_class_has_to_have_so_many(per_class):
    with pytest.raises(ValueError, match=r"an integer from 1 to 20, the examples of class 1"):
        ganzoo.data.hide_labels(np.repeat([0, 1], [30, 20]), per_class)


def test_load_hides_labels():
    data = ganzoo.data.load("digits", labels_per_class=5, seed=1)
    whole = ganzoo.data.load("digits")
    np.testing.assert_array_equal(data.labels, ganzoo.data.hide_labels(whole.labels, 5, seed=1))
    np.testing.assert_array_equal(data.examples, whole.examples)
    assert data.num_classes == 10
    with pytest.raises(ValueError, match="labels_per_class=5: bars_and_stripes has no labels"):
        ganzoo.data.load("bars_and_stripes", labels_per_class=5)
    with pytest.raises(ValueError, match="labels_per_class=0 must be a positive integer"):
        ganzoo.data.load("digits", labels_per_class=0)
