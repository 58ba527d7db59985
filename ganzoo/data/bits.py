"""Binary vectors of which every state can be enumerated, for exact divergences.

A sample of either set is a row of {0, 1}; its probability is known without estimation.
"""

import numpy as np

BARS_SIDE = 4

# complementary, so that every bit has the mean 1/2 and only their dependence tells the modes apart
FOUR_BITS_PATTERNS = np.array([[1, 1, 0, 0], [0, 0, 1, 1]])
FOUR_BITS_KEEP = 0.9


def states(num_bits):
    """All binary vectors: int [2^num_bits, num_bits], in the order of the numbers they write."""
    return np.arange(2**num_bits)[:, None] >> np.arange(num_bits)[::-1] & 1


def bars_and_stripes_patterns():
    """The 30 distinct 4x4 pictures of which all rows, or all columns, are constant: int [30, 16].

    16 choices of stripes in each direction share the empty and the full picture. Pictures are
    flattened row by row; each has the probability 1/30.
    """
    stripes = np.repeat(states(BARS_SIDE)[:, :, None], BARS_SIDE, axis=2)
    both = np.concatenate([stripes, stripes.swapaxes(1, 2)])
    return np.unique(both.reshape(len(both), -1), axis=0)


def bars_and_stripes(generator, num_points):
    """Uniform over `bars_and_stripes_patterns`: [N, 16] in {0, 1}; no labels."""
    patterns = bars_and_stripes_patterns()
    return patterns[generator.integers(len(patterns), size=num_points)], None


def four_bits_probabilities():
    """Probability of each of `states(4)`: float64 [16].

    p(x) = 1/2 sum_k prod_i (0.9 if x_i = pattern_k,i else 0.1), for the complementary patterns
    1100 and 0011.
    """
    agrees = states(4)[:, None] == FOUR_BITS_PATTERNS
    return np.where(agrees, FOUR_BITS_KEEP, 1 - FOUR_BITS_KEEP).prod(axis=-1).mean(axis=-1)


def four_bits(generator, num_points):
    """Equal mixture of 1100 and 0011, each bit flipped with probability 0.1: [N, 4]; no labels."""
    chosen = FOUR_BITS_PATTERNS[generator.integers(2, size=num_points)]
    flipped = generator.random(chosen.shape) >= FOUR_BITS_KEEP
    return chosen ^ flipped, None


SAMPLERS = {"bars_and_stripes": bars_and_stripes, "four_bits": four_bits}
