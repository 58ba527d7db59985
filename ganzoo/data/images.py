"""Bringing images to one size and number of channels."""

import numpy as np
import tensorflow as tf

GIBIBYTE = 2**30


def fit(images, image_size=None, crop=None, channels=None):
    """Crops, resizes and converts images, in the graph or eagerly.

    Args:
        images: uint8 or float32 [..., H, W, C], C = 1 or 3.
        image_size: side to resize to (bilinear, antialiased), after cropping to the largest
            centered square where the image is not square; None keeps the size.
        crop: side of the centered square to cut out first; None cuts nothing.
        channels: 1 for grey (ITU-R 601 luma), 3 for colour; None keeps them.

    Returns:
        Tensor of the dtype of `images`.

    Callers refuse a `crop` that exceeds the image: they know its name (`check_crop`).
    """
    images = tf.convert_to_tensor(images)
    if crop is not None:
        images = _center_crop(images, crop)
    if image_size is not None:
        height, width = images.shape[-3], images.shape[-2]
        if height is None or height != width:
            sides = tf.shape(images)
            images = _center_crop(images, tf.minimum(sides[-3], sides[-2]))
        if images.shape[-3] != image_size:
            images = _resize(images, image_size)
    if channels == 1 and images.shape[-1] == 3:
        images = tf.image.rgb_to_grayscale(images)
    elif channels == 3 and images.shape[-1] == 1:
        images = tf.image.grayscale_to_rgb(images)
    return images


def _center_crop(images, side):
    height, width = tf.shape(images)[-3], tf.shape(images)[-2]
    top, left = (height - side) // 2, (width - side) // 2
    images = images[..., top : top + side, left : left + side, :]
    if isinstance(side, int):
        images = tf.ensure_shape(images, [*images.shape[:-3], side, side, images.shape[-1]])
    return images


def _resize(images, image_size):
    resized = tf.image.resize(images, [image_size, image_size], method="bilinear", antialias=True)
    if images.dtype != tf.uint8:
        return resized
    return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8)


def check_crop(shape, crop, name):
    """Raises a ValueError when images [H, W, C], called `name`, are smaller than `crop`."""
    if crop is not None and crop > min(shape[:2]):
        raise ValueError(
            f"crop={crop} is larger than {name} ({size(shape)}): use a crop of at most "
            f"{min(shape[:2])}"
        )


def size(shape):
    """Width x height, as image files state it."""
    return f"{shape[1]}x{shape[0]}"


def fit_array(images, name, image_size=None, crop=None, channels=None):
    """`fit` for an array [N, H, W, C], in chunks; `name` is for the error about the crop."""
    if image_size is None and crop is None and channels in (None, images.shape[-1]):
        return images
    check_crop(images.shape[1:], crop, name)
    return np.concatenate(
        [
            fit(images[start : start + 256], image_size, crop, channels).numpy()
            for start in range(0, len(images), 256)
        ]
    )


def check_memory(num_examples, shape, max_bytes):
    """Raises a ValueError when uint8 images [num_examples, *shape] exceed `max_bytes`."""
    needed = num_examples * int(np.prod(shape))
    if needed > max_bytes:
        raise ValueError(
            f"{num_examples} images of shape {list(shape)} take {needed / GIBIBYTE:.1f} GiB, more "
            f"than max_bytes ({max_bytes / GIBIBYTE:.1f} GiB): reduce image_size, take a slice "
            "such as split='train[:200000]', or raise max_bytes"
        )
