"""Bits per dimension of images of 256 gray levels."""

import numpy as np

from ganzoo.metrics import checks


def bits_per_dimension(nats, dimensions):
    """nats / (D log 2) + 8: what one value of an image costs, in bits.

    8 = log2 256 makes the density of (v + u) / 256 in [0, 1]^D, v the gray levels and u uniform in
    [0, 1), one of v + u; its mean is then at least the code length of the levels (Theis et al.
    2016, arXiv 1511.01844, section 3.1). A uniform density costs 8 bits.

    Args:
        nats: negative log-density of images in [0, 1], of any shape: the loss of a flow.
        dimensions: D, values of one image: height times width times channels.

    Returns:
        float64 of the shape of `nats`.
    """
    checks.positive_integer(dimensions, "dimensions")
    return np.asarray(nats, np.float64) / (dimensions * np.log(2.0)) + 8.0
