"""The command that repeats studies."""

import sys
import types

import pytest

from ganzoo import experiments
from ganzoo.__main__ import main
from ganzoo.cli import environment, experiment
from tests.launchers.conftest import run


@pytest.fixture
def study(monkeypatch):
    """Calls of an experiment named "stub" that takes the budget `draws` and `width`."""
    calls = []

    def stub(output, seeds=(0, 1, 2), **budget):
        calls.append((output, seeds, budget))

    module = types.ModuleType("stub_experiment")
    module.run = stub
    monkeypatch.setitem(sys.modules, "stub_experiment", module)
    found = {"stub": experiments.Experiment("stub_experiment", "A stub", ("draws", "width"))}
    monkeypatch.setattr(experiments, "index", lambda: found)
    monkeypatch.setattr(environment, "start", lambda: None)
    return calls


def test_list_of_experiments(capsys):
    assert main(["experiment"]) == 0
    out = capsys.readouterr().out
    [line] = [line for line in out.splitlines() if line.startswith("estimators ")]
    assert line.split(maxsplit=1)[1].startswith("Bias and variance of the gradient estimators")
    assert out.count("\n") == len(experiments.index())


def test_arguments_arrive(study):
    arguments = ["--name=stub", "--output=x/y", "--seeds=3,1", "--set=draws=10", "--set=width=0.5"]
    assert experiment.main(arguments) == 0
    assert experiment.main(["--name=stub"]) == 0
    assert study == [
        ("x/y", (3, 1), {"draws": 10, "width": 0.5}),
        ("docs", (0, 1, 2), {}),
    ]


def test_one_value_stands_for_several(study, monkeypatch):
    calls = []

    def stub(output, seeds=(0, 1, 2), draws=("a", "b"), width=1):
        calls.append((draws, width))

    monkeypatch.setattr(sys.modules["stub_experiment"], "run", stub)
    for draws in ("draws=abc", 'draws=["abc", "d"]'):
        assert experiment.main(["--name=stub", f"--set={draws}", "--set=width=3"]) == 0
    assert calls == [(("abc",), 3), (["abc", "d"], 3)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--name=estimator"], "did you mean estimators?"),
        (["--name=estimators", "--set=draw=3"], "did you mean draws?"),
        (["--name=estimators", "--set=seeds=3"], "unknown setting 'seeds'"),
        (["--name=estimators", "--set=draws"], "name=value"),
        (["--name=estimators", "--seeds=0,a"], "--seeds=0,a: give integers"),
        (["--names=estimators"], "did you mean name?"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(arguments, message, capsys):
    assert main(["experiment", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error


def test_the_launcher_answers():
    code, out, _ = run("experiment", "--help")
    assert code == 0
    assert "--name" in out and "--set" in out
