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
# Batch statistics, several minibatches a step, kernels between examples, one joint objective.
ALWAYS = ("dcgan", "wgan_gp", "mmd_gan", "vae")
# Their losses are of the examples of a batch together, not means over them.
LOSSES_OF_A_BATCH = ("feature_matching_gan", "mmd_gan", "pacgan", "relativistic_gan")
ROOT = pathlib.Path(__file__).parents[2]

pytestmark = pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[] if case in ALWAYS else pytest.mark.thorough) for case in CASES],
)


@pytest.fixture(scope="module")
def report(request):
    """What `replicas.py` found, by case, of the cases that are tested in this run."""
    tested = [item for item in request.session.items if item.path == request.path]
    cases = list(dict.fromkeys(item.callspec.params["case"] for item in tested))
    result = subprocess.run(
        [sys.executable, "-m", "tests.contract.replicas", *cases],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )
    assert result.returncode == 0, result.stderr[-4000:]
    return json.loads(result.stdout.splitlines()[-1])


def test_two_replicas_compute_what_one_device_does(case, report):
    found = report[case]
    assert found["moved"] > 1e-4
    assert found["weights"] < 1e-5
    assert found["logs"] < 1e-5


def test_uneven_shares_count_by_their_examples(case, report):
    if case in LOSSES_OF_A_BATCH:
        pytest.skip("its loss is of a batch, which another partition changes")
    assert report[case]["uneven"] < 1e-5


def test_replicas_share_out_the_noise_of_one_device(case, report):
    assert report[case]["replicas_draw_apart"]
    assert report[case]["together_one_draw"]
