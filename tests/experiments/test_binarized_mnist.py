import csv

import numpy as np
import pytest

import ganzoo
from ganzoo.data import Data
from ganzoo.experiments import binarized_mnist

TINY = {
    "methods": ("bgan_discrete", "wgan_gp_discrete"),
    "images_seen": 80,
    "width": 2,
    "num_samples": 2,
    "learning_rates": (1e-4, 1e-3),
    "batch_size": 4,
}


@pytest.fixture(autouse=True)
def few_images(monkeypatch):
    """200 pictures of random bits in the place of MNIST."""
    bits = np.random.default_rng(0).random((200, 28, 28, 1)) < 0.2

    def load(name, split="train", binarized=None):
        return Data(
            name,
            np.uint8(255 * bits),
            value_range=(0.0, 1.0),
            dynamic_binarization=split == "train",
        )

    monkeypatch.setattr(ganzoo.data, "load", load)


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


@pytest.mark.thorough
def test_the_first_seed_chooses_the_rate_and_a_resumed_table_is_kept(tmp_path, monkeypatch):
    rows = binarized_mnist.run(tmp_path, seeds=(0, 1), **TINY)
    floor, *trainings = rows
    assert floor["method"] == binarized_mnist.FLOOR
    # The same pictures on both sides.
    assert float(floor["frechet"]) == pytest.approx(0.0, abs=1e-3)
    for method in TINY["methods"]:
        mine = [row for row in trainings if row["method"] == method]
        assert [(row["seed"], row["learning_rate"]) for row in mine[:2]] == [(0, 1e-4), (0, 1e-3)]
        best = min(mine[:2], key=lambda row: float(row["frechet"]))
        assert [(row["seed"], row["learning_rate"]) for row in mine[2:]] == [
            (1, best["learning_rate"])
        ]
    curves = read(tmp_path / "results" / "binarized_mnist_fooled.csv")
    # 80 images are 20 steps of 4; a critic has no boundary.
    assert {row["method"] for row in curves} == {"bgan_discrete"}
    assert [row["step"] for row in curves[:2]] == ["10", "20"]
    assert all(0.0 <= float(row["fooled_rate"]) <= 1.0 for row in curves)
    assert (tmp_path / "figures" / "binarized_mnist.png").exists()
    assert (tmp_path / "figures" / "binarized_mnist_wgan_gp_discrete_0.001.png").exists()

    def fail(*arguments, **settings):
        raise AssertionError("trained again")

    monkeypatch.setattr(binarized_mnist, "_train", fail)
    before = (tmp_path / "results" / "binarized_mnist.csv").read_text()
    binarized_mnist.run(tmp_path, seeds=(0, 1), **TINY)
    assert (tmp_path / "results" / "binarized_mnist.csv").read_text() == before
