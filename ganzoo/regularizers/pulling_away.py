"""Repulsion between the codes of a minibatch: Zhao, Mathieu, LeCun, ICLR 2017, arXiv 1609.03126."""

import tensorflow as tf


def pulling_away(codes, all_codes):
    """The pulling-away term of equation 14: mean over j != i of cos(s_i, s_j)^2, one for each i.

    In [0, 1]: 0 if the codes are orthogonal, 1 if they are collinear; codes of one dimension
    always are. The mean over the minibatch is the paper's term.

    Args:
      codes: s_i, [N, s]: this replica's rows of `all_codes`.
      all_codes: the codes of the global minibatch, [M, s].
    """
    directions = tf.math.l2_normalize(tf.cast(codes, tf.float32), axis=-1)
    all_directions = tf.math.l2_normalize(tf.cast(all_codes, tf.float32), axis=-1)
    cosines = tf.matmul(directions, all_directions, transpose_b=True)
    to_itself = tf.reduce_sum(tf.square(directions), axis=-1)
    others = tf.cast(tf.maximum(tf.shape(all_codes)[0] - 1, 1), tf.float32)
    return (tf.reduce_sum(tf.square(cosines), axis=-1) - tf.square(to_itself)) / others
