import numpy as np
import pytest

import ganzoo
from ganzoo.data.data import Data
from ganzoo.experiments import latent_arithmetic
from ganzoo.metrics import extractors


@pytest.fixture
def small_fashion(monkeypatch):
    """Digits under the names of clothes, and a recognizer of their brightness."""
    digits = ganzoo.data.load("digits")
    names = sorted({name for equation in latent_arithmetic.EQUATIONS for name in equation})

    def load(name, split="train"):
        assert name == "fashion_mnist"
        part = slice(0, 300) if split == "train" else slice(300, 500)
        return Data(
            name,
            digits.examples[part],
            labels=digits.labels[part] % len(names),
            num_classes=len(names),
            class_names=tuple(names),
            value_range=(-1.0, 1.0),
        )

    class Brightness:
        def features_and_probabilities(self, images):
            levels = np.clip(
                len(names) * (images.mean(axis=(1, 2, 3)) + 1) / 2, 0, len(names) - 1
            ).astype(int)
            return None, np.eye(len(names))[levels]

    monkeypatch.setattr(ganzoo.data, "load", load)
    monkeypatch.setattr(extractors, "load", lambda name: Brightness())
    return load("fashion_mnist", "test")


def test_rows_and_figure(small_fashion, tmp_path):
    rows = latent_arithmetic.run(tmp_path, seeds=(0,), epochs=1)
    assert len(rows) == len(latent_arithmetic.EQUATIONS)
    for row in rows:
        assert 0.0 <= float(row["expected_share"]) <= float(row["most_frequent_share"]) <= 1.0
    assert (tmp_path / "figures" / "latent_arithmetic.png").exists()


def test_an_equation_adds_the_first_concept_and_takes_the_second_away():
    codes, pullover, shirt = np.zeros((2, 3)), np.array([1.0, 0.0, 0.5]), np.array([0.0, 2.0, 0.5])
    moved = latent_arithmetic.solved(codes, pullover, shirt)
    np.testing.assert_array_equal(moved, [[1.0, -2.0, 0.0]] * 2)


def test_concepts_are_class_means_and_their_differences_cancel(small_fashion):
    codes = np.random.default_rng(0).normal(size=(len(small_fashion), 4))
    means = latent_arithmetic.concepts(codes, small_fashion)
    assert list(means) == list(small_fashion.class_names)
    first = small_fashion.class_names[0]
    np.testing.assert_allclose(means[first], codes[small_fashion.labels == 0].mean(axis=0))
    total = sum(np.bincount(small_fashion.labels)[i] * m for i, m in enumerate(means.values()))
    np.testing.assert_allclose(total, codes.sum(axis=0))
