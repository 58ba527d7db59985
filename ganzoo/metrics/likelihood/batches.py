"""Long evaluations example by example: in batches, with progress, and to be resumed."""

import hashlib
import json
import os
import pathlib

import numpy as np


def over_batches(evaluate, arrays, batch_size, progress=None, resume=None, protocol=()):
    """evaluate(start, *batches) over batches of the first axis, concatenated.

    Args:
      evaluate: function of the index of the first example and the batch of every array, which
        returns float64 [n, ...].
      arrays: tuple of arrays [N, ...].
      batch_size: examples at once.
      progress: None, or called with (examples done, N) after each batch.
      resume: None, or path of a file "*.npz" that keeps what is done, and from which the same call
        goes on.
      protocol: everything else that the values depend on, JSON-serializable.

    Raises:
      ValueError: the file at `resume` belongs to other data or another protocol.
    """
    count = len(arrays[0])
    done, identity = [], None
    if resume is not None:
        identity = _identity(arrays, [*protocol, batch_size])
        done = _read(resume, identity)
    start = sum(map(len, done))
    while start < count:
        done.append(evaluate(start, *(array[start : start + batch_size] for array in arrays)))
        start += len(done[-1])
        if resume is not None:
            _write(resume, np.concatenate(done), identity)
        if progress is not None:
            progress(start, count)
    return np.concatenate(done)


def _identity(arrays, protocol):
    digest = hashlib.sha256(json.dumps(protocol).encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _read(path, identity):
    if not pathlib.Path(path).exists():
        return []
    with np.load(path) as file:
        if str(file["identity"]) != identity:
            raise ValueError(
                f"{path} holds an evaluation of other data or settings: give another file, or "
                "remove it"
            )
        return [file["values"]]


def _write(path, values, identity):
    temporary = pathlib.Path(path).with_suffix(".tmp.npz")
    np.savez(temporary, values=values, identity=identity)
    os.replace(temporary, path)  # a killed process leaves the old file or the new one
