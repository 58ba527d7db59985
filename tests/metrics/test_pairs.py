import numpy as np
import pytest

from ganzoo.metrics import nearest_distances, nearest_neighbor_ratio, pairs


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-4), (np.float64, 1e-10)])
def test_blocks_are_all_squared_distances(dtype, tolerance, monkeypatch):
    monkeypatch.setattr(pairs, "_BLOCK_ENTRIES", 20)
    random = np.random.default_rng(0)
    a = (random.standard_normal((11, 6)) + 100.0).astype(dtype)
    b = (random.standard_normal((7, 6)) + 100.0).astype(dtype)
    blocks = list(pairs.squared_distances(a, b))
    assert [rows.start for rows, _ in blocks] == list(range(0, 11, 2))
    values = np.concatenate([block for _, block in blocks])
    assert values.dtype == dtype
    np.testing.assert_allclose(values, ((a[:, None] - b) ** 2).sum(-1), rtol=0, atol=tolerance)


@pytest.mark.parametrize("block_entries", [1, 20, 1_000])
def test_nearest_squared_distances(block_entries, monkeypatch):
    monkeypatch.setattr(pairs, "_BLOCK_ENTRIES", block_entries)
    a = np.random.default_rng(0).standard_normal((11, 3))
    expected = np.sort(((a[:, None] - a) ** 2).sum(-1), axis=1)[:, :4]
    values = pairs.nearest_squared_distances(a, 4)
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-12)
    # Shifts by a power of two leave the differences of these multiples of 1/8 exact in float32.
    a = np.round(8.0 * a) / 8.0
    expected = np.sort(((a[:, None] - a) ** 2).sum(-1), axis=1)[:, :4]
    far = pairs.nearest_squared_distances((a + 2.0**14).astype(np.float32), 4)
    np.testing.assert_allclose(far, expected, rtol=0, atol=0.05)


def test_nearest_distances():
    references = np.array([[0.0, 0.0], [10.0, 0.0]])
    queries = np.array([[3.0, 4.0], [10.0, 0.0], [10.0, 1.0]])
    np.testing.assert_allclose(nearest_distances(queries, references), [5.0, 0.0, 1.0], atol=1e-12)
    images = np.random.default_rng(0).uniform(-1, 1, (20, 784)).astype(np.float32)
    assert (nearest_distances(images, images) == 0.0).all()


def test_ratio_tells_copies_from_new_samples():
    random = np.random.default_rng(0)
    train, held_out, new = random.standard_normal((3, 200, 10))
    copies = train[:50] + 1e-3 * random.standard_normal((50, 10))
    assert 0.9 < nearest_neighbor_ratio(new, held_out, train) < 1.1
    assert nearest_neighbor_ratio(copies, held_out, train) < 0.01
    assert nearest_neighbor_ratio(train[:50], held_out, train) == 0.0
    with pytest.raises(ValueError, match="not trained on"):
        nearest_neighbor_ratio(new, train, train)
    with pytest.raises(ValueError, match="same extractor"):
        nearest_neighbor_ratio(new[:, :3], held_out, train)
