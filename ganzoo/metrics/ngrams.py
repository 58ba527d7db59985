"""How far the n-grams of generated sequences are from those of real ones.

Monitored for n = 1 to 4 by the released language code of Gulrajani et al. 2017 (arXiv 1704.00028),
which divides it by log 2.
"""

import numpy as np

from ganzoo.metrics import checks
from ganzoo.metrics.states import kl_divergence


def ngram_jensen_shannon(real, generated, n):
    """Jensen-Shannon divergence between two distributions of n-grams, in nats.

    JS(p, q) = KL(p || m) / 2 + KL(q || m) / 2 with m = (p + q) / 2, where p and q are the shares of
    every n consecutive categories within a sequence among all of them: 0 for equal shares, log 2
    when no n-gram occurs in both.

    Args:
        real, generated: category indices [N, L] and [M, K], integers.
        n: length of the n-grams, at most L and K.
    """
    checks.positive_integer(n, "n")
    real, generated = _ngrams(real, n, "real"), _ngrams(generated, n, "generated")
    _, kinds = np.unique(np.concatenate([real, generated]), axis=0, return_inverse=True)
    kinds = kinds.ravel()  # NumPy 2.0 returns a column
    num_kinds = kinds.max() + 1
    p = np.bincount(kinds[: len(real)], minlength=num_kinds) / len(real)
    q = np.bincount(kinds[len(real) :], minlength=num_kinds) / len(generated)
    middle = (p + q) / 2
    return (kl_divergence(p, middle) + kl_divergence(q, middle)) / 2


def _ngrams(sequences, n, name):
    """All n-grams within the sequences, [count, n]."""
    sequences = np.asarray(sequences)
    if sequences.dtype.kind not in "iu" or sequences.ndim != 2 or len(sequences) == 0:
        raise ValueError(
            f"{name} must be integers of shape [sequences, length], at least one sequence; got "
            f"{sequences.dtype} of shape {sequences.shape}. Use argmax(axis=-1) on one-hot "
            "sequences."
        )
    if sequences.shape[1] < n:
        raise ValueError(
            f"sequences of length {sequences.shape[1]} in {name} hold no n-gram of n = {n}. "
            "Give a smaller n."
        )
    return np.lib.stride_tricks.sliding_window_view(sequences, n, axis=1).reshape(-1, n)
