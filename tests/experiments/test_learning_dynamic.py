import numpy as np
import pytest
from PIL import Image

from ganzoo.experiments import learning_dynamic


@pytest.mark.thorough
def test_stages_and_pictures(tmp_path):
    rows = learning_dynamic.run(tmp_path, seeds=(0,), steps=160)
    assert [row["stage"] for row in rows] == list(learning_dynamic.STAGES)
    assert [int(row["updates"]) for row in rows] == [0, 0, 120, 160]
    start, settled, follows, _ = rows
    # The generator stands still while the discriminator learns to tell its samples.
    assert (start["mean"], start["std"]) == (settled["mean"], settled["std"])
    assert float(settled["discriminator_gap"]) > 0.4
    assert float(follows["mean"]) > float(start["mean"]) + 0.1
    assert Image.open(tmp_path / "figures" / "learning_dynamic.gif").n_frames == 6
    assert (tmp_path / "figures" / "learning_dynamic.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_ends_at_the_data(seed):
    end = learning_dynamic.watched_training(seed, 3000)[-1]
    assert abs(end["samples"].mean() - 4.0) < 0.1
    assert 0.35 < end["samples"].std() < 0.65
    assert learning_dynamic._gap(end) < 0.15


def test_gap_is_the_largest_distance_from_one_half_near_the_data():
    logits = np.where(learning_dynamic._PLACES < 3.0, 9.0, np.log(3.0))  # D = 3/4 near 4
    assert learning_dynamic._gap({"logits": logits}) == pytest.approx(0.25)
