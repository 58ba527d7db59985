"""Colour images as categories: every pixel one of a few colours."""

import numpy as np
from PIL import Image

# of the training images, on which a palette is fitted (as the authors of BGAN, arXiv 1702.08431)
NUM_FITTED = 1000


def fit(images, colors, name):
    """An adaptive palette: median cut on the images, stacked as one picture.

    Args:
        images: uint8 [N, H, W, 3].
        colors: int, size of the palette.
        name: of the data set, for the error.

    Returns:
        Tuple of `colors` tuples (r, g, b) of integers in [0, 255].

    Raises:
        ValueError: the images have fewer distinct colours.
    """
    picture = Image.fromarray(images.reshape(-1, *images.shape[2:]))
    quantized = picture.quantize(colors, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    levels = quantized.getpalette()
    palette = tuple(zip(levels[0::3], levels[1::3], levels[2::3]))
    if len(palette) < colors:
        raise ValueError(
            f"colors={colors}: the first {len(images)} training images of {name} give a palette of "
            f"{len(palette)} colours: use colors={len(palette)} or less"
        )
    return palette


def quantize(images, palette):
    """The index of the nearest colour for every pixel, without dithering.

    Pillow compares the colours in blocks of four levels, so of two colours that are nearly as far
    it may choose the other.

    Args:
        images: uint8 [N, H, W, 3].
        palette: tuple of 2 to 256 tuples (r, g, b).

    Returns:
        uint8 [N, H, W].
    """
    holder = Image.new("P", (1, 1))
    holder.putpalette([level for color in palette for level in color])
    indices = np.empty(images.shape[:-1], np.uint8)
    for index, image in zip(indices, images):
        index[:] = Image.fromarray(image).quantize(palette=holder, dither=Image.Dither.NONE)
    return indices
