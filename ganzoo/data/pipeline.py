"""Batches for training: one stream across epochs that can be resumed at any of them."""

import numpy as np
import tensorflow as tf


def stream(arrays, batch_size, prepare, seed, initial_epoch, epochs, shuffle, drop_remainder):
    """Batches of rows of `arrays`, gathered and prepared inside `tf.data`.

    Epoch e visits the rows in a permutation that is a pure function of (seed, e), so a stream that
    starts at `initial_epoch=e` continues the uninterrupted one batch for batch.

    Args:
        arrays: tuple of arrays of equal length N.
        batch_size: rows of a batch; in distributed training the global batch, of which replica r
            gets the r-th contiguous part.
        prepare: function of (rows, key) -> element, called in the graph on every batch;
            rows: tuple of tensors, key: int64 [3], (seed, epoch, step within the epoch).
        seed: integer.
        initial_epoch: first epoch of the stream.
        epochs: index of the epoch at which the stream ends (as in `keras.Model.fit`); None: never.
        shuffle: False visits the rows in their order.
        drop_remainder: drop the last N mod batch_size rows of each epoch's order.

    Returns:
        tf.data.Dataset.

    Raises:
        ValueError: lengths differ, batch_size is not a positive integer or exceeds N, or seed is no
            integer.
    """
    lengths = [len(array) for array in arrays]
    size = lengths[0]
    if len(set(lengths)) > 1:
        raise ValueError(f"arrays of different lengths {lengths}: give one label per example")
    if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"batch_size={batch_size!r} must be a positive integer")
    if size == 0 or (drop_remainder and batch_size > size):
        raise ValueError(
            f"batch_size={batch_size} cannot be filled from {size} examples: "
            "use a smaller batch_size or more data"
        )
    if not isinstance(seed, (int, np.integer)):
        raise ValueError(f"seed={seed!r} must be an integer")
    steps, remainder = divmod(size, batch_size)
    has_remainder = remainder > 0 and not drop_remainder

    def epoch_batches(epoch):
        order = tf.range(size)
        if shuffle:
            # the algorithm is named: "auto_select" may differ between devices
            order = tf.random.experimental.stateless_shuffle(
                order, seed=tf.stack([tf.constant(seed, tf.int64), epoch]), alg="philox"
            )
        step = tf.range(steps, dtype=tf.int64)
        keys = tf.stack(
            [tf.fill([steps], tf.constant(seed, tf.int64)), tf.fill([steps], epoch), step], -1
        )
        rows = tf.reshape(order[: steps * batch_size], [steps, batch_size])
        batches = tf.data.Dataset.from_tensor_slices((rows, keys))
        if has_remainder:
            last_key = tf.stack([tf.constant(seed, tf.int64), epoch, tf.constant(steps, tf.int64)])
            rest = tf.data.Dataset.from_tensors((order[steps * batch_size :], last_key))
            batches = batches.concatenate(rest)
        return batches

    with tf.device("CPU:0"):
        # `from_tensors` passes the arrays on by reference; captured in a function they would be
        # written into the graph when tf.data rewrites it, which ends at 2 GiB
        source = tf.data.Dataset.from_tensors(tuple(tf.convert_to_tensor(a) for a in arrays))
        if epochs is None:
            numbers = tf.data.Dataset.counter(initial_epoch)
        else:
            numbers = tf.data.Dataset.range(initial_epoch, epochs)
    indices = numbers.flat_map(epoch_batches)

    def take(arrays, batch):
        rows, key = batch
        return prepare(tuple(tf.gather(array, rows) for array in arrays), key)

    dataset = tf.data.Dataset.zip(source.repeat(), indices).map(take)
    if epochs is None:
        cardinality = tf.data.INFINITE_CARDINALITY
    else:
        cardinality = max(epochs - initial_epoch, 0) * (steps + has_remainder)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(cardinality)).prefetch(4)
    options = tf.data.Options()
    options.deterministic = True
    # there is nothing left to fuse, and the optimizer would copy the arrays when it starts
    options.experimental_optimization.apply_default_optimizations = False
    # and nothing to tune: the tuner made some runs of small models a third slower than others
    options.autotune.enabled = False
    # every worker reads its share of each global batch
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options)


def batches(
    x,
    y=None,
    batch_size=64,
    seed=0,
    initial_epoch=0,
    epochs=None,
    shuffle=True,
    drop_remainder=True,
):
    """Batches (x,) or (x, y) of arrays; the arguments are those of `stream`.

    Args:
        x: array [N, ...], or a tuple of arrays of equal length whose rows belong together (two
            domains); float64 becomes float32.
        y: None, or array [N, ...] (labels: integers [N], which become int32).

    Returns:
        tf.data.Dataset of tuples (x,) or (x, y).
    """
    domains = tuple(_narrow(part) for part in x) if isinstance(x, tuple) else (_narrow(x),)
    arrays = domains if y is None else (*domains, _narrow(y))

    def prepare(rows, key):
        examples = rows[: len(domains)] if isinstance(x, tuple) else rows[0]
        return (examples,) if y is None else (examples, rows[-1])

    return stream(arrays, batch_size, prepare, seed, initial_epoch, epochs, shuffle, drop_remainder)


def _narrow(array):
    array = np.asarray(array)
    if array.dtype == np.float64:
        return array.astype(np.float32)
    if array.dtype == np.int64:
        return array.astype(np.int32)
    return array
