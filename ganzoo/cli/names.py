"""Names on the command line, checked without TensorFlow."""

import importlib.util
from pathlib import Path

from ganzoo import registry
from ganzoo.cli.flags import UsageError

# `ganzoo.metrics.extractors.NAMES`, whose module needs TensorFlow.
EXTRACTORS = (
    "fashion_mnist_cnn",
    "mnist_cnn",
    "digits_cnn",
    "pixels",
    "inception_v3_2015",
    "inception_v3_keras",
)


def check_model(name):
    """Refuse a name that is no recipe."""
    if name is None:
        raise UsageError(f"--model is missing: choose from {', '.join(registry.list_models())}")
    if name not in registry.list_models():
        raise UsageError(registry.unknown("model", name, registry.list_models()))


def check_dataset(name, data_dir=None):
    """Refuse what is neither a known data set, nor prepared in `data_dir`, nor a path."""
    from ganzoo import data

    base = name.split("/")[0].split(":")[0]
    root = Path(data_dir or "~/tensorflow_datasets").expanduser()
    if name in data.names() or Path(name).expanduser().exists() or (root / base).is_dir():
        return
    if base not in _tensorflow_datasets():
        raise UsageError(
            f"{registry.unknown('data set', name, data.names())}, another one of TensorFlow "
            "Datasets, or a path"
        )


def check_extractor(name):
    """Refuse a name that is no feature extractor; "name:path" gives the file of its weights."""
    if name is not None and name.partition(":")[0] not in EXTRACTORS:
        raise UsageError(registry.unknown("extractor", name, EXTRACTORS))


def _tensorflow_datasets():
    """Names in the installed catalog, from its file names: loading it takes TensorFlow."""
    package = importlib.util.find_spec("tensorflow_datasets")
    return {path.stem for path in Path(package.origin).parent.glob("*/*") if path.stem[0] != "_"}
