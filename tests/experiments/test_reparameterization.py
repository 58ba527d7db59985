import csv

import numpy as np
import pytest
from PIL import Image

import ganzoo
from ganzoo.experiments import reparameterization
from ganzoo.metrics import extractors

BUDGET = {"steps": 8, "width": 4, "batch_size": 16}


def test_training_anew_starts_from_the_start():
    data = ganzoo.data.load("digits", binarized="static")
    training = reparameterization.Training("gumbel, soft", "adam", 5, data, **BUDGET)
    model, optimizer = training.model, training.model.generator_optimizer
    start = model.generator.get_weights()[0]

    first_rate = training.run(1e-2, 1e-3)
    first = model.get_weights()
    assert float(optimizer.learning_rate) == pytest.approx(1e-2) and optimizer.beta_1 == 0.5
    assert float(training.temperature(199)) == 3.0
    assert float(training.temperature(250)) == pytest.approx(3 * np.exp(-0.2), rel=1e-6)
    assert int(optimizer.iterations) == int(model.iteration) == BUDGET["steps"]

    training.run(1e-3, 1e-2)
    second = model.generator.get_weights()[0]
    assert float(optimizer.learning_rate) == pytest.approx(1e-3)
    assert float(training.temperature(200)) == 0.5
    assert int(optimizer.iterations) == BUDGET["steps"]
    # Adam moves every weight by at most its rate in a step, up to a factor near 1.
    moved = np.abs(second - start).max()
    assert 1e-3 < moved < 2e-3 * BUDGET["steps"]

    assert training.run(1e-2, 1e-3) == first_rate
    for ours, theirs in zip(model.get_weights(), first, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_scores_of_the_test_images_themselves():
    test = ganzoo.data.load("digits", split="test").scaled() / 2 + 0.5
    features, probabilities = reparameterization._features(extractors.load("digits_cnn"), test)
    scores = reparameterization._scores(features, features, probabilities)
    assert float(scores["frechet"]) == pytest.approx(0.0, abs=1e-3)
    assert scores["classes_hit"] == 10 and float(scores["confident_share"]) > 0.9
    few = np.eye(10)[[0] * 98 + [1] + [2]]
    assert reparameterization._scores(features, features, few)["classes_hit"] == 3
    few = np.eye(10)[[0] * 198 + [1] + [2]]
    assert reparameterization._scores(features, features, few)["classes_hit"] == 1


@pytest.mark.thorough
def test_best_settings_are_repeated_and_runs_resumed(tmp_path, monkeypatch):
    arguments = {
        "methods": ["step, deterministic"],
        "optimizers": ["sgd"],
        "learning_rates": [1e-2, 1e-3],
        **BUDGET,
    }
    rows = reparameterization.run(tmp_path, (0, 1), **arguments)
    assert [row["method"] for row in rows] == [reparameterization.FLOOR] + arguments["methods"] * 3
    assert [row["seed"] for row in rows] == ["", 0, 0, 1]
    best = min(rows[1:3], key=lambda row: float(row["frechet"]))
    assert rows[3]["learning_rate"] == best["learning_rate"]
    assert float(rows[0]["frechet"]) < 0.5 * float(best["frechet"])
    for row in rows[1:]:
        assert row["stuck"] == (float(row["fooled_rate"]) < 0.01 or row["classes_hit"] < 3)

    with (tmp_path / "results" / "reparameterization_methods.csv").open() as file:
        [summary] = csv.DictReader(file)
    assert summary["trainings"] == "2"
    assert summary["best_frechet"] == f"{best['frechet']} {rows[3]['frechet']}"
    assert float(summary["stuck_share"]) == np.mean([row["stuck"] for row in rows[1:3]])
    middle = np.mean([float(row["frechet"]) for row in rows[1:3]])
    assert float(summary["median_frechet"]) == pytest.approx(middle, abs=1e-4)
    picture = tmp_path / "figures" / "reparameterization.png"
    assert Image.open(picture).mode == "P" and picture.stat().st_size < 150_000

    monkeypatch.delattr(reparameterization, "Training")
    again = reparameterization.run(tmp_path, (0, 1), **arguments)
    assert [row["frechet"] for row in again] == [row["frechet"] for row in rows]
