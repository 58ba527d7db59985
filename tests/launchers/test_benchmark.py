"""The benchmark's command, at its smallest."""

import csv

import pytest

from ganzoo.cli import benchmark, flags


def test_fit_and_the_compiled_loop_run_in_turn(tmp_path, capsys):
    output = tmp_path / "benchmark.csv"
    arguments = ["--case=toy", "--against=loop", "--rounds=2", "--steps=2", f"--output={output}"]
    assert benchmark.main(arguments) == 0
    with output.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["contestant"] for row in rows] == ["model.fit", "compiled loop"]
    for row in rows:
        assert float(row["examples_per_second"]) > 0 and float(row["peak_megabytes"]) > 100
        assert float(row["lowest_ratio"]) <= float(row["fit_over_this"])
        assert float(row["fit_over_this"]) <= float(row["highest_ratio"])
    assert float(rows[0]["fit_over_this"]) == 1
    assert "round 2/2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--case=toi"], "did you mean toy"),
        (["--against=torch"], "unknown baseline"),
        (["--case=wgan_gp", "--against=loop"], "dcgan28, toy only"),
        (["--rounds=0"], "at least 1"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(arguments, message):
    with pytest.raises(flags.UsageError, match=message) as error:
        benchmark.main(arguments)
    assert "\n" not in str(error.value)


def test_a_contestant_that_does_not_start_is_named():
    with pytest.raises(flags.UsageError, match="PyTorch eager float32 did not start"):
        benchmark._answer(
            benchmark._start("/bin/false", "pytorch", "toy", "float32", {}),
            "PyTorch eager float32",
        )
