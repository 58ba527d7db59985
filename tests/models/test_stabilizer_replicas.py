"""Stabilizers on two replicas compute what they do on one device at the same global batch."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


def test_two_replicas_compute_what_one_device_does_and_freeze_together():
    result = subprocess.run(
        [sys.executable, "-m", "tests.models.stabilizer_replicas"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )
    assert result.returncode == 0, result.stderr[-4000:]
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["finite"]
    assert found["moved"] > 1e-3
    assert found["weights"] < 1e-5
    assert found["logs"] < 1e-5
    assert found["augmented"] < 1e-5
    assert found["still"] == {"discriminator": True, "generator": False}
