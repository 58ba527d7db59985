import numpy as np
import pytest

from ganzoo.metrics.likelihood.batches import over_batches


def doubled(start, x, y):
    """Depends on the batch and on where it stands."""
    return 2.0 * x[:, 0] + y + start


@pytest.fixture
def arrays():
    return np.arange(14.0).reshape(7, 2), np.arange(7.0)


def test_batches_follow_each_other(arrays):
    seen = []
    values = over_batches(doubled, arrays, 3, progress=lambda *done: seen.append(done))
    starts = np.array([0, 0, 0, 3, 3, 3, 6])
    np.testing.assert_array_equal(values, 2 * arrays[0][:, 0] + arrays[1] + starts)
    assert seen == [(3, 7), (6, 7), (7, 7)]


def test_an_interrupted_evaluation_goes_on(arrays, tmp_path):
    path, starts = tmp_path / "done.npz", []

    def interrupted(start, x, y):
        if start == 6:
            raise KeyboardInterrupt
        return doubled(start, x, y)

    with pytest.raises(KeyboardInterrupt):
        over_batches(interrupted, arrays, 3, resume=path)

    def watched(start, x, y):
        starts.append(start)
        return doubled(start, x, y)

    values = over_batches(watched, arrays, 3, resume=path)
    np.testing.assert_array_equal(values, over_batches(doubled, arrays, 3))
    assert starts == [6]
    over_batches(watched, arrays, 3, resume=path)
    assert starts == [6]


@pytest.mark.parametrize("change", ["data", "batch_size", "protocol"])
def test_another_evaluation_is_refused(arrays, tmp_path, change):
    path = tmp_path / "done.npz"
    over_batches(doubled, arrays, 3, resume=path, protocol=("a", 1))
    data = (arrays[0] + 1, arrays[1]) if change == "data" else arrays
    protocol = ("a", 2) if change == "protocol" else ("a", 1)
    with pytest.raises(ValueError, match="give another file, or remove it"):
        over_batches(doubled, data, 2 if change == "batch_size" else 3, None, path, protocol)
