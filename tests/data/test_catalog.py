import pathlib

import numpy as np
import pytest
import requests
import tensorflow_datasets as tfds

import ganzoo.data
from tests.datasets import require_prepared


class MixedSizes(tfds.core.GeneratorBasedBuilder):
    """Three colour images of several sizes, of which image i has the value 60 i."""

    VERSION = tfds.core.Version("1.0.0")
    pkg_dir_path = pathlib.Path(__file__).parent
    SIDES = ((12, 20), (16, 16), (24, 10))

    def _info(self):
        features = {
            "image": tfds.features.Image(shape=(None, None, 3)),
            "label": tfds.features.ClassLabel(names=["cat", "dog"]),
        }
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for index, (height, width) in enumerate(self.SIDES):
            image = np.full([height, width, 3], 60 * index, np.uint8)
            yield index, {"image": image, "label": index % 2}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    root = tmp_path_factory.mktemp("tfds")
    MixedSizes(data_dir=root).download_and_prepare()
    return root


def test_a_prepared_set_is_read_whole(prepared):
    data = ganzoo.data.load("mixed_sizes", image_size=8, data_dir=prepared)
    assert data.examples.shape == (3, 8, 8, 3) and data.examples.dtype == np.uint8
    assert data.class_names == ("cat", "dog") and data.num_classes == 2
    order = np.argsort(data.examples[:, 0, 0, 0])
    assert data.examples[order, 0, 0, 0].tolist() == [0, 60, 120]
    assert np.all(data.examples == data.examples[:, :1, :1])
    assert data.labels[order].tolist() == [0, 1, 0]
    again = ganzoo.data.load("mixed_sizes", image_size=8, data_dir=prepared)
    assert np.array_equal(data.examples, again.examples)


def test_splits_are_those_of_tfds(prepared):
    data = ganzoo.data.load("mixed_sizes", split="train[:2]", crop=8, data_dir=prepared)
    assert data.examples.shape == (2, 8, 8, 3)
    with pytest.raises(ValueError, match=r"split='valid': mixed_sizes has \['train'\], and slices"):
        ganzoo.data.load("mixed_sizes", split="valid", image_size=8, data_dir=prepared)


def test_mixed_sizes_need_image_size(prepared):
    with pytest.raises(ValueError, match="mixed_sizes differ in size: give image_size="):
        ganzoo.data.load("mixed_sizes", data_dir=prepared)


def test_crop_larger_than_an_image(prepared):
    with pytest.raises(ValueError, match="crop=11 is larger than an image of mixed_sizes"):
        ganzoo.data.load("mixed_sizes", crop=11, data_dir=prepared)


def test_memory_limit(prepared):
    message = r"3 images of shape \[8, 8, 3\].*reduce image_size.*split='train\[:200000\]'"
    with pytest.raises(ValueError, match=message):
        ganzoo.data.load("mixed_sizes", image_size=8, data_dir=prepared, max_bytes=500)


@pytest.mark.parametrize(
    "name, arguments, shape, labelled",
    [
        ("cifar10", {}, (32, 32, 3), True),
        ("cifar10", {"image_size": 16, "channels": 1}, (16, 16, 1), True),
        ("celeb_a", {}, (218, 178, 3), False),
        ("celeb_a", {"crop": 178, "image_size": 64}, (64, 64, 3), False),
        ("celeb_a", {"image_size": 64}, (64, 64, 3), False),
        ("caltech101", {"image_size": 20}, (20, 20, 3), True),
        ("imagenet_resized/64x64", {}, (64, 64, 3), True),
        ("mnist", {"channels": 3, "binarized": "static"}, (28, 28, 3), True),
    ],
)
def test_public_sets_with_mock_data(tmp_path, name, arguments, shape, labelled):
    with tfds.testing.mock_data(num_examples=3):
        data = ganzoo.data.load(name, data_dir=tmp_path, **arguments)
    assert data.examples.shape == (3, *shape)
    assert (data.labels is not None) == labelled
    if "binarized" in arguments:
        assert set(np.unique(data.examples)) == {0, 255}


def test_unknown_name_suggests_near_ones():
    with pytest.raises(ValueError, match=r"'fashion_mist' is neither .*did you mean fashion_mnist"):
        ganzoo.data.load("fashion_mist")
    with pytest.raises(ValueError, match=r"did you mean digits"):
        ganzoo.data.load("digit")
    with pytest.raises(ValueError, match=r"'no/such_folder' is neither a known data set nor"):
        ganzoo.data.load("no/such_folder")


def test_set_without_images(tmp_path):
    with pytest.raises(ValueError, match="imdb_reviews has no feature 'image'"):
        ganzoo.data.load("imdb_reviews", data_dir=tmp_path)


def test_failed_download_says_what_to_do_without_a_network(tmp_path, monkeypatch):
    def refuse(self, **kwargs):
        raise requests.exceptions.ConnectionError("Name or service not known")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", refuse)
    with pytest.raises(ValueError) as caught:
        ganzoo.data.load("cifar10", data_dir=tmp_path)
    message = str(caught.value)
    for part in (
        "cifar10 is not prepared",
        "Name or service not known",
        "digits, iris",
        "data_dir",
        "TFDS_DATA_DIR",
        str(tmp_path / "cifar10" / "3.0.2"),
        str(tmp_path / "downloads" / "manual"),
    ):
        assert part in message


def test_real_fashion_mnist():
    require_prepared("fashion_mnist")
    data = ganzoo.data.load("fashion_mnist", split="test[:1000]")
    assert data.examples.shape == (1000, 28, 28, 1)
    assert data.class_names[9] == "Ankle boot" and data.num_classes == 10
    assert np.bincount(data.labels).min() > 70
    x, y = next(iter(data.dataset(64, seed=0)))
    assert x.shape == (64, 28, 28, 1) and y.shape == (64,)
    assert x.numpy().min() == -1 and x.numpy().max() == 1
