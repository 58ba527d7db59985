"""Data sets by name, and the batches that models train on.

    data = ganzoo.data.load("fashion_mnist")
    model.fit(data.scaled(), data.labels, batch_size=64)

Names and `Data` are there without TensorFlow, which is imported when something is loaded.
"""

import dataclasses

import numpy as np

from ganzoo.data import bits, checks, embedded, files, texts, toys
from ganzoo.data.data import Data, hide_labels, sample_pixels

__all__ = [
    "EMBEDDED",
    "Data",
    "batches",
    "bits",
    "checks",
    "hide_labels",
    "load",
    "names",
    "toys",
]

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
    colors=None,
    sequence_length=None,
    labels_per_class=None,
    data_dir=None,
    seed=0,
    max_bytes=DEFAULT_MAX_BYTES,
):
    """Loads a data set into memory.

    Args:
        name: one of `EMBEDDED`; a data set of TensorFlow Datasets that has the feature `image`; or
            a path: a folder of images (subfolders are classes, labelled in the order of their
            names), an .npy file, an .npz file with `x` and perhaps `y`, or a .txt file in UTF-8,
            of which line ends become spaces and the last tenth is the test split.
        split: "train", "test", or what TensorFlow Datasets takes ("train[:10000]").
        image_size: side of the images to resize to, None to keep it.
        channels: 1 for grey, 3 for colour, None to keep them.
        crop: side of the centered square that is cut out before resizing, None for none.
        binarized: None; "static": Bernoulli(grey level) pixels, sampled once from `seed`;
            "dynamic": sampled anew at every presentation, by the pipeline of `Data.dataset`.
        colors: None; 2 to 256: each pixel becomes the nearest of so many colours, a palette that is
            fitted on the first 1000 images of the split "train" whatever `split` is; or the
            palette, such as the `symbols` of other data.
        sequence_length: characters of an example of a text, None for 32.
        labels_per_class: how many examples of each class keep their label; the labels of the others
            become -1. None keeps all.
        data_dir: root of TensorFlow Datasets; by default TFDS_DATA_DIR, else ~/tensorflow_datasets.
        seed: of the toy points, of the binarization, and of the labels that are kept.
        max_bytes: a data set larger than this in memory is refused.

    Returns:
        Data; with `symbols` for texts and where `colors` is given.

    Raises:
        ValueError: with what was given, what is taken and what to do.
    """
    name = str(name)
    for argument, value in (
        ("image_size", image_size),
        ("crop", crop),
        ("sequence_length", sequence_length),
        ("labels_per_class", labels_per_class),
    ):
        if value is not None and (not isinstance(value, int) or value < 1):
            raise ValueError(f"{argument}={value!r} must be a positive integer or None")
    if channels not in (None, 1, 3):
        raise ValueError(f"channels={channels!r} must be 1 (grey), 3 (colour) or None")
    if binarized not in (None, "static", "dynamic"):
        raise ValueError(f"binarized={binarized!r} must be 'static', 'dynamic' or None")
    if binarized is not None and colors is not None:
        raise ValueError(f"binarized={binarized!r} and colors={colors!r}: give one of them")
    _check_colors(colors)
    if texts.is_text(name):
        options = (image_size, channels, crop, binarized, colors)
        if options != (None,) * len(options):
            raise ValueError(
                f"{name} is a text: image_size, channels, crop, binarized and colors do not apply"
            )
        return texts.load(name, split, sequence_length or texts.DEFAULT_LENGTH)
    if sequence_length is not None:
        raise ValueError(f"sequence_length={sequence_length} is for texts; {name} is none")

    fitting = (image_size, channels, crop)
    data = _load(name, split, fitting, data_dir, seed, max_bytes)
    if labels_per_class is not None:
        if data.labels is None:
            raise ValueError(f"labels_per_class={labels_per_class}: {name} has no labels")
        labels = hide_labels(data.labels, labels_per_class, seed)
        data = dataclasses.replace(data, labels=labels)
    if colors is not None:
        return _quantized(data, split, colors, fitting, data_dir, seed, max_bytes)
    if binarized is None:
        return data
    if data.examples.dtype != "uint8":
        raise ValueError(f"binarized={binarized!r} is for uint8 images; {name} has none")
    if binarized == "static":
        examples = sample_pixels(data.examples, seed)
        return dataclasses.replace(data, examples=examples, value_range=(0.0, 1.0))
    return dataclasses.replace(data, value_range=(0.0, 1.0), dynamic_binarization=True, seed=seed)


def _load(name, split, fitting, data_dir, seed, max_bytes, most=None):
    """Images or vectors; `most` limits what is read of TensorFlow Datasets."""
    if name in EMBEDDED:
        data = embedded.load(name, split, seed)
        if fitting == (None, None, None):
            return data
        if data.examples.dtype != "uint8":
            raise ValueError(f"{name} holds vectors: image_size, channels and crop do not apply")
        from ganzoo.data import images

        image_size, channels, crop = fitting
        examples = images.fit_array(data.examples, name, image_size, crop, channels)
        return dataclasses.replace(data, examples=examples)
    if files.is_path(name):
        return files.load(name, split, *fitting, max_bytes)
    from ganzoo.data import catalog

    return catalog.load(name, split, *fitting, data_dir, max_bytes, most)


def _check_colors(colors):
    if colors is None or (isinstance(colors, int) and 2 <= colors <= 256):
        return
    # of objects, which may be of any length and type
    palette = np.array(colors, object)
    is_palette = palette.ndim == 2 and 2 <= len(palette) <= 256 and palette.shape[1] == 3
    if is_palette and all(level in range(256) for level in palette.flat):
        return
    raise ValueError(
        f"colors={colors!r} must be an integer from 2 to 256, or a palette of so many colours "
        "(r, g, b) of integers from 0 to 255"
    )


def _quantized(data, split, colors, fitting, data_dir, seed, max_bytes):
    """Colour images as indices of a palette; `colors` is the palette, or its size."""
    from ganzoo.data import palettes

    if data.examples.dtype != "uint8" or data.examples.ndim != 4:
        raise ValueError(f"colors is for uint8 colour images; {data.name} has none")
    if data.examples.shape[-1] != 3:
        raise ValueError(
            f"colors is for colour images, those of {data.name} are grey: use binarized='static', "
            "or channels=3 for a palette of greys"
        )
    if isinstance(colors, int):
        first = data
        if split != "train":
            most = palettes.NUM_FITTED
            first = _load(data.name, "train", fitting, data_dir, seed, max_bytes, most)
        palette = palettes.fit(first.examples[: palettes.NUM_FITTED], colors, data.name)
    else:
        palette = tuple(tuple(int(level) for level in color) for color in colors)
    return dataclasses.replace(
        data,
        examples=palettes.quantize(data.examples, palette),
        value_range=(0.0, 1.0),
        symbols=palette,
    )
