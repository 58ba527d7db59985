"""What data the commands load for their flags."""

from types import SimpleNamespace

import numpy as np

from ganzoo import data
from ganzoo.cli.splits import load_splits


def load(dataset, **values):
    names = ("image_size", "channels", "crop", "binarized", "colors", "sequence_length", "data_dir")
    return load_splits(
        dataset, SimpleNamespace(**{"split": "train", **dict.fromkeys(names), **values})
    )


def test_both_splits_have_one_palette():
    train, test = load("digits", channels="3", colors=4)
    assert len(train.symbols) == 4 and train.symbols == test.symbols
    assert np.array_equal(train.examples, data.load("digits", channels=3, colors=4).examples)


def test_both_splits_have_one_sequence_length_and_vocabulary():
    train, test = load("python_topics", sequence_length=16)
    assert train.data_shape == test.data_shape == (16, len(train.symbols))
    assert train.symbols == test.symbols
