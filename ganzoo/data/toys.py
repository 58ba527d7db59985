"""Point sets whose distribution is known, for experiments that take seconds.

ring, grid: the mixtures on which mode coverage is counted; their centers and standard deviation are
module constants. Both follow the WGAN-GP toy code (arXiv 1704.00028) except that the ring keeps
radius 2 and sigma 0.05.
"""

import math

import numpy as np

NUM_TRAIN = 25_600
NUM_TEST = 6_400

# 2 pi i / 8 without the end point: linspace(0, 2 pi, 8) would put two modes on one place
_ANGLES = 2 * math.pi * np.arange(8) / 8
RING_CENTERS = 2 * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=-1)
RING_SIGMA = 0.05

# 2.828 = 2 sqrt(2) is the standard deviation of the unscaled centers per axis
GRID_SCALE = 2.828
_SIDE = np.arange(-4, 5, 2)
GRID_CENTERS = (
    np.stack(np.meshgrid(_SIDE, _SIDE, indexing="ij"), axis=-1).reshape(25, 2) / GRID_SCALE
)
GRID_SIGMA = 0.05 / GRID_SCALE

GAUSSIAN_1D_MEAN = 4.0
GAUSSIAN_1D_SIGMA = 0.5

SWISS_ROLL_NOISE = 0.25


def _mixture(generator, num_points, centers, sigma):
    labels = generator.integers(len(centers), size=num_points)
    return centers[labels] + sigma * generator.standard_normal((num_points, 2)), labels


def ring(generator, num_points):
    """Eight Gaussians at radius 2: points [N, 2] and the mode of each."""
    return _mixture(generator, num_points, RING_CENTERS, RING_SIGMA)


def grid(generator, num_points):
    """Twenty-five Gaussians on a square grid: points [N, 2] and the mode of each."""
    return _mixture(generator, num_points, GRID_CENTERS, GRID_SIGMA)


def _roll(u, v):
    t = 1.5 * math.pi * (1 + 2 * u)
    return np.stack([t * np.cos(t), 21 * v, t * np.sin(t)], axis=-1)


def swiss_roll(generator, num_points):
    """(t cos t, 21 v, t sin t) + N(0, 0.25^2), t = 1.5 pi (1 + 2u), u, v ~ U(0, 1): [N, 3].

    Each axis is standardized with the moments of the distribution, not of the sample, so that the
    training and the test points lie on the same roll.
    """
    points = _roll(generator.random(num_points), generator.random(num_points))
    points = points + SWISS_ROLL_NOISE * generator.standard_normal(points.shape)
    midpoints = (np.arange(20_000) + 0.5) / 20_000
    # u and v enter different axes, so one sweep gives the moments of all three
    surface = _roll(midpoints, midpoints)
    deviation = np.sqrt(surface.var(axis=0) + SWISS_ROLL_NOISE**2)
    return (points - surface.mean(axis=0)) / deviation, None


def sphere(generator, num_points):
    """Uniform on the unit sphere, as normalized Gaussians: [N, 3]."""
    points = generator.standard_normal((num_points, 3))
    return points / np.linalg.norm(points, axis=-1, keepdims=True), None


def gaussian_1d(generator, num_points):
    """N(4, 0.5^2), the target of the one-dimensional learning dynamic: [N, 1]."""
    points = generator.standard_normal((num_points, 1))
    return GAUSSIAN_1D_MEAN + GAUSSIAN_1D_SIGMA * points, None


SAMPLERS = {
    "gaussian_1d": gaussian_1d,
    "grid": grid,
    "ring": ring,
    "sphere": sphere,
    "swiss_roll": swiss_roll,
}
