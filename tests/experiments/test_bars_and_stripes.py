import math

import numpy as np
import pytest
from PIL import Image

from ganzoo import registry
from ganzoo.data import bits
from ganzoo.experiments import bars_and_stripes

PATTERNS = bits.bars_and_stripes_patterns()
CHECKERED = np.indices((4, 4)).sum(axis=0).ravel() % 2  # not a pattern


def test_scores_of_the_data():
    scores = bars_and_stripes.scores(np.repeat(PATTERNS, 3, axis=0))
    assert scores["valid_share"] == 1.0
    assert scores["patterns_covered"] == scores["patterns_frequent"] == 30
    assert scores["entropy"] == pytest.approx(math.log(30), abs=1e-12)


def test_scores_of_few_patterns():
    """A third of the 30 of 900 samples that each pattern should have is 10."""
    counts = [500, 10, 9, 1]
    valid = np.repeat(PATTERNS[[3, 7, 20, 29]], counts, axis=0)
    scores = bars_and_stripes.scores(np.concatenate([valid, np.tile(CHECKERED, (380, 1))]))
    p = np.array(counts) / 520
    assert scores == {
        "valid_share": 520 / 900,
        "patterns_covered": 4,
        "patterns_frequent": 2,
        "entropy": pytest.approx(-np.sum(p * np.log(p)), abs=1e-12),
    }


def test_entropy_of_a_single_pattern_has_no_sign():
    scores = bars_and_stripes.scores(np.repeat(PATTERNS[:1], 9, axis=0))
    assert scores["patterns_covered"] == scores["patterns_frequent"] == 1
    assert bars_and_stripes._rounded(scores)["entropy"] == "0.0000"


def test_scores_without_any_pattern():
    scores = bars_and_stripes.scores(np.tile(CHECKERED, (5, 1)))
    assert scores["valid_share"] == scores["patterns_covered"] == scores["patterns_frequent"] == 0
    assert math.isnan(scores["entropy"])


def test_settings_are_those_of_the_protocol():
    for recipe, _ in bars_and_stripes.METHODS.values():
        vector = registry.get(recipe).vector
        assert vector["latent_dim"] == 8
        for name in registry.get(recipe).optimizers:
            if name == "control_variate_optimizer":
                config = registry.get(recipe).optimizers[name]["config"]
                assert name not in vector and config["learning_rate"] == 0.01
            else:
                config = vector[name]["config"]
                assert (config["learning_rate"], config["beta_1"]) == (1e-3, 0.5)
                assert config.get("beta_2") == (0.9 if recipe == "wgan_gp_discrete" else None)
    slope = bars_and_stripes.METHODS["straight-through, annealed"][1]["slope"]
    np.testing.assert_allclose([slope(0), slope(500), slope(2000), slope(3000)], [1, 2, 5, 5])


def test_run_is_resumed(tmp_path, monkeypatch):
    arguments = {"iterations": 4, "batch_size": 8, "num_samples": 3}
    rows = bars_and_stripes.run(tmp_path, (0,), ["bgan vimco"], **arguments)
    assert [row["method"] for row in rows] == ["data", "bgan vimco"]
    assert float(rows[0]["entropy"]) == pytest.approx(math.log(30), abs=0.005)
    assert rows[0]["patterns_frequent"] == 30 and rows[0]["valid_share"] == "1.0000"
    assert float(rows[1]["valid_share"]) < 0.1  # after four iterations
    assert [rows[1][name] for name in ("seed", *arguments)] == [0, 4, 8, 3]
    picture = tmp_path / "figures" / "bars_and_stripes.png"
    assert Image.open(picture).mode == "P" and picture.stat().st_size < 150_000

    monkeypatch.delattr(bars_and_stripes, "train")
    again = bars_and_stripes.run(tmp_path, (0,), ["bgan vimco"], **arguments)
    assert [row["entropy"] for row in again] == [row["entropy"] for row in rows]
