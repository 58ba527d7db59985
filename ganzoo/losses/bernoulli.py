"""The log-likelihood of independent bits."""

import tensorflow as tf


@tf.custom_gradient
def log_likelihood(x, logits):
    """sum over an event of x l - softplus(l): log p(x) in nats, [k, N].

    The same as `tfd.Bernoulli(logits).log_prob`, with one softplus for each logit instead of two,
    and the gradient x - sigmoid(l) in one piece: beside matrix products, k decodings of every
    example spend their time on passes over all logits.

    Args:
      x: [N, *event] in {0, 1}.
      logits: [k, N, *event], k decodings of each.
    """
    bits = tf.reshape(x, [tf.shape(x)[0], -1])
    flat = tf.reshape(logits, [*tf.unstack(tf.shape(logits)[:2]), -1])

    def gradient(upstream):
        upstream = upstream[..., None]
        of_bits = tf.reduce_sum(upstream * flat, axis=0)
        of_logits = upstream * (bits - tf.sigmoid(flat))
        return tf.reshape(of_bits, tf.shape(x)), tf.reshape(of_logits, tf.shape(logits))

    return tf.reduce_sum(bits * flat - tf.nn.softplus(flat), axis=-1), gradient
