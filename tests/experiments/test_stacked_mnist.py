import numpy as np
import pytest

import ganzoo
from ganzoo import registry
from ganzoo.data.data import Data
from ganzoo.experiments import stacked_mnist
from ganzoo.metrics import extractors


class Levels:
    """Names an image by its brightest pixel, in tenths of [-1, 1]."""

    def probabilities(self, images):
        levels = np.clip(5 * (images.max(axis=(1, 2, 3)) + 1), 0, 9).astype(int)
        return np.eye(10)[levels]


@pytest.fixture
def levels_as_mnist(monkeypatch):
    """Images of one gray level each, ten of them, in the place of MNIST."""
    grays = np.repeat(np.round(25.5 * np.arange(10) + 12).astype(np.uint8), 30)
    images = np.tile(grays[:, None, None, None], (1, 28, 28, 1))
    monkeypatch.setattr(
        ganzoo.data,
        "load",
        lambda name, split="train": Data(name, images, value_range=(-1.0, 1.0)),
    )
    monkeypatch.setattr(extractors, "load", lambda name: Levels())


def test_statistics():
    assert stacked_mnist.statistics(np.arange(1000)) == (1000, pytest.approx(0.0, abs=1e-12))
    assert stacked_mnist.statistics(np.full(50, 123)) == (1, pytest.approx(6.9078, abs=1e-4))
    modes, divergence = stacked_mnist.statistics(np.array([1, 1, 1, 2]))
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert (modes, divergence) == (2, pytest.approx(np.log(1000) - entropy))


def test_stacks_have_all_modes(levels_as_mnist):
    data = stacked_mnist.stacks("train", 25_600, 0)
    assert data.data_shape == (28, 28, 3)
    modes, divergence = stacked_mnist.count(data.scaled(), Levels())
    assert modes == 1000
    assert divergence == pytest.approx(999 / (2 * 25_600), rel=0.2)  # of a finite sample
    other = stacked_mnist.stacks("test", 5, 0).examples
    assert not np.array_equal(other, data.examples[:5])


@pytest.mark.thorough
def test_rows_and_figure(levels_as_mnist, tmp_path, monkeypatch):
    monkeypatch.setattr(stacked_mnist, "_STACKS", 256)
    monkeypatch.setattr(stacked_mnist, "_SAMPLES", 100)
    monkeypatch.setattr(stacked_mnist, "_WIDTH", 8)
    rows = stacked_mnist.run(tmp_path, models=("dcgan", "presgan"), steps=2)
    assert [row["model"] for row in rows] == ["data", "dcgan", "presgan"]
    for row in rows:
        assert 1 <= int(row["modes"]) <= 100
        assert 2.0 < float(row["kl_from_uniform"]) < 6.91
    assert (tmp_path / "figures" / "stacked_mnist.png").exists()
    assert len(stacked_mnist.run(tmp_path, models=("dcgan", "presgan"), steps=2)) == 3


def test_networks_are_a_quarter_as_wide():
    widths = {"generator": {"width": 16}, "discriminator": {"width": 16}}
    assert stacked_mnist.narrow(registry.get("dcgan")) == widths
    assert stacked_mnist.narrow(registry.get("presgan")) == widths
    weak = {"generator": {"width": 16}, "discriminator": {"width": 4}}
    assert stacked_mnist.narrow(registry.get("unrolled_gan")) == weak
    for name in stacked_mnist.MODELS:
        narrow = stacked_mnist.narrow(registry.get(name))
        assert ganzoo.create(name, (28, 28, 3), seed=0, **narrow).built, name
