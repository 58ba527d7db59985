import pytest

from ganzoo.experiments import continuous, continuous_comparison

METHODS = ("bgan", "wgan, 1 critic step", "wgan, 5 critic steps")


def test_tiny_run_is_complete_and_resumed(tmp_path, monkeypatch):
    budget = {"methods": METHODS, "learning_rates": (1e-3,), "iterations": 1}
    rows = continuous_comparison.run(tmp_path, (0,), **budget)
    columns = ("block", "dataset", "method", "generator_steps", "r1_weight")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        *(("learning rates", "ring", method, 1, 0.0) for method in METHODS),
        *(("digits", "digits", method, 1, 0.0) for method in METHODS),
        *(
            ("stress", data, method, 5, 0.0)
            for data in ("ring", "digits")
            for method in METHODS[:2]
        ),
        ("R1", "ring", "bgan", 1, 1.0),
        ("R1", "ring", "bgan", 5, 1.0),
    ]
    for row in rows:
        assert (row["modes"] == "") == (row["dataset"] == "digits")
        assert (row["frechet"] == "") == (row["dataset"] == "ring")
        assert row["outcome"] in ("trained", "collapsed", "diverged")
    assert (tmp_path / "figures/continuous_comparison.png").stat().st_size < 150_000

    monkeypatch.setattr(continuous, "Trainings", None)  # nothing is trained again
    assert len(continuous_comparison.run(tmp_path, (0,), **budget)) == len(rows)


def test_cases_of_the_published_run():
    methods = tuple(continuous.METHODS)
    counts = [
        len(continuous_comparison._cases(block, methods)) for block in continuous_comparison.BLOCKS
    ]
    assert counts == [8, 8, 14, 12]


def test_blocks_are_checked(tmp_path):
    with pytest.raises(ValueError, match="did you mean stress"):
        continuous_comparison.run(tmp_path, blocks=("stres",))
