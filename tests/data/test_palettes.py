import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

import ganzoo.data
from ganzoo.data import palettes

CORNERS = ((0, 0, 0), (255, 0, 0), (0, 255, 0), (255, 255, 255))


def pictures(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, [count, 8, 6, 3], dtype=np.uint8)


@pytest.fixture
def colored(tmp_path):
    """An .npz file of 1,200 images: the first 1,000 in four colours, the others in a fifth."""
    indices = np.random.default_rng(0).integers(0, 4, [1200, 4, 4])
    images = np.array(CORNERS, np.uint8)[indices]
    images[1000:] = (0, 0, 240)
    np.savez(tmp_path / "colored.npz", x=images, y=np.arange(1200) % 3)
    return tmp_path / "colored.npz", images


def test_palette_is_fitted_on_the_first_1000_images(colored):
    path, images = colored
    data = ganzoo.data.load(path, colors=4)
    assert sorted(data.symbols) == sorted(CORNERS)
    assert data.examples.shape == (1200, 4, 4) and data.examples.dtype == np.uint8
    assert data.data_shape == (4, 4, 4) and data.value_range == (0.0, 1.0)
    assert np.array_equal(np.array(data.symbols)[data.examples[:1000]], images[:1000])
    # black is the nearest of the four to blue
    assert np.all(data.examples[1000:] == data.symbols.index((0, 0, 0)))
    assert np.array_equal(data.labels, np.arange(1200) % 3)


def test_a_given_palette_is_used_as_it_is(colored):
    path, _ = colored
    palette = ((10, 10, 10), (200, 0, 0), (0, 0, 255))
    data = ganzoo.data.load(path, colors=palette)
    assert data.symbols == palette
    assert np.all(data.examples[1000:] == 2)
    listed = ganzoo.data.load(path, colors=[list(color) for color in palette])
    assert listed.symbols == palette and np.array_equal(listed.examples, data.examples)


def test_every_pixel_takes_the_nearest_colour():
    images = pictures(20)
    palette = palettes.fit(images, 16, "noise")
    assert len(set(palette)) == 16
    chosen = palettes.quantize(images, palette)
    squares = ((images[..., None, :].astype(float) - np.array(palette)) ** 2).sum(axis=-1)
    distance = np.sqrt(np.take_along_axis(squares, chosen[..., None].astype(int), -1)[..., 0])
    excess = distance - np.sqrt(squares.min(axis=-1))
    # Pillow tells colours apart in blocks of four levels
    assert np.mean(excess > 0) < 0.08 and excess.max() < 4 * np.sqrt(3)
    assert len(np.unique(chosen)) == 16


def test_median_cut_is_that_of_pillow_on_one_picture():
    images = pictures(7)
    whole = Image.fromarray(np.concatenate(list(images)))
    expected = np.reshape(whole.quantize(5, Image.Quantize.MEDIANCUT).getpalette(), [-1, 3])
    assert np.array_equal(palettes.fit(images, 5, "noise"), expected[:5])


def test_the_test_split_has_the_palette_of_the_training_split():
    whole = ganzoo.data.load("digits", channels=3, colors=6)
    test = ganzoo.data.load("digits", split="test", channels=3, colors=6)
    assert len(whole) == 1442 and len(test) == 355 and whole.symbols == test.symbols
    own = palettes.fit(
        ganzoo.data.load("digits", split="test", channels=3).examples, 6, "test digits"
    )
    assert own != test.symbols


def test_every_split_of_tensorflow_datasets_has_the_palette_of_train(tmp_path):
    with tfds.testing.mock_data(num_examples=12):
        train, part, test = (
            ganzoo.data.load("cifar10", split=split, colors=16, data_dir=tmp_path)
            for split in ("train", "train[:2]", "test")
        )
        images = ganzoo.data.load("cifar10", data_dir=tmp_path).examples
    assert train.symbols == part.symbols == test.symbols == palettes.fit(images, 16, "cifar10")
    assert test.data_shape == (32, 32, 16) and test.num_classes == 10


def test_too_few_colours_name_the_number_to_ask_for(colored):
    with pytest.raises(ValueError, match=r"first 1000 training images of .*use colors=4 or less"):
        ganzoo.data.load(colored[0], colors=16)


@pytest.mark.parametrize(
    "name, arguments, message",
    [
        ("digits", {"colors": 4}, "those of digits are grey.*channels=3"),
        ("ring", {"colors": 4}, "colors is for uint8 colour images; ring has none"),
        ("digits", {"colors": 4, "binarized": "static"}, "colors=4: give one of them"),
        ("digits", {"colors": 1}, "colors=1 must be an integer from 2 to 256"),
        ("digits", {"colors": 257}, "colors=257 must be an integer from 2 to 256"),
        ("digits", {"colors": ((0, 0, 300), (0, 0, 0))}, "integers from 0 to 255"),
        ("digits", {"colors": ("a", "b")}, "integers from 0 to 255"),
        ("digits", {"colors": ((0, 0, 0), (1, 1))}, "integers from 0 to 255"),
        ("digits", {"colors": (7, 8)}, "integers from 0 to 255"),
    ],
)
def test_refused_colors(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        ganzoo.data.load(name, **arguments)
