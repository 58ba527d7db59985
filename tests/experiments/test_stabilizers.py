"""That the study runs, resumes and scores what it says."""

import pytest

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


@pytest.mark.parametrize("name", stabilizers.RING)
def test_settings_are_those_of_the_recipe(name):
    recipe, settings, batch_size = stabilizers.RING[name]
    assert recipe in ("nsgan", "feature_matching_gan")
    assert batch_size in (64, 256)
    assert settings() is not settings()
