"""Precision, recall, density and coverage: is each set inside the region that the other fills?

The region of a set is the union of balls around its samples, each reaching to the sample's k-th
neighbor in the same set (itself not counted).

Precision and recall: Kynkaanniemi et al. 2019, arXiv:1904.06991 (k = 3, a ball contains its
surface). Density and coverage: Naeem et al. 2020, arXiv:2002.09797 (k = 5, it does not).
"""

from typing import NamedTuple

import numpy as np

from ganzoo.metrics import checks, pairs


class ManifoldScores(NamedTuple):
    """For two samples of one distribution, density is 1 and coverage near 1 - 2^-k on average;
    precision and recall depend on the distribution and do not tend to 1.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold_scores(real, generated, k=3, density_k=5):
    """Precision, recall, density and coverage of generated [M, F] against real [N, F] features.

    - precision: share of generated samples inside the real region;
    - recall: share of real samples inside the generated region;
    - density: mean number of real balls that contain a generated sample, over k; can exceed 1;
    - coverage: share of real samples whose own ball contains a generated sample.

    Args:
        k: neighbors that set the balls of precision and recall.
        density_k: neighbors that set the balls of density and coverage.

    Raises:
        ValueError: when a set has no k-th neighbors, or the features do not fit each other.
    """
    real, generated = checks.feature_pair(real, generated)
    checks.neighbors(max(k, density_k), len(real), "real")
    checks.neighbors(k, len(generated), "generated")
    # Squared radii; column k is the k-th neighbor, because column 0 is the sample itself.
    nearest = pairs.nearest_squared_distances(real, max(k, density_k) + 1)
    real_radii, real_density_radii = nearest[:, k], nearest[:, density_k]
    generated_radii = pairs.nearest_squared_distances(generated, k + 1)[:, k]

    generated_inside = np.zeros(len(generated), bool)
    real_inside = np.zeros(len(real), bool)
    covered = np.zeros(len(real), bool)
    containing_balls = 0
    for rows, distances in pairs.squared_distances(real, generated):
        generated_inside |= (distances <= real_radii[rows, None]).any(axis=0)
        real_inside[rows] = (distances <= generated_radii).any(axis=1)
        in_density_ball = distances < real_density_radii[rows, None]
        covered[rows] = in_density_ball.any(axis=1)
        containing_balls += int(np.count_nonzero(in_density_ball))
    return ManifoldScores(
        precision=float(generated_inside.mean()),
        recall=float(real_inside.mean()),
        density=containing_balls / (density_k * len(generated)),
        coverage=float(covered.mean()),
    )
