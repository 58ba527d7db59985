"""Starting TensorFlow with the devices that a command asks for."""

import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from ganzoo import processor
from ganzoo.cli.flags import UsageError

STRATEGIES = ("single", "mirrored", "multi_worker")

_VECTOR_UNITS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def check(strategy, virtual_devices):
    """Refuse a combination of devices that cannot start, before TensorFlow loads."""
    if strategy == "multi_worker":
        try:
            cluster = json.loads(os.environ.get("TF_CONFIG", ""))
            cluster["cluster"]["worker"][cluster["task"]["index"]]
        except (ValueError, KeyError, IndexError, TypeError):
            raise UsageError(
                "--strategy=multi_worker needs TF_CONFIG, for example "
                '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, '
                '"task": {"type": "worker", "index": 0}}'
            ) from None
    if virtual_devices and strategy != "mirrored":
        raise UsageError("--virtual_devices splits the CPU for --strategy=mirrored only")


def prepare():
    """Set what TensorFlow reads as it loads, here or in a child process, unless it is set."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Untold, TensorFlow takes oneDNN's products and convolutions only on processors that have
    # instructions for neural networks (AVX-512 VNNI and later).
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def start(strategy="single", virtual_devices=0, threads=0):
    """Load TensorFlow and return the distribution strategy, None for a single device.

    Args:
        strategy: one of STRATEGIES.
        virtual_devices: int, logical CPU devices to mirror over; 0 mirrors over all accelerators.
        threads: int, CPU threads; 0 leaves the choice to TensorFlow.
    """
    prepare()
    with _quiet():
        import tensorflow as tf

        # Grappler fuses a convolution with a LeakyReLU whose gradient needs the unfused value, then
        # reports the failure on stderr and drops the pass; without it there is nothing to report.
        tf.config.optimizer.set_experimental_options({"remapping": False})
        if threads:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        if virtual_devices:
            tf.config.set_logical_device_configuration(
                tf.config.list_physical_devices("CPU")[0],
                [tf.config.LogicalDeviceConfiguration()] * virtual_devices,
            )
        if strategy != "multi_worker":
            tf.config.list_logical_devices()
    if strategy == "multi_worker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    if strategy == "single":
        return None
    devices = [f"/cpu:{index}" for index in range(virtual_devices)]
    return tf.distribute.MirroredStrategy(devices or None)


def wait_for_all(strategy):
    """Return when every worker is here: one that ends early counts as crashed for the others."""
    import tensorflow as tf

    if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        everyone = tf.function(lambda: strategy.reduce("SUM", strategy.run(_one), axis=None))
        everyone()


def _one():
    import tensorflow as tf

    return tf.constant(1)


@contextlib.contextmanager
def _quiet():
    """Hold back what C++ writes to stderr, and write it out only if an exception follows.

    TensorFlow reports on the machine before it reads TF_CPP_MIN_LOG_LEVEL.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def is_chief(strategy):
    """Whether this process writes the shared files: always, but for all but one of many workers."""
    resolver = getattr(strategy, "cluster_resolver", None)
    if resolver is None or not resolver.task_type:
        return True
    if "chief" in resolver.cluster_spec().jobs:
        return resolver.task_type == "chief"
    return resolver.task_type == "worker" and resolver.task_id == 0


def hardware():
    """What this machine is, in a few words, with the vector units that rates depend on."""
    units = [unit for unit in _VECTOR_UNITS if unit in processor.flags()]
    return " ".join([f"{os.cpu_count()} cores", platform.machine(), *units])


def commit():
    """Short name of the commit that this package runs from; None if it is not in a clone."""

    def git(*arguments):
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        # An installed package may lie in somebody else's repository, which does not track it.
        git("ls-files", "--error-unmatch", __file__)
        return git("describe", "--always", "--dirty")
    except (OSError, subprocess.CalledProcessError):
        return None
