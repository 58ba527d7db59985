import numpy as np
import pytest

from ganzoo.metrics import sliced_wasserstein


@pytest.mark.parametrize(("width", "factor"), [(2, 2.0 / np.pi), (3, 0.5)])
def test_translation(width, factor):
    values = np.random.default_rng(0).standard_normal((50, width))
    shift = np.full(width, 2.0)
    distance = sliced_wasserstein(values, values + shift, num_directions=20_000)
    # The standard deviation of |u_1| is about 0.3, so 4 standard errors are 0.01.
    assert distance == pytest.approx(factor * np.linalg.norm(shift), rel=0.02)


def test_one_dimension_is_the_mean_gap_of_sorted_samples():
    distance = sliced_wasserstein([[0.0], [3.0], [1.0]], [[5.0], [0.0], [2.0]])
    assert distance == pytest.approx((0.0 + 1.0 + 2.0) / 3.0, abs=1e-9)


def test_order_does_not_matter():
    values = np.random.default_rng(0).standard_normal((40, 5))
    assert sliced_wasserstein(values, values[::-1]) == pytest.approx(0.0, abs=1e-12)


def test_unequal_counts():
    with pytest.raises(ValueError, match="Give 3 of each"):
        sliced_wasserstein(np.zeros((4, 2)), np.zeros((3, 2)))
