import numpy as np
import pytest

from ganzoo.metrics import manifold_scores, pairs

REAL = np.array([[0.0], [1.0], [2.0], [3.0]])
GENERATED = np.array([[0.5], [10.0], [11.0], [12.0]])


def test_golden_values():
    scores = manifold_scores(REAL, GENERATED, k=1, density_k=1)
    assert scores == pytest.approx((0.25, 1.0, 0.5, 0.5), abs=1e-6)


def test_only_balls_of_precision_and_recall_contain_their_surface():
    # Radii are 2; the generated pair lies exactly 2 from the nearest real sample and itself.
    real, generated = np.array([[0.0], [2.0]]), np.array([[4.0], [6.0]])
    scores = manifold_scores(real, generated, k=1, density_k=1)
    assert scores == pytest.approx((0.5, 0.5, 0.0, 0.0), abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_against_the_definition(dtype, monkeypatch):
    monkeypatch.setattr(pairs, "_BLOCK_ENTRIES", 70)  # several blocks, the last one smaller
    random = np.random.default_rng(0)
    real = random.standard_normal((33, 4)).astype(dtype)
    generated = (0.7 * random.standard_normal((21, 4)) + 0.3).astype(dtype)

    def distances(a, b):
        return np.linalg.norm(a[:, None] - b, axis=2)

    def radii(a, k):
        return np.sort(distances(a, a), axis=1)[:, k]

    between = distances(real, generated)
    expected = (
        (between <= radii(real, 3)[:, None]).any(axis=0).mean(),
        (between <= radii(generated, 3)).any(axis=1).mean(),
        (between < radii(real, 5)[:, None]).sum() / (5 * 21),
        (between < radii(real, 5)[:, None]).any(axis=1).mean(),
    )
    assert manifold_scores(real, generated) == pytest.approx(expected, abs=1e-9)


def test_same_distribution():
    random = np.random.default_rng(0)
    scores = np.array(
        [
            manifold_scores(random.standard_normal((200, 8)), random.standard_normal((150, 8)))
            for _ in range(40)
        ]
    )
    standard_error = scores.std(axis=0) / np.sqrt(len(scores))
    i = np.arange(1, 6)
    coverage = 1.0 - np.prod((200 - i) / (150 + 200 - i))
    assert abs(scores[:, 2].mean() - 1.0) < 3.5 * standard_error[2]
    assert abs(scores[:, 3].mean() - coverage) < 3.5 * standard_error[3]


def test_far_from_the_origin():
    scores = manifold_scores(REAL + 1e6, GENERATED + 1e6, k=1, density_k=1)
    assert scores == pytest.approx((0.25, 1.0, 0.5, 0.5), abs=1e-6)


def test_too_many_neighbors():
    with pytest.raises(ValueError, match=r"k = 4 .* real has 4"):
        manifold_scores(REAL, GENERATED, k=1, density_k=4)
    with pytest.raises(ValueError, match=r"k = 3 .* generated has 2"):
        manifold_scores(REAL, GENERATED[:2], k=3, density_k=1)
    with pytest.raises(ValueError, match="integer"):
        manifold_scores(REAL, GENERATED, k=1.5, density_k=1)
