"""Wrong command lines: one line, exit code 2, and no time spent on TensorFlow."""

import resource
import subprocess
import sys

import pytest

from ganzoo.__main__ import main
from ganzoo.cli import names
from tests.launchers.conftest import run

WRONG = {
    "--model=wgan_pg": "wgan_gp",
    "--model=dcgan --dataset=fashion_mist": "fashion_mnist",
    "--model=dcgan --epochs=many": "epochs",
    "--model=dcgan --epochs=0": "at least 1",
    "--model=dcgan --epoch=3": "epochs",
    "--model=dcgan --precision=float16": "mixed_bfloat16",
    "--model=dcgan --strategy=multi": "multi_worker",
    "--model=dcgan --strategy=multi_worker": "TF_CONFIG",
    "--model=dcgan --virtual_devices=2": "mirrored",
    "--model=dcgan --extractor=pixel": "pixels",
    "--model=dcgan --set=width": "name=value",
    "--model=dcgan --set=width=[1": "literal",
    "--model=dcgan --set=width=none": "None",
    "--model=dcgan --set=a=1 --set=a.b=2": "value of its own",
    "dcgan": "--name=value",
    "--epochs=3": "--model is missing",
}


def seconds_of_children():
    """Processor time of finished processes: what else runs on the machine does not count."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_training_is_refused_in_one_line(arguments, capsys):
    assert main(["train", *arguments.split()]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert WRONG[arguments] in error


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("evaluate", "--model is missing"),
        ("evaluate --model=nowhere", "does not exist"),
        ("sample --model=.", "no exported model"),
        ("export --what=grid", "unknown flag"),
        ("trian", "train"),
    ],
)
def test_other_commands_too(command, message, capsys):
    assert main(command.split()) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error


def test_the_process_answers_before_tensorflow_loads():
    begin = seconds_of_children()
    code, _, error = run("train", "--model=wgan_pg")
    assert code == 2
    assert error.startswith("error: unknown model 'wgan_pg': did you mean wgan_gp")
    assert seconds_of_children() - begin < 1.0
    program = (
        "import sys; from ganzoo.__main__ import main; "
        "main(['train', '--model=dcgan', '--dataset=x']); main(['list']); main(['train', '--help'])"
        "; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0


@pytest.mark.parametrize("name", ["train", "evaluate", "sample", "export"])
def test_help_is_there_at_once(name):
    begin = seconds_of_children()
    code, out, _ = run(name, "--help")
    assert seconds_of_children() - begin < 1.0
    assert code == 0
    assert "--model" in out


def test_module_lists_commands_and_models(capsys):
    assert main([]) == 0
    assert "train" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert "wgan_gp" in (listed := capsys.readouterr().out)
    assert "Improved Training of Wasserstein GANs" in listed


def test_extractor_names_are_those_of_the_metrics():
    from ganzoo.metrics import extractors

    assert names.EXTRACTORS == extractors.NAMES
