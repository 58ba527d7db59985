import csv

import pytest

from ganzoo.experiments import continuous, continuous_generation


@pytest.mark.thorough
def test_tiny_run_is_complete_and_resumed(tmp_path, monkeypatch):
    budget = {"datasets": ("grid",), "r1_weights": (0.0,), "iterations": 2}
    rows = continuous_generation.run(tmp_path, (0, 1), **budget)
    assert [(row["method"], row["seed"]) for row in rows] == [
        (method, seed) for method in ("bgan", "bgan, log Z") for seed in (0, 1)
    ]
    assert all(row["num_samples"] == 2500 and row["frechet"] == "" for row in rows)
    assert len({row["high_quality_share"] + row["reverse_kl"] for row in rows}) > 1
    picture = tmp_path / "figures/continuous_generation_grid.png"
    assert picture.stat().st_size < 150_000

    monkeypatch.setattr(continuous, "Trainings", None)  # nothing is trained again
    again = continuous_generation.run(tmp_path, (0, 1), **budget)
    with (tmp_path / "results/continuous_generation.csv").open() as file:
        assert list(csv.DictReader(file)) == again
    assert len(again) == 4
