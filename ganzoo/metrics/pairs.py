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
    a, b = a - center, b - center
    a_squares, b_squares = _squares(a), _squares(b)
    for rows in _blocks(len(a), max(1, _BLOCK_ENTRIES // len(b))):
        yield rows, _between(a[rows], b, a_squares[rows], b_squares)


def nearest_squared_distances(features, count):
    """Squared distances [N, count] of every sample to the samples nearest to it, ascending.

    The sample itself is the first. Every pair is visited once for both of its samples.
    """
    features = features - features.mean(axis=0)
    squares = _squares(features)
    nearest = np.full((len(features), count), np.inf, features.dtype)
    blocks = _blocks(len(features), max(1, int(_BLOCK_ENTRIES**0.5)))

    def keep_smallest(rows, distances):
        if distances.shape[1] > count:
            distances = np.partition(distances, count - 1, axis=1)[:, :count]
        candidates = np.concatenate([nearest[rows], distances], axis=1)
        nearest[rows] = np.sort(candidates, axis=1)[:, :count]

    for i, rows in enumerate(blocks):
        for columns in blocks[i:]:
            distances = _between(features[rows], features[columns], squares[rows], squares[columns])
            keep_smallest(rows, distances)
            if columns != rows:
                keep_smallest(columns, distances.T)
    return nearest


def _blocks(length, size):
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def _squares(vectors):
    return np.einsum("nf,nf->n", vectors, vectors)


def _between(a, b, a_squares, b_squares):
    # Both are centered: far from the origin, this difference would lose its digits.
    distances = a @ b.T
    distances *= -2.0
    distances += a_squares[:, None]
    distances += b_squares
    return distances


def nearest_distances(queries, references):
    """Distance [N] of every query [N, F] to the nearest of the references [M, F]."""
    queries = checks.features(queries, "queries", minimum=1)
    references = checks.features(references, "references", minimum=1)
    checks.same_width(queries, references, "queries", "references")
    dtype = np.result_type(queries, references)
    queries, references = queries.astype(dtype, copy=False), references.astype(dtype, copy=False)
    nearest = [distances.argmin(axis=1) for _, distances in squared_distances(queries, references)]
    # From the difference itself, so that an exact copy has distance exactly zero.
    return np.linalg.norm(queries - references[np.concatenate(nearest)], axis=1)
