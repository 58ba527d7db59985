"""The importance-weighted bound of log p(x), for any number of samples."""

import numpy as np
import tensorflow as tf


def importance_bound(
    model,
    x,
    num_samples=5000,
    seed=0,
    labels=None,
    batch_size=50,
    draws_at_once=100,
    progress=None,
):
    """log(1/k sum_i w_i) for each example: Burda et al. 2016, arXiv 1509.00519, equation 8.

    A lower bound of log p(x) on average, which rises with k and is the tighter, the nearer the
    model's q(z|x) is to the posterior. Draws are made in parts, so memory does not grow with k.

    Args:
      model: has `log_weights(x, num_samples, seed [, labels])` -> [num_samples, N], in nats.
      x: [N, *data_shape], as the model takes it.
      num_samples: k; part of the number's name: bounds of different k are not comparable.
      seed: of all draws; the same seed gives the same result for the same parts.
      labels: [N] of a conditional model.
      batch_size, draws_at_once: examples and draws of one part.
      progress: called with (examples done, N) after each batch of examples.

    Returns:
      float64 [N]. Their mean is the bound of a data set.
    """
    x = np.asarray(x, np.float32)
    compiled = tf.function(model.log_weights, jit_compile=True)
    bounds = []
    for start in range(0, len(x), batch_size):
        part = slice(start, start + batch_size)
        conditions = () if labels is None else (tf.constant(labels[part]),)
        total = np.full(len(x[part]), -np.inf)
        for drawn in range(0, num_samples, draws_at_once):
            count = min(draws_at_once, num_samples - drawn)
            draw_seed = tf.constant([seed, start * num_samples + drawn], tf.int64)
            log_weights = compiled(tf.constant(x[part]), count, draw_seed, *conditions)
            part_sum = np.logaddexp.reduce(np.asarray(log_weights, np.float64), axis=0)
            total = np.logaddexp(total, part_sum)
        bounds.append(total - np.log(num_samples))
        if progress is not None:
            progress(min(start + batch_size, len(x)), len(x))
    return np.concatenate(bounds)
