"""Image data sets of TensorFlow Datasets."""

import difflib
import os

import numpy as np
import tensorflow as tf

from ganzoo.data import embedded, images
from ganzoo.data.data import Data

CROP_TOO_LARGE = "an image is smaller than the crop"


def load(name, split, image_size, channels, crop, data_dir, max_bytes, most=None):
    """The image data set `name` of TensorFlow Datasets, as `ganzoo.data.load` describes it.

    `most` stops after that many examples.

    Raises:
        ValueError: unknown name or split, no images in it, images of mixed size without
            `image_size`, too large, or impossible to prepare.
    """
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        known = (*embedded.NAMES, *tfds.list_builders(with_community_datasets=False))
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see ganzoo.data.names()"
        raise ValueError(
            f"{name!r} is neither a known data set nor an existing folder or file: {hint}"
        ) from error
    features = builder.info.features
    # a FeaturesDict finds no fields by `get`
    fields = dict(features.items()) if isinstance(features, tfds.features.FeaturesDict) else {}
    if not isinstance(fields.get("image"), tfds.features.Image):
        raise ValueError(f"{name} has no feature 'image': choose an image data set")
    shape = _final_shape(name, fields["image"], image_size, channels, crop)

    _prepare(builder, name)
    try:
        dataset = builder.as_dataset(split=split, shuffle_files=False)
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"split={split!r}: {name} has {sorted(builder.info.splits)}, and slices of them such "
            "as 'train[:1000]' or 'train[90%:]'"
        ) from error
    if most is not None:
        dataset = dataset.take(most)
    num_examples = len(dataset)
    images.check_memory(num_examples, shape, max_bytes)

    class_label = fields.get("label")
    labelled = isinstance(class_label, tfds.features.ClassLabel)

    def select(example):
        image = example["image"]
        if crop is not None:
            smaller = tf.reduce_min(tf.shape(image)[:2])
            check = tf.debugging.assert_greater_equal(smaller, crop, CROP_TOO_LARGE)
            with tf.control_dependencies([check]):  # else the crop may fail before it
                image = tf.identity(image)
        image = images.fit(image, image_size, crop, channels)
        return (image, example["label"]) if labelled else (image,)

    examples = np.empty((num_examples, *shape), np.uint8)
    labels = np.empty(num_examples, np.int32) if labelled else None
    dataset = dataset.map(select, num_parallel_calls=tf.data.AUTOTUNE).batch(256).prefetch(1)
    start = 0
    try:
        for batch in dataset.as_numpy_iterator():
            stop = start + len(batch[0])
            examples[start:stop] = batch[0]
            if labelled:
                labels[start:stop] = batch[1]
            start = stop
    except tf.errors.InvalidArgumentError as error:
        if CROP_TOO_LARGE not in error.message:
            raise
        raise ValueError(
            f"crop={crop} is larger than an image of {name}: use a smaller crop, or image_size "
            "alone"
        ) from error
    return Data(
        name=name,
        examples=examples,
        labels=labels,
        num_classes=class_label.num_classes if labelled else None,
        class_names=tuple(class_label.names) if labelled else None,
        value_range=(-1.0, 1.0),
    )


def _final_shape(name, feature, image_size, channels, crop):
    """Shape [H, W, C] of the images after `images.fit`."""
    height, width, depth = feature.shape
    if feature.np_dtype != np.uint8 or depth not in (1, 3):
        raise ValueError(
            f"the images of {name} are {feature.np_dtype.__name__} with {depth} channels; taken "
            "are uint8 with 1 or 3"
        )
    side = image_size or crop
    is_mixed = height is None or width is None
    if not is_mixed:
        images.check_crop(feature.shape, crop, f"the images of {name}")
    if side is None and is_mixed:
        raise ValueError(
            f"the images of {name} differ in size: give image_size=... to bring them to one size"
        )
    depth = channels or depth
    return (side, side, depth) if side else (height, width, depth)


def _prepare(builder, name):
    try:
        builder.download_and_prepare()
    except Exception as error:
        # hosts fail in many ways (DNS, HTTP status, checksums of an error page, manual downloads)
        home = builder.data_dir
        root = os.path.dirname(os.path.dirname(home))
        raise ValueError(
            f"{name} is not prepared on this machine and cannot be downloaded "
            f"({type(error).__name__}: {str(error)[:300]}). Without a network, use an embedded set "
            f"({', '.join(embedded.NAMES)}), or prepare {name} on a machine that has one "
            f"(tfds build {name}) and copy the folder to {home}; any other root is given by "
            "data_dir or the environment variable TFDS_DATA_DIR. Original files that were "
            f"downloaded by hand go into {os.path.join(root, 'downloads', 'manual')}"
        ) from error
