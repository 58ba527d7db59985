"""Two replicas compute what one device does at the same global batch."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

import ganzoo

# Weights that are normalized over the batch must be so over the global one; chains that outlive a
# step must be the same on all replicas; so must a phase of its own before the first step.
CASES = [
    *ganzoo.list_models(),
    "bgan_discrete estimator=global",
    "rbm algorithm=pcd",
    "magan pretraining_epochs=1",
]
ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report():
    """What `replicas.py` found, by case."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.contract.replicas", *CASES],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )
    assert result.returncode == 0, result.stderr[-4000:]
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("case", CASES)
def test_two_replicas_compute_what_one_device_does(case, report):
    found = report[case]
    assert found["moved"] > 1e-4
    assert found["weights"] < 1e-5
    assert found["logs"] < 1e-5


@pytest.mark.parametrize("case", CASES)
def test_replicas_share_out_the_noise_of_one_device(case, report):
    assert report[case]["replicas_draw_apart"]
    assert report[case]["together_one_draw"]
