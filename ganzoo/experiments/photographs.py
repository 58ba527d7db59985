"""Small color images that need no network: crops of the two photographs that scikit-learn brings.

A stand-in of the size of CIFAR-10's and of quantized CelebA's images, with far less variety.
"""

import numpy as np

from ganzoo.data import Data, palettes

NAME = "photographs"
SIDE = 32
COLORS = 16
NUM_TRAIN, NUM_TEST = 4000, 1000
_STRIPS = 4


def load(split="train", seed=0):
    """Random crops of the photographs at half their size, in a palette of 16 colors.

    Each photograph, 214 x 320 pixels, is cut into four upright strips; the first and the third are
    for training, the others for the test, so that no pixel is in both and neither split is one side
    of a scene. The palette is fitted on the first 1000 training crops.

    Args:
      split: "train", 4,000 crops, or "test", 1,000.
      seed: of the places of the crops.

    Returns:
      Data with uint8 examples [N, 32, 32]; `symbols` are the 16 colors (r, g, b).

    Raises:
      ValueError: no such split.
    """
    if split not in ("train", "test"):
        raise ValueError(f"split={split!r}: {NAME} has 'train' and 'test'")
    train = _crops(0, NUM_TRAIN, seed)
    palette = palettes.fit(train[: palettes.NUM_FITTED], COLORS, NAME)
    images = train if split == "train" else _crops(1, NUM_TEST, seed)
    return Data(
        name=NAME,
        examples=palettes.quantize(images, palette),
        value_range=(0.0, 1.0),
        symbols=palette,
    )


def _crops(first_strip, count, seed):
    """uint8 [count, 32, 32, 3] of every second strip of both photographs."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    halved = [
        np.asarray(Image.fromarray(photograph).reduce(2))
        for photograph in load_sample_images().images
    ]
    strips = [np.split(photograph, _STRIPS, axis=1)[first_strip::2] for photograph in halved]
    strips = np.concatenate(strips)
    windows = np.lib.stride_tricks.sliding_window_view(strips, (SIDE, SIDE), axis=(1, 2))
    generator = np.random.default_rng([seed, first_strip])
    places = [generator.integers(size, size=count) for size in windows.shape[:3]]
    return np.moveaxis(windows[tuple(places)], 1, -1)
