import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ganzoo.data import toys
from ganzoo.experiments import gaussian_1d, grid, point_sets, ring
from ganzoo.metrics import modes

RESULTS = Path(__file__).parents[2] / "docs" / "results"
BRIEF = (("nsgan", {"r1_weight": 1.0}, 2), ("cgan", {}, 2))


class Exact:
    """Generates the centers of a mixture in turn; as a conditional model, with their labels."""

    def __init__(self, centers, uses_labels):
        self.centers, self.uses_labels = np.asarray(centers, np.float32), uses_labels

    def generate(self, count, seed):
        return np.resize(self.centers, (count, 2)).view(Samples)

    def labels_for(self, count):
        return np.arange(count) % len(self.centers)


class Samples(np.ndarray):
    def numpy(self):
        return np.asarray(self)


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_scores_of_a_perfect_and_of_a_collapsed_model(name):
    mixture = modes.MODES[name]
    _, perfect = point_sets.mode_scores(Exact(mixture.centers, uses_labels=True), mixture)
    assert perfect["modes"] == perfect["modes_3_sigma"] == len(mixture.centers)
    assert perfect["high_quality_share"] == perfect["label_match"] == 1.0
    assert perfect["reverse_kl"] == pytest.approx(0.0, abs=1e-4)
    _, collapsed = point_sets.mode_scores(Exact(mixture.centers[:1], uses_labels=False), mixture)
    assert collapsed["modes"] == 1 and collapsed["label_match"] is None
    assert collapsed["reverse_kl"] == pytest.approx(np.log(len(mixture.centers)))


@pytest.mark.thorough
def test_rows_and_figure_go_on_where_they_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(ring, "RUNS", BRIEF)
    rows = ring.run(tmp_path, seeds=(0,), models=("nsgan",))
    assert [(row["model"], row["settings"]) for row in rows] == [("nsgan", '{"r1_weight": 1.0}')]
    assert 0.0 <= float(rows[0]["high_quality_share"]) <= 1.0 and rows[0]["label_match"] == ""
    first = tmp_path / "figures" / "ring" / "nsgan_r1_weight_1.0.png"
    written = first.stat().st_mtime_ns
    rows = ring.run(tmp_path, seeds=(0, 1), models=("nsgan", "cgan"))
    assert [(row["model"], int(row["seed"])) for row in rows] == [
        ("nsgan", 0),
        ("nsgan", 1),
        ("cgan", 0),
        ("cgan", 1),
    ]
    assert first.stat().st_mtime_ns == written
    assert (tmp_path / "figures" / "ring.png").exists()


def test_runs_of_the_grid_are_those_of_the_ring_twice_as_long():
    assert [run[:2] for run in grid.RUNS] == [run[:2] for run in ring.RUNS]
    assert all(long[2] == 2 * short[2] for long, short in zip(grid.RUNS, ring.RUNS))


@pytest.mark.parametrize("experiment", [ring, grid, gaussian_1d])
def test_published_rows_are_those_of_the_runs(experiment):
    name = experiment.__name__.rpartition(".")[2]
    with (RESULTS / f"{name}.csv").open() as file:
        found = {(row["model"], row["settings"], int(row["steps"])) for row in csv.DictReader(file)}
    runs = [("nsgan", gaussian_1d._SETTINGS, 3000)] if name == "gaussian_1d" else experiment.RUNS
    assert {(model, json.dumps(settings), steps) for model, settings, steps in runs} <= found


def test_a_model_without_a_run_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unknown model 'wgan_pg': did you mean wgan_gp"):
        ring.run(tmp_path, models=("wgan_pg",))


@pytest.mark.thorough
def test_moments_and_discriminator_of_one_gaussian(tmp_path):
    class Normal:
        @staticmethod
        def generate(count, seed):
            draws = np.random.default_rng(seed).normal(size=(count, 1))
            return (toys.GAUSSIAN_1D_MEAN + toys.GAUSSIAN_1D_SIGMA * draws).view(Samples)

        @staticmethod
        def discriminator(places):
            assert abs(places.mean() - toys.GAUSSIAN_1D_MEAN) < 1e-5
            return np.log(0.7 / 0.3 * np.ones_like(places)).view(Samples)

    _, scores = gaussian_1d.scores(Normal)
    assert scores["mean"] == pytest.approx(toys.GAUSSIAN_1D_MEAN, abs=0.06)
    assert scores["std"] == pytest.approx(toys.GAUSSIAN_1D_SIGMA, rel=0.06)
    assert scores["discriminator_gap"] == pytest.approx(0.2, abs=1e-6)
    [row] = gaussian_1d.run(tmp_path, seeds=(0,), steps=2)
    assert np.isfinite(float(row["std"]))
