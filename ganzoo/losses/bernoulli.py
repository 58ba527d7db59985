"""The log-likelihood of independent bits."""

import tensorflow as tf


def log_likelihood(x, logits):
    """sum over an event of x l - softplus(l): log p(x) in nats, [k, N].

    The same as `tfd.Bernoulli(logits).log_prob`, with one softplus for each logit instead of two,
    which is what k decodings of every example spend their time on beside matrix products.

    Args:
      x: [N, *event] in {0, 1}.
      logits: [k, N, *event], k decodings of each.
    """
    targets = tf.broadcast_to(x, tf.shape(logits))
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
    return -tf.reduce_sum(tf.reshape(losses, [*tf.unstack(tf.shape(logits)[:2]), -1]), axis=-1)
