"""Data sets that need no network: of scikit-learn and Python, and the toys."""

import numpy as np

from ganzoo.data import bits, texts, toys
from ganzoo.data.data import Data

NAMES = ("digits", "iris", *texts.EMBEDDED, *sorted(toys.SAMPLERS | bits.SAMPLERS))


def load(name, split, seed):
    """The embedded images or vectors `name`, as `ganzoo.data.load` describes it.

    Raises:
        ValueError: the set has no such split.
    """
    splits = ("train",) if name == "iris" else ("train", "test")
    if split not in splits:
        raise ValueError(f"split={split!r}: {name} has {' and '.join(map(repr, splits))}")
    if name == "digits":
        return _digits(split)
    if name == "iris":
        return _iris()
    return _toy(name, split, seed)


def _digits(split):
    """Handwritten digits: uint8 [N, 8, 8, 1]; 1,442 to train on and 355 to test on."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    # every fifth image of each class, in the order of the source, whose writers come in blocks:
    # both parts hold every class and every writer
    rank = np.empty(len(labels), int)
    for label in range(10):
        members = np.flatnonzero(labels == label)
        rank[members] = np.arange(len(members))
    chosen = (rank % 5 == 4) if split == "test" else (rank % 5 != 4)
    images = np.round(images[chosen] * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
    return Data(
        name="digits",
        examples=images,
        labels=labels[chosen].astype(np.int32),
        num_classes=10,
        class_names=tuple("0123456789"),
        value_range=(-1.0, 1.0),
    )


def _iris():
    """All 150 flowers' petal length and width, standardized: float32 [150, 2]."""
    from sklearn.datasets import load_iris

    iris = load_iris()
    petals = iris.data[:, 2:4]
    return Data(
        name="iris",
        examples=((petals - petals.mean(axis=0)) / petals.std(axis=0)).astype(np.float32),
        labels=iris.target.astype(np.int32),
        num_classes=3,
        class_names=tuple(str(name) for name in iris.target_names),
    )


def _toy(name, split, seed):
    """Points or bits of a toy distribution; the splits are independent streams of the same seed."""
    is_binary = name in bits.SAMPLERS
    sampler = (bits.SAMPLERS if is_binary else toys.SAMPLERS)[name]
    is_test = split == "test"
    generator = np.random.default_rng([seed, int(is_test)])
    points, labels = sampler(generator, toys.NUM_TEST if is_test else toys.NUM_TRAIN)
    return Data(
        name=name,
        examples=points.astype(np.float32),
        labels=None if labels is None else labels.astype(np.int32),
        num_classes={"ring": 8, "grid": 25}.get(name),
        value_range=(0.0, 1.0) if is_binary else None,
    )
