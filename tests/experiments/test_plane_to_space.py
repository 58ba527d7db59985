import numpy as np
import pytest

import ganzoo
from ganzoo import metrics
from ganzoo.experiments import plane_to_space


@pytest.mark.thorough
def test_rows_and_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(plane_to_space, "_STEPS_AN_EXECUTION", 5)
    monkeypatch.setattr(plane_to_space, "MODELS", ("nsgan",))
    rows = plane_to_space.run(tmp_path, seeds=(0,), steps=5)
    assert len(rows) == 2
    for row in rows:
        assert 0.0 <= float(row["coverage"]) < 0.9
        assert (row["radius_error"] == "") == (row["dataset"] == "swiss_roll")
        assert 0.0 < float(row["singular_value_ratio"]) < 1.0
    assert (tmp_path / "figures" / "plane_to_space.png").exists()


def test_ratio_of_a_linear_sheet():
    model = ganzoo.create("nsgan", (3,), seed=0, latent_dim=2, generator={"units": ()})
    latents = model.sample_latents(5, seed=0)
    model.generator.set_weights([np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 0.5]]), np.zeros(3)])
    assert plane_to_space.singular_value_ratio(model, latents) == pytest.approx(0.25)


# data set, model -> least coverage, largest mean distance from the sphere. The calibration has 0.85
# and 0.06 for all; where one of three seeds misses it (docs/experiments.md), bounds are wider.
BOUNDS = {
    ("swiss_roll", "nsgan"): (0.85, None),
    ("swiss_roll", "lsgan"): (0.75, None),
    ("sphere", "nsgan"): (0.65, 0.06),
    ("sphere", "lsgan"): (0.65, 0.09),
}


@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "name"), BOUNDS)
@pytest.mark.parametrize("seed", range(3))
def test_both_sets_are_covered(seed, dataset, name):
    coverage, distance = BOUNDS[dataset, name]
    model = plane_to_space.train(name, dataset, seed, 6000)
    test = ganzoo.data.load(dataset, split="test").scaled()[:1000]
    samples = model.generate(1000, seed=0).numpy()
    scores = metrics.manifold_scores(test, samples)
    assert scores.coverage > coverage, scores
    assert 0.6 < scores.density < 1.15, scores
    if distance:
        assert np.abs(np.linalg.norm(samples, axis=1) - 1.0).mean() < distance
