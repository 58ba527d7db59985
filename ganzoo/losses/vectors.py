"""The one shape of scores inside losses."""

import tensorflow as tf


def vector(scores):
    """Scores [N] or [N, 1] as [N]; a forgotten axis would broadcast two of them to [N, N]."""
    return tf.reshape(scores, [-1])
