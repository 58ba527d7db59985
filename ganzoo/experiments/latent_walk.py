"""Walks between latents: straight, on the sphere, and along one coordinate.

The slides decode the points between two latents, or move one coordinate while the others stay. A
straight line between normal latents of many dimensions passes through the inside of the shell in
which they lie, at the middle by a factor of about 1/sqrt(2); the great circle (White 2016, arXiv
1609.04468) stays on it.

Protocol: for each number of dimensions the mean over 1,000 pairs of N(0, I) latents of the norm at
the middle over that of the ends; and for the shipped `dcgan_fashion_mnist`, eight pairs of its own
latents, the largest change of a pixel from one step to the next: for steps that are short enough it
is half as large for twice as many, as the generator is smooth. Its batch normalization uses moving
statistics, so that a frame does not depend on the others.
"""

from pathlib import Path

import numpy as np

import ganzoo
from ganzoo.callbacks.pictures import image_grid
from ganzoo.experiments import records
from ganzoo.experiments.latent_manifold import walks
from ganzoo.interpolation import PATHS, interpolate

DIMENSIONS = (2, 10, 100)
STEPS = (9, 17, 33, 65, 129)
GENERATOR = Path(__file__).parents[2] / "saved_models" / "dcgan_fashion_mnist"
_PAIRS = 8
_COORDINATES = 4


def run(output, seeds=(0,), dimensions=DIMENSIONS, steps=STEPS):
    """Measures both paths.

    Args:
      output: directory. `results/latent_walk.csv` has a row for each path and number of dimensions,
        and for each path and number of steps, `figures/latent_walk.png` a walk in each row: four
        great circles, the same pairs straight, four coordinates.
      seeds: of the latents; the first is that of the figure.
      dimensions: of N(0, I).
      steps: points of a walk, both ends included.

    Returns:
      The rows, as dicts.
    """
    generator = ganzoo.load(GENERATOR)
    rows = []
    for path in PATHS:
        for dimension in dimensions:
            ratio = np.mean([middle_norm(path, dimension, seed) for seed in seeds])
            rows.append(_row(path, dimensions=dimension, middle_norm=f"{ratio:.4f}"))
        for count in steps:
            change = np.mean([largest_change(generator, path, count, seed) for seed in seeds])
            rows.append(_row(path, steps=count, largest_change=f"{change:.4f}"))
    print(*rows, sep="\n")
    _draw(output, generator, seeds[0])
    return records.write_rows(output, "latent_walk", rows, seeds)


def middle_norm(path, dimension, seed, pairs=1000):
    """Mean ratio of the norm at the middle to the mean norm of the ends."""
    start, end = np.random.default_rng(seed).standard_normal((2, pairs, dimension))
    middle = interpolate(start, end, 3, path)[1]
    norms = [np.linalg.norm(points, axis=1) for points in (start, middle, end)]
    return float(np.mean(2 * norms[1] / (norms[0] + norms[2])))


def largest_change(generator, path, steps, seed):
    """Mean over pairs of the largest change of a pixel between neighbors of a walk."""
    frames = walk(generator, path, steps, seed, _PAIRS)
    return float(np.abs(np.diff(frames, axis=0)).max(axis=(0, 2, 3, 4)).mean())


def walk(generator, path, steps, seed, pairs):
    """Images [steps, pairs, height, width, channels] between `pairs` of latents and as many."""
    start, end = np.split(generator.sample_latents(2 * pairs, seed=seed).numpy(), 2)
    latents = interpolate(start, end, steps, path).astype("float32")
    images = generator.decode(latents.reshape(-1, latents.shape[-1])).numpy()
    return images.reshape(steps, pairs, *images.shape[1:])


def along_coordinates(generator, coordinates, steps, seed):
    """Images [steps, C, ...]: one latent with a coordinate moved from -1 to 1, for C of them."""
    [start] = generator.sample_latents(1, seed=seed).numpy()
    images = generator.decode(walks(start, range(coordinates), steps, extent=1.0)).numpy()
    return np.swapaxes(images.reshape(coordinates, steps, *images.shape[1:]), 0, 1)


def _row(path, **values):
    columns = {"dimensions": "", "middle_norm": "", "steps": "", "largest_change": ""}
    return {"path": path, **columns, **values}


def _draw(output, generator, seed):
    steps, pairs = 12, _COORDINATES
    pictured = [walk(generator, path, steps, seed, pairs) for path in PATHS]
    pictured.append(along_coordinates(generator, pairs, steps, seed))
    # A row of the grid is one walk.
    images = np.concatenate([np.swapaxes(frames, 0, 1) for frames in pictured])
    picture = image_grid(images.reshape(-1, *images.shape[2:]), steps).convert("L").quantize(32)
    records.write_picture(output, "latent_walk", picture)
