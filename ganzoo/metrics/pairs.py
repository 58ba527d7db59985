"""Distances between all pairs of two sets, in blocks of rows, by matrix products."""

import numpy as np

from ganzoo.metrics import checks

_BLOCK_ENTRIES = 4_000_000


def squared_distances(a, b):
    """Yields (rows, distances): a slice of `a` and its squared distances [rows, M] to all of `b`.

    Args:
        a: [N, F]. b: [M, F], of one floating-point type, which the distances have too.

    Distances come from |x|^2 - 2 x'y + |y|^2, so that equal samples may be 1e-6 of their squared
    norm apart in float32, and the smallest distances may be negative by as much.
    """
    center = b.mean(axis=0)
    a, b = _with_squares(a - center), _with_squares(b - center)
    for rows in _blocks(len(a), max(1, _BLOCK_ENTRIES // len(b))):
        yield rows, _between(a[rows], b)


def nearest_squared_distances(features, count):
    """Squared distances [N, count] of every sample to the samples nearest to it, ascending.

    The sample itself is the first. Every pair is visited once for both of its samples.
    """
    features = _with_squares(features - features.mean(axis=0))
    nearest = np.full((len(features), count), np.inf, features.dtype)
    blocks = _blocks(len(features), max(1, int(_BLOCK_ENTRIES**0.5)))

    def keep_smallest(rows, distances):
        candidates = np.concatenate([nearest[rows], distances], axis=1)
        nearest[rows] = np.partition(candidates, count - 1, axis=1)[:, :count]

    for i, rows in enumerate(blocks):
        for columns in blocks[i:]:
            distances = _between(features[rows], features[columns])
            keep_smallest(rows, distances)
            if columns != rows:
                keep_smallest(columns, distances.T)
    return np.sort(nearest, axis=1)


def _blocks(length, size):
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def _with_squares(centered):
    """Appends the squared norms, as a last column. Far from the origin, the difference of large
    numbers that makes a distance would lose its digits, hence "centered".
    """
    squares = np.einsum("nf,nf->n", centered, centered)
    return np.column_stack([centered, squares])


def _between(a, b):
    distances = a[:, :-1] @ b[:, :-1].T
    distances *= -2.0
    distances += a[:, -1:]
    distances += b[:, -1]
    return distances


def nearest_distances(queries, references):
    """Distance [N] of every query [N, F] to the nearest of the references [M, F]."""
    queries = checks.features(queries, "queries", minimum=1)
    references = checks.features(references, "references", minimum=1)
    checks.same_width(queries, references, "queries", "references")
    dtype = np.result_type(queries, references)
    queries, references = queries.astype(dtype, copy=False), references.astype(dtype, copy=False)
    nearest = [
        distances.argmin(axis=1)
        for _, distances in squared_distances(queries, references)
    ]
    # From the difference itself, so that an exact copy has distance exactly zero.
    return np.linalg.norm(queries - references[np.concatenate(nearest)], axis=1)
