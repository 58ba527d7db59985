"""Two distributions over four categories, as examples in exact proportion.

The mean over `REAL` is the expectation under `P`, that over `FAKE` the one under `Q`.
"""

import numpy as np

P_COUNTS = np.array([1, 2, 3, 6])
Q_COUNTS = np.array([4, 4, 3, 1])
P, Q = P_COUNTS / 12, Q_COUNTS / 12
REAL, FAKE = np.repeat(np.arange(4), P_COUNTS), np.repeat(np.arange(4), Q_COUNTS)


def kl(p, q):
    """KL(p || q) in nats."""
    return np.sum(p * np.log(p / q))


def js(p, q):
    """Jensen-Shannon divergence in nats, with the factor 1/2."""
    return 0.5 * kl(p, 0.5 * (p + q)) + 0.5 * kl(q, 0.5 * (p + q))
