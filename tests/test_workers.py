"""Two worker processes over loopback train to what one device does at the same global batch."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[1]
# minimax with k = 2, batch normalization in both networks, penalty with k = 2, one joint objective,
# pretraining
NAMES = ("gan", "dcgan", "wgan_gp", "vae", "magan")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(output, environment):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.workers", str(output), *NAMES],
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Arrays by name of one device and of two workers."""
    folder = tmp_path_factory.mktemp("workers")
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    processes = {"one": start(folder / "one.npz", {})}
    for index in range(2):
        config = {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        }
        processes[f"worker_{index}"] = start(
            folder / f"worker_{index}.npz", {"TF_CONFIG": json.dumps(config)}
        )
    try:
        for name, process in processes.items():
            printed, _ = process.communicate(timeout=400)
            assert process.returncode == 0, f"{name}: {printed[-4000:]}"
    finally:
        for process in processes.values():
            process.kill()
    return {name: dict(np.load(folder / f"{name}.npz")) for name in processes}


@pytest.mark.parametrize("name", NAMES)
def test_two_workers_compute_what_one_device_does(name, results):
    keys = [key for key in results["one"] if key.startswith(f"{name}/")]
    assert len(keys) > 4
    for worker in ("worker_0", "worker_1"):
        for key in keys:
            np.testing.assert_allclose(
                results[worker][key], results["one"][key], atol=1e-5, rtol=1e-6, err_msg=key
            )
