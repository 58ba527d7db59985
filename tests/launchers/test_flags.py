import pytest

from ganzoo.cli.flags import UsageError, overrides, run


def test_overrides_are_literals_by_network():
    settings = [
        "penalty_weight=5",
        "generator.width=32",
        "generator.units=(8, 8)",
        "averaging=None",
        "likelihood=bernoulli",
        "scale=1e-3",
        "runs=/tmp/runs",
        "other=../my-runs/nll.1",
    ]
    assert overrides(settings) == {
        "penalty_weight": 5,
        "generator": {"width": 32, "units": (8, 8)},
        "averaging": None,
        "likelihood": "bernoulli",
        "scale": 1e-3,
        "runs": "/tmp/runs",
        "other": "../my-runs/nll.1",
    }


def test_overrides_run_no_code():
    with pytest.raises(UsageError, match="literal"):
        overrides(["width=__import__('os').getpid()"])


@pytest.mark.parametrize("value", ["1/2", "5x", "0,5a", "a b"])
def test_what_is_no_value_is_refused(value):
    with pytest.raises(UsageError, match="literal"):
        overrides([f"width={value}"])


def test_interrupted_command_exits_with_130(capsys):
    def interrupted(argv):
        raise KeyboardInterrupt

    assert run(interrupted, []) == 130
