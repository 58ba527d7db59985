import io
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

LAUNCHERS = Path(__file__).parents[2] / "launchers"

SMALLEST = [
    "--model=dcgan",
    "--dataset=digits",
    "--extractor=pixels",
    "--eval_every=2",
    "--set=latent_dim=4",
    "--set=generator.width=2",
    "--set=discriminator.width=2",
]


def start(name, *arguments):
    """A launcher in a process of its own, on one thread."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.Popen(
        [sys.executable, LAUNCHERS / f"{name}.py", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        # Jobs that a shell starts in the background ignore interruptions, and so would this one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def run(name, *arguments):
    """A launcher from start to end: (exit code, stdout, stderr)."""
    process = start(name, *arguments)
    out, error = process.communicate(timeout=300)
    return process.returncode, out, error


def weights(path):
    """Every array in a `.keras` file by its name, optimizer slots and counters included."""
    arrays = {}

    def read(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = np.array(item)

    with zipfile.ZipFile(path) as archive:
        h5py.File(io.BytesIO(archive.read("model.weights.h5"))).visititems(read)
    return arrays


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory):
    """Run directory of a training that nothing interrupted, 48 epochs."""
    output = tmp_path_factory.mktemp("runs") / "uninterrupted"
    code, _, error = run("train", *SMALLEST, "--epochs=48", "--threads=1", f"--output={output}")
    assert code == 0, error
    return output
