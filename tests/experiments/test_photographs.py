import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from ganzoo.experiments import photographs


def test_crops_are_of_the_strips_of_their_split():
    """Before the palette every crop is a place of its own strips, and none of the others'."""
    halves = [np.asarray(Image.fromarray(p).reduce(2)) for p in load_sample_images().images]
    halves = np.stack(halves)
    assert halves.shape == (2, 214, 320, 3)
    sides = [
        np.concatenate([halves[:, :, left : left + 80] for left in (first, first + 160)])
        for first in (0, 80)
    ]
    for side in (0, 1):
        for crop in photographs._crops(side, 2, seed=0).astype(int):
            assert nearest(crop, sides[side]) == 0
            assert nearest(crop, sides[1 - side]) > 0


def nearest(crop, strips):
    """Smallest mean distance of a crop [32, 32, 3] to a place of the strips."""
    windows = np.lib.stride_tricks.sliding_window_view(strips, (32, 32), axis=(1, 2))
    rows = windows[:, :, :, :, ::4, ::4].astype(int) - np.moveaxis(crop, -1, 0)[:, ::4, ::4]
    return np.abs(rows).mean(axis=(3, 4, 5)).min()


def test_splits_share_a_palette_and_repeat():
    train, test = photographs.load(), photographs.load("test")
    assert train.examples.shape == (4000, 32, 32) and test.examples.shape == (1000, 32, 32)
    assert train.data_shape == (32, 32, 16) and train.value_range == (0.0, 1.0)
    assert train.symbols == test.symbols and len(set(train.symbols)) == 16
    assert len(np.unique(train.examples)) == 16
    np.testing.assert_array_equal(train.examples, photographs.load().examples)
    assert not np.array_equal(train.examples, photographs.load(seed=1).examples)
    assert not np.array_equal(train.examples[:1000], test.examples)
    # The splits show other parts of the same scenes.
    colors = [
        np.bincount(d.examples.ravel(), minlength=16) / d.examples.size for d in (train, test)
    ]
    assert 0.1 < np.abs(colors[0] - colors[1]).sum() / 2 < 0.5
    with pytest.raises(ValueError, match="has 'train' and 'test'"):
        photographs.load("validation")
