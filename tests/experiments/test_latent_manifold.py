import numpy as np
import pytest
from PIL import Image

import ganzoo
from ganzoo.data.data import Data
from ganzoo.experiments import latent_manifold


def test_plane_reads_like_a_plot():
    points = latent_manifold.plane(3, 2.0)
    expected = [[-2, 2], [0, 2], [2, 2], [-2, 0], [0, 0], [2, 0], [-2, -2], [0, -2], [2, -2]]
    np.testing.assert_array_equal(points, expected)


def test_a_walk_changes_one_latent():
    points = latent_manifold.walks([5.0, 6.0, 7.0], [2, 0], 3, 1.5)
    expected = [[5, 6, -1.5], [5, 6, 0], [5, 6, 1.5], [-1.5, 6, 7], [0, 6, 7], [1.5, 6, 7]]
    np.testing.assert_array_equal(points, expected)


def test_active_latents_are_those_whose_means_vary():
    class Model:
        def encode(self, x):
            return {"mean": np.stack([x[:, 0], 0 * x[:, 0] + 3, 2 * x[:, 0]], axis=1)}

    x = np.array([[-1.0], [1.0]])
    np.testing.assert_allclose(latent_manifold.active_latents(Model(), x), [1.0, 0.0, 4.0])


@pytest.mark.thorough
def test_rows_and_pictures(tmp_path, monkeypatch):
    digits = ganzoo.data.load("digits")

    def load(name, split="train", binarized=None):
        images = digits.examples[:300]
        return Data("mnist", images, value_range=(0.0, 1.0), dynamic_binarization=True)

    monkeypatch.setattr(ganzoo.data, "load", load)
    monkeypatch.setattr(latent_manifold, "_UNITS", {"units": (16,)})
    rows = latent_manifold.run(tmp_path, seeds=(0,), epochs=2, bound_samples=50, images=20)
    assert [row["latent_dim"] for row in rows] == [2, 50]
    for row in rows:
        bound, elbo = float(row["negative_bound_of_50"]), float(row["negative_elbo"])
        assert 0.0 < bound < elbo < 64 * np.log(2) * 1.5
    sides = {"latent_manifold": (20, 20), "latent_samples": (20, 10), "latent_walks": (11, 5)}
    for name, (columns, lines) in sides.items():
        width, height = Image.open(tmp_path / "figures" / f"{name}.png").size
        assert width / height == pytest.approx(columns / lines, rel=0.1)
