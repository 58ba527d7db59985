import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import ganzoo
from ganzoo.experiments import reweighting_cost

TINY = {"width": 4, "dense_units": 8}


def test_arithmetic_of_the_released_networks(tmp_path):
    """Without a clock: 3 G less the first layer, and D for each sample."""
    rows = reweighting_cost.run(tmp_path, rounds=0)
    generator = 64 * 1024 + 1024 * 6272 + 49 * 25 * 128 * 64 + 196 * 25 * 64
    discriminator = 196 * 25 * 64 + 49 * 25 * 64 * 128 + 6272 * 1024 + 1024
    assert [row["num_samples"] for row in rows] == [1, 5, 10, 20]
    for row in rows:
        cost = 3 * generator - 64 * 1024 + row["num_samples"] * discriminator
        assert row["update_multiply_adds"] == cost
        assert row["bytes_of_samples"] == row["num_samples"] * 64 * 28 * 28 * 4
        assert row["measured_ratio"] == row["milliseconds"] == ""
    assert [float(row["arithmetic_ratio"]) for row in rows] == pytest.approx(
        [1, 1.998, 3.246, 5.741], abs=1e-3
    )
    assert Image.open(tmp_path / "figures" / "reweighting_cost.png").mode == "P"


def test_timed_update_is_one_of_the_generator():
    model = ganzoo.create(
        "bgan_discrete", (8, 8, 1), seed=0, latent_dim=4, generator=TINY, discriminator=TINY
    )
    before = [variable.numpy() for variable in model.variables]
    update = reweighting_cost.generator_update(model, 3, 2)
    assert np.isfinite(update(tf.constant([0, 1])))
    changed = {
        variable.path
        for old, variable in zip(before, model.variables)
        if not np.array_equal(old, variable.numpy())
    }
    trainable = {variable.path for variable in model.generator.trainable_variables}
    assert trainable <= changed
    assert not {variable.path for variable in model.discriminator.variables} & changed


def test_timings(tmp_path):
    rows = reweighting_cost.run(tmp_path, num_samples=(1, 2), rounds=3, batch_size=2, **TINY)
    assert rows[0]["measured_ratio"] == "1.000"
    assert all(float(row["milliseconds"]) > 0 for row in rows)
    assert float(rows[1]["measured_ratio"]) > 0
