"""Sliced Wasserstein distance: mean over random directions of the 1-D Wasserstein-1 distance.

The plain form, on the given vectors; not the Laplacian-pyramid patches of Karras et al. 2018, whose
values it does not compare with. A translation by t gives |t| E|u_1|, u uniform on the unit
sphere: 0.6366 |t| in two dimensions.
"""

import numpy as np

from ganzoo.metrics import checks


def sliced_wasserstein(real, generated, num_directions=512, seed=0):
    """Plain sliced Wasserstein-1 distance between real [N, F] and generated [N, F], a float >= 0.

    Args:
        num_directions: random unit directions, uniform on the sphere.
        seed: of the directions.

    Raises:
        ValueError: when both sets do not have the same number of samples.
    """
    real, generated = checks.feature_pair(real, generated, minimum=1)
    checks.positive_integer(num_directions, "num_directions")
    if len(real) != len(generated):
        raise ValueError(
            f"sliced_wasserstein pairs sorted samples, got {len(real)} real and {len(generated)} "
            f"generated ones. Give {min(len(real), len(generated))} of each."
        )
    random = np.random.default_rng(seed)
    directions = random.standard_normal((real.shape[1], num_directions))
    directions = (directions / np.linalg.norm(directions, axis=0)).astype(real.dtype)
    differences = np.sort(real @ directions, axis=0) - np.sort(generated @ directions, axis=0)
    return float(np.mean(np.abs(differences), dtype=np.float64))
