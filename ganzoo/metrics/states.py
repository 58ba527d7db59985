"""Scores of binary data whose valid patterns, or all of whose states, can be listed.

Bars and stripes of 4x4 pixels are 30 patterns among 2^16 states: a generator of them can be judged
without a classifier, and its divergence from the data be computed instead of estimated.
"""

import numpy as np
import scipy.special

from ganzoo.metrics import checks


def valid_share(samples, patterns):
    """Share of the samples that are one of the patterns.

    Args:
        samples: [N, D] in {0, 1}.
        patterns: all valid patterns, [K, D] in {0, 1}.
    """
    return float(np.mean(_pattern_index(samples, patterns) >= 0))


def patterns_covered(samples, patterns):
    """Number of different patterns [K, D] that occur among the samples [N, D]: 0 to K."""
    index = _pattern_index(samples, patterns)
    return len(np.unique(index[index >= 0]))


def _pattern_index(samples, patterns):
    """Index [N] of the pattern that each sample is, -1 for none."""
    samples, patterns = checks.binary(samples, "samples"), checks.binary(patterns, "patterns")
    checks.same_width(samples, patterns, "samples", "patterns")
    known = {pattern.tobytes(): index for index, pattern in enumerate(patterns)}
    return np.array([known.get(sample.tobytes(), -1) for sample in samples])


def state_index(samples):
    """The number that the bits of each sample write, the first bit the highest: 011 is 3.

    `np.bincount(state_index(samples), minlength=2**D) / N` is the distribution of the samples over
    all states.

    Args:
        samples: [N, D] in {0, 1}, D at most 62.

    Returns:
        int64 [N] in [0, 2^D).
    """
    samples = checks.binary(samples, "samples")
    width = samples.shape[1]
    if width > 62:
        raise ValueError(
            f"samples have {width} bits, and a state of more than 62 fits no int64. Compare such "
            "samples with patterns_covered, or take a part of their bits."
        )
    return samples @ (1 << np.arange(width - 1, -1, -1, dtype=np.int64))


def kl_divergence(p, q):
    """KL(p || q) = sum p log(p / q) in nats, float64, with 0 log 0 = 0.

    Args:
        p, q: probabilities [K] of the same states.

    Returns:
        At least 0, up to rounding; infinite where q is 0 and p is not.
    """
    p, q = checks.distribution(p, "p"), checks.distribution(q, "q")
    if p.shape != q.shape:
        raise ValueError(
            f"p has {len(p)} states and q {len(q)}. Give both the probabilities of all states, in "
            "the same order."
        )
    return float(np.sum(scipy.special.rel_entr(p, q)))
