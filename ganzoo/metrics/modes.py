"""How many modes of a mixture of equal round Gaussians do samples cover, and how evenly?"""

from typing import NamedTuple

import numpy as np

from ganzoo.data import toys
from ganzoo.metrics import checks


class Modes(NamedTuple):
    """A mixture with equal weights: centers [K, D] and their common standard deviation."""

    centers: np.ndarray
    std: float


class ModeCoverage(NamedTuple):
    """Result of `mode_coverage` and `toy_bench_coverage`."""

    num_modes: int
    counts: np.ndarray
    high_quality_share: float
    reverse_kl: float


# The toy data sets of ganzoo.data whose modes are known.
MODES = {
    "ring": Modes(toys.RING_CENTERS, toys.RING_SIGMA),
    "grid": Modes(toys.GRID_CENTERS, toys.GRID_SIGMA),
}


def mode_coverage(samples, modes):
    """The rule of PacGAN and VEEGAN; the literature takes 2,500 samples.

    A sample is of high quality within 3 standard deviations of its nearest center; a mode is
    covered when it owns at least one such sample. In two dimensions a perfect sampler has a high
    quality share of 1 - exp(-4.5) = 0.98889.

    Args:
        samples: [N, D].
        modes: `Modes` with centers [K, D].

    Returns:
        ModeCoverage: number of covered modes, high-quality samples of each mode [K], their share
        of all samples, and the reverse KL, KL(histogram of high-quality samples || uniform), in
        nats: 0 when even, log K with one mode, NaN without any high-quality sample.
    """
    return _coverage(samples, modes.centers, reach=3.0 * modes.std, least=1)


def toy_bench_coverage(samples, modes, reach=0.2, least=20):
    """The coarser score of this project's ring bench, made for 2,000 samples of briefly trained
    generators: high quality within `reach` of the nearest center whatever the modes' standard
    deviation, and a mode is covered when it owns at least `least` such samples.
    """
    return _coverage(samples, modes.centers, reach=reach, least=least)


def _coverage(samples, centers, reach, least):
    samples = checks.features(samples, "samples", minimum=1).astype(np.float64)
    centers = checks.features(centers, "centers", minimum=1).astype(np.float64)
    checks.same_width(samples, centers, "samples", "centers")
    distances = np.linalg.norm(samples[:, None] - centers, axis=2)
    nearest = distances.argmin(axis=1)
    high_quality = distances.min(axis=1) < reach
    counts = np.bincount(nearest[high_quality], minlength=len(centers))
    shares = counts / max(counts.sum(), 1)
    present = shares[shares > 0.0]
    reverse_kl = float(np.sum(present * np.log(present * len(centers)))) if len(present) else np.nan
    return ModeCoverage(
        num_modes=int((counts >= least).sum()),
        counts=counts,
        high_quality_share=float(high_quality.mean()),
        reverse_kl=reverse_kl,
    )
