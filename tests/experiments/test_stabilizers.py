"""That the study runs, resumes and scores what it says."""

import pytest

import ganzoo
from ganzoo.experiments import stabilizers

BUDGET = {
    "seeds": (3,),
    "steps": 20,
    "iterations": 10,
    "ring": ("discriminator frozen when ahead", "historical averaging"),
    "digits": ("DiffAugment, 200 images",),
}


@pytest.mark.thorough
def test_rows_are_scored_and_a_second_run_adds_none(tmp_path):
    rows = stabilizers.run(tmp_path, **BUDGET)
    assert [row["stabilizer"] for row in rows] == [*BUDGET["ring"], *BUDGET["digits"]]
    ring, digits = rows[:2], rows[2]
    for row in ring:
        assert 0 <= int(row["modes"]) <= 8 and 0 <= float(row["high_quality_share"]) <= 1
        assert row["frechet"] == ""
    assert int(ring[1]["discriminator_updates"]) == 20
    assert float(digits["frechet"]) > 1
    assert (tmp_path / "figures" / "stabilizers.png").stat().st_size > 2000
    again = stabilizers.run(tmp_path, **BUDGET)
    assert [row["frechet"] for row in again] == [row["frechet"] for row in rows]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("none", {}),
        ("labels 0.9 and 0", {"real_target": 0.9}),
        ("R1, gamma 0.1", {"r1_weight": 0.1}),
        ("R2, gamma 0.1", {"r2_weight": 0.1}),
        ("minibatch discrimination, batch 64", {"discriminator": {"minibatch_kernels": 16}}),
    ],
)
def test_a_name_says_what_is_set(name, expected):
    assert stabilizers.RING[name][1]() == expected


def test_the_slow_generator_has_a_third_of_the_rate_of_the_recipe():
    _, settings, _ = stabilizers.RING["generator 3 times slower"]
    slow = settings()["generator_optimizer"]["config"]["learning_rate"]
    model = ganzoo.create("nsgan", (2,), seed=0)
    assert 3 * slow == pytest.approx(float(model.generator_optimizer.learning_rate), rel=1e-3)


@pytest.mark.parametrize("name", stabilizers.RING)
def test_settings_are_those_of_the_recipe(name):
    recipe, settings, batch_size = stabilizers.RING[name]
    assert recipe in ("nsgan", "feature_matching_gan")
    assert batch_size in (64, 256)
    assert settings() is not settings()
