"""The importance-weighted bound of log p(x), for any number of samples."""

import numpy as np
import tensorflow as tf

from ganzoo.metrics import checks
from ganzoo.metrics.likelihood.batches import over_batches


def importance_bound(
    model,
    x,
    num_samples=5000,
    seed=0,
    labels=None,
    batch_size=50,
    draws_at_once=100,
    progress=None,
    resume=None,
):
    """log(1/k sum_i w_i) for each example: Burda et al. 2016, arXiv 1509.00519, equation 8.

    A lower bound of log p(x) on average, which rises with k and is the tighter, the nearer the
    model's q(z|x) is to the posterior. Draws are made in parts, so memory does not grow with k.

    Args:
      model: a `GenerativeModel` with `log_weights(x, num_samples, seed [, labels])` ->
        [num_samples, N], in nats.
      x: [N, *data_shape], as the model takes it.
      num_samples: k; part of the number's name: bounds of different k are not comparable.
      seed: of all draws; the same seed gives the same result for the same parts.
      labels: [N] of a conditional model.
      batch_size, draws_at_once: examples and draws of one part.
      progress: None, or called with (examples done, N) after each batch of examples.
      resume: None, or path of an .npz file that keeps what is done.

    Returns:
      float64 [N]. Their mean is the bound of a data set.

    Raises:
      ValueError: counts below 1; data or labels that the model does not take.
    """
    checks.at_least_one(num_samples=num_samples, batch_size=batch_size, draws_at_once=draws_at_once)
    x, labels = model.check_arrays(x, labels)
    compiled = tf.function(model.log_weights, jit_compile=True)
    labels = () if labels is None else (labels,)

    def evaluate(start, batch, *conditions):
        total = np.full(len(batch), -np.inf)
        for drawn in range(0, num_samples, draws_at_once):
            count = min(draws_at_once, num_samples - drawn)
            draw_seed = tf.constant([seed, start * num_samples + drawn], tf.int64)
            inputs = [tf.constant(values) for values in (batch, *conditions)]
            log_weights = compiled(inputs[0], count, draw_seed, *inputs[1:])
            part = np.logaddexp.reduce(np.asarray(log_weights, np.float64), axis=0)
            total = np.logaddexp(total, part)
        return total - np.log(num_samples)

    arrays = (np.asarray(x, np.float32), *labels)
    first = [tf.constant(array[:1]) for array in arrays]
    probe = model.log_weights(first[0], 1, tf.constant([0, 0], tf.int64), *first[1:])
    protocol = (
        "importance",
        num_samples,
        seed,
        draws_at_once,
        probe.numpy().item(),
    )  # knows the model
    return over_batches(evaluate, arrays, batch_size, progress, resume, protocol)
