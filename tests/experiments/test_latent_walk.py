import numpy as np
import pytest

import ganzoo
from ganzoo.experiments import latent_walk


@pytest.fixture(scope="module")
def generator():
    return ganzoo.load(latent_walk.GENERATOR)


def test_a_straight_line_leaves_the_shell():
    assert latent_walk.middle_norm("lerp", 100, 0) == pytest.approx(1 / np.sqrt(2), abs=0.01)
    assert latent_walk.middle_norm("slerp", 100, 0) == pytest.approx(1.0, abs=0.01)


def test_ends_are_the_samples_themselves(generator):
    latents = generator.sample_latents(4, seed=3)
    for path in ("slerp", "lerp"):
        frames = latent_walk.walk(generator, path, 5, 3, 2)
        # To the last bit only in a batch of the same size: sums of another have another order.
        between = np.zeros((3, *latents[:2].shape), "float32")
        batch = np.concatenate([latents[:2], *between, latents[2:]])
        decoded = generator.decode(batch).numpy()
        np.testing.assert_array_equal(frames[0], decoded[:2])
        np.testing.assert_array_equal(frames[-1], decoded[-2:])


def test_one_coordinate_moves(generator):
    frames = latent_walk.along_coordinates(generator, 3, 5, 0)
    assert frames.shape == (5, 3, 28, 28, 1)
    assert np.abs(np.diff(frames, axis=0)).max() > 0.0


def test_rows_and_figure(tmp_path):
    rows = latent_walk.run(tmp_path, dimensions=(10,), steps=(65, 129))
    assert len(rows) == 6
    for path in ("slerp", "lerp"):
        of_path = [row for row in rows if row["path"] == path and row["steps"]]
        changes = [float(row["largest_change"]) for row in of_path]
        assert 0.4 < changes[1] / changes[0] < 0.65
    assert (tmp_path / "figures" / "latent_walk.png").exists()
