"""Data sets by name, and the batches that models train on.

    data = ganzoo.data.load("fashion_mnist")
    model.fit(data.scaled(), data.labels, batch_size=64)

Names and `Data` are there without TensorFlow, which is imported when something is loaded.
"""

import dataclasses

from ganzoo.data import checks, embedded, files, toys
from ganzoo.data.data import Data, sample_pixels

__all__ = ["EMBEDDED", "Data", "batches", "checks", "load", "names", "toys"]

EMBEDDED = embedded.NAMES

# the image sets of TensorFlow Datasets that generative models are commonly trained on
COMMON_TFDS = (
    "binarized_mnist",
    "caltech101",
    "celeb_a",
    "cifar10",
    "cifar100",
    "emnist",
    "fashion_mnist",
    "horses_or_humans",
    "imagenet_resized/64x64",
    "kmnist",
    "lfw",
    "lsun",
    "mnist",
    "omniglot",
    "oxford_flowers102",
    "oxford_iiit_pet",
    "stl10",
    "svhn_cropped",
)

DEFAULT_MAX_BYTES = 8 * 2**30


def __getattr__(name):
    if name == "batches":
        from ganzoo.data.pipeline import batches

        return batches
    raise AttributeError(f"module 'ganzoo.data' has no attribute {name!r}")


def names():
    """The embedded data sets, then common ones of TensorFlow Datasets (any other works too)."""
    return (*EMBEDDED, *COMMON_TFDS)


def load(
    name,
    split="train",
    image_size=None,
    channels=None,
    crop=None,
    binarized=None,
    data_dir=None,
    seed=0,
    max_bytes=DEFAULT_MAX_BYTES,
):
    """Loads a data set into memory.

    Args:
        name: one of `EMBEDDED`; a data set of TensorFlow Datasets that has the feature `image`; or
            a path: a folder of images (subfolders are classes, labelled in the order of their
            names), an .npy file, or an .npz file with `x` and perhaps `y`.
        split: "train", "test", or what TensorFlow Datasets takes ("train[:10000]").
        image_size: side of the images to resize to, None to keep it.
        channels: 1 for grey, 3 for colour, None to keep them.
        crop: side of the centered square that is cut out before resizing, None for none.
        binarized: None; "static": Bernoulli(grey level) pixels, sampled once from `seed`;
            "dynamic": sampled anew at every presentation, by the pipeline of `Data.dataset`.
        data_dir: root of TensorFlow Datasets; by default TFDS_DATA_DIR, else ~/tensorflow_datasets.
        seed: of the toy points, and of the binarization.
        max_bytes: a data set larger than this in memory is refused.

    Returns:
        Data.

    Raises:
        ValueError: with what was given, what is taken and what to do.
    """
    name = str(name)
    for argument, side in (("image_size", image_size), ("crop", crop)):
        if side is not None and (not isinstance(side, int) or side < 1):
            raise ValueError(f"{argument}={side!r} must be a positive integer or None")
    if channels not in (None, 1, 3):
        raise ValueError(f"channels={channels!r} must be 1 (grey), 3 (colour) or None")
    if binarized not in (None, "static", "dynamic"):
        raise ValueError(f"binarized={binarized!r} must be 'static', 'dynamic' or None")

    if name in EMBEDDED:
        data = embedded.load(name, split, seed)
        if data.examples.dtype == "uint8":
            if (image_size, channels, crop) != (None, None, None):
                from ganzoo.data import images

                examples = images.fit_array(data.examples, name, image_size, crop, channels)
                data = dataclasses.replace(data, examples=examples)
        elif (image_size, channels, crop) != (None, None, None):
            raise ValueError(f"{name} holds vectors: image_size, channels and crop do not apply")
    elif files.is_path(name):
        data = files.load(name, split, image_size, channels, crop, max_bytes)
    else:
        from ganzoo.data import catalog

        data = catalog.load(name, split, image_size, channels, crop, data_dir, max_bytes)

    if binarized is None:
        return data
    if data.examples.dtype != "uint8":
        raise ValueError(f"binarized={binarized!r} is for uint8 images; {name} has none")
    if binarized == "static":
        examples = sample_pixels(data.examples, seed)
        return dataclasses.replace(data, examples=examples, value_range=(0.0, 1.0))
    return dataclasses.replace(data, value_range=(0.0, 1.0), dynamic_binarization=True, seed=seed)
