import csv

import numpy as np
import pytest

from ganzoo.experiments import continuous, continuous_comparison

METHODS = ("bgan", "wgan, 1 critic step", "wgan, 5 critic steps")


class Stub:
    """Trainings whose samples are data, or for `bgan` under stress nothing but NaN."""

    asked = []

    def __init__(self, method, data, iterations, generator_steps):
        self.data = data
        self.is_broken = method == "bgan" and generator_steps == 5
        self.asked.append((method, data.name, iterations, generator_steps))

    def run(self, seed, learning_rate):
        samples = self.data.scaled(slice(400))
        return np.full_like(samples, np.nan) if self.is_broken else samples


def test_every_block_is_complete_and_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(continuous, "Trainings", Stub)
    monkeypatch.setattr(Stub, "asked", [])
    budget = {"methods": METHODS, "learning_rates": (1e-4, 1e-3), "iterations": 7}
    rows = continuous_comparison.run(tmp_path, (0, 1), **budget)
    ring = [("ring", method, 1) for method in METHODS]
    digits = [("digits", method, 1) for method in METHODS[:2]]
    stress = [(data, method, 5) for data in ("ring", "digits") for method in METHODS[:2]]
    assert Stub.asked == [
        (method, data, 7, steps) for data, method, steps in (*ring, *digits, *stress)
    ]
    columns = ("block", "dataset", "method", "learning_rate", "seed")
    found = [tuple(row[name] for name in columns) for row in rows]
    assert len(found) == len(set(found)) == 2 * (2 * 3 + 2 + 4)
    for row in rows:
        if row["method"] == "bgan" and row["generator_steps"] == 5:
            assert row["outcome"] == "diverged" and row["modes"] == row["frechet"] == ""
        else:
            assert row["outcome"] == "trained"
            assert row["modes"] == (8 if row["dataset"] == "ring" else "")
    assert (tmp_path / "figures/continuous_comparison.png").stat().st_size < 150_000

    monkeypatch.setattr(continuous, "Trainings", None)  # nothing is trained again
    again = continuous_comparison.run(tmp_path, (0, 1), **budget)
    with (tmp_path / "results/continuous_comparison.csv").open() as file:
        assert list(csv.DictReader(file)) == again
    assert len(again) == len(rows)


def test_one_training(tmp_path):
    [row] = continuous_comparison.run(
        tmp_path, (0,), methods=("wgan, 1 critic step",), blocks=("digits",), iterations=1
    )
    assert row["num_samples"] == 1442 and float(row["frechet"]) > 10


def test_cases_of_the_published_run():
    methods = tuple(continuous.METHODS)
    counts = [
        len(continuous_comparison._cases(block, methods)) for block in continuous_comparison.BLOCKS
    ]
    assert counts == [8, 7, 14]


def test_blocks_are_checked(tmp_path):
    with pytest.raises(ValueError, match="did you mean stress"):
        continuous_comparison.run(tmp_path, blocks=("stres",))
