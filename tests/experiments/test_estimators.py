"""The table of a tiny run: what is unbiased is, and what is not has the bias that is known."""

import csv

import numpy as np
import pytest
from PIL import Image

from ganzoo.experiments import estimators

LINEAR = "three bits, linear critic"
UNBIASED = {"score function", "VIMCO", "MuProp", "REBAR", "RELAX"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """(rows, directory) of a run of 4,000 draws on half of the problems."""
    output = tmp_path_factory.mktemp("study")
    problems = [LINEAR, estimators.CURVED, estimators.AHEAD]
    rows = estimators.run(output, (0, 1), draws=2000, training_steps=50, problems=problems)
    return rows, output


@pytest.fixture(scope="module")
def rows(study):
    return study[0]


def of(rows, **columns):
    return [row for row in rows if all(row[key] == value for key, value in columns.items())]


@pytest.mark.thorough
def test_every_estimator_is_there(rows):
    counts = {problem: len(of(rows, problem=problem)) for problem in {r["problem"] for r in rows}}
    assert counts == {
        LINEAR: 4 + 15 + 3 + 7 + 8,
        estimators.CURVED: 7 + 8,
        estimators.AHEAD: 4 + 4 + 15 + 3,
    }
    assert {row["draws"] for row in rows} == {4000}
    assert all(row["seeds"] == "0 1" for row in rows)


def test_unbiased_estimators_are(rows):
    found = [row for row in rows if row["estimator"] in UNBIASED]
    assert len(found) == 18 + 3 + 3 + 18
    for row in found:
        assert row["unbiased"], row
        assert row["relative_bias_by_enumeration"] == 0


def test_means_are_what_enumeration_says(rows):
    """The bias of the reweighting with few samples, and of straight-through, among them."""
    for row in rows:
        if row["relative_bias_by_enumeration"] != "":
            assert row["errors_from_enumeration"] < 4.5, row


def test_bias_of_reweighting(rows):
    linear = of(rows, problem=LINEAR, estimator="importance, per latent")
    exact, of_two = [-0.195115, 0.221516, -0.118354], [-0.085076, 0.140768, -0.044293]
    known = np.linalg.norm(np.subtract(of_two, exact)) / np.linalg.norm(exact)
    assert linear[0]["relative_bias_by_enumeration"] == pytest.approx(known, abs=1e-4)
    assert linear[0]["relative_bias"] == pytest.approx(known, abs=0.05)
    assert not linear[0]["unbiased"]
    biases = [row["relative_bias_by_enumeration"] for row in linear]
    assert [row["samples"] for row in linear] == [2, 5, 20, 100]
    assert biases[2] / biases[3] == pytest.approx(5, rel=0.1)
    [per_latent, pooled] = [
        of(rows, problem=estimators.AHEAD, estimator=f"importance, {kind}", samples=2)[0]
        for kind in ("per latent", "global")
    ]
    assert pooled["relative_bias"] < 0.3 * per_latent["relative_bias"]


def test_bias_between_samples(rows):
    curved = of(rows, problem=estimators.CURVED, setting="slope 1")[0]
    assert not curved["unbiased"]
    assert curved["relative_bias"] == pytest.approx(
        curved["relative_bias_by_enumeration"], rel=0.15
    )
    assert of(rows, problem=LINEAR, setting="slope 1")[0]["unbiased"]
    for problem in (LINEAR, estimators.CURVED):
        soft = of(rows, problem=problem, estimator="Gumbel-softmax")
        assert not soft[-1]["unbiased"] and soft[-1]["relative_bias"] > 0.2
        variances = [row["variance"] for row in soft]
        assert variances == sorted(variances, reverse=True)
    steps = of(rows, estimator="straight-through, deterministic")
    assert all(row["variance"] < 1e-12 for row in steps)
    assert [row["unbiased"] for row in steps] == [True, False]


def test_variances(rows):
    for problem in (LINEAR, estimators.AHEAD):
        score = of(rows, problem=problem, estimator="score function", setting="no baseline")
        one, *several = [row["variance"] for row in score]
        for row, variance in zip(score[1:], several, strict=True):
            assert variance == pytest.approx(one / row["samples"], rel=0.15)
    [exact] = of(rows, problem=LINEAR, estimator="MuProp")
    assert exact["variance"] < 1e-10
    ahead = [
        of(rows, problem=estimators.AHEAD, setting=setting, samples=1)[0]["variance"]
        for setting in ("no baseline", "moving average", "input-dependent")
    ]
    assert ahead[1] < 0.5 * ahead[0] and ahead[2] < 0.5 * ahead[0]
    [control] = of(rows, problem=LINEAR, estimator="REBAR")
    plain = of(rows, problem=LINEAR, setting="no baseline", samples=1)[0]
    assert control["variance"] < 0.6 * plain["variance"]


def test_files(study):
    rows, output = study
    with (output / "results" / "estimators.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(rows)
    picture = Image.open(output / "figures" / "estimators.png")
    assert picture.mode == "P"
    assert (output / "figures" / "estimators.png").stat().st_size < 150_000


def test_budget_is_checked(tmp_path):
    with pytest.raises(ValueError, match=r"draws=1, .*at least 2 draws"):
        estimators.run(tmp_path, draws=1)
    with pytest.raises(ValueError, match="did you mean two latents"):
        estimators.run(tmp_path, problems=["two latent"])
