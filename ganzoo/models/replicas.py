"""What a loss over a whole minibatch needs where several replicas share it."""

import tensorflow as tf


def gather(values):
    """The rows of all replicas, [R N, ...], from this replica's [N, ...].

    The gradient reaches the rows of every replica. Each then computes the same loss, of which
    `share` is its part.
    """
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return values
    return tf.distribute.get_replica_context().all_gather(values, axis=0)


def share(value):
    """This replica's part of a scalar that is the same on all; the parts add up to it."""
    return value / tf.distribute.get_strategy().num_replicas_in_sync


def total(part):
    """Sum over replicas of a part of `GenerativeModel.average`: the mean of the global batch."""
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return part
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, part)
