"""VIMCO: Mnih and Rezende, ICML 2016, "Variational inference for Monte Carlo objectives"."""

import math

import tensorflow as tf


def vimco(log_weights, log_probabilities):
    """Surrogate [N] of the K-sample bound L = log 1/K sum_k w_k, to be MAXIMIZED: minimize -vimco.

    Its value is L and its gradient, for samples x_k ~ q that are constants (arXiv 1602.06725):

        sum_k signal_k grad log q(x_k) + sum_k w_k / (sum_j w_j) grad log w_k
        signal_k = L - log 1/K (sum_{j != k} w_j + exp(mean_{j != k} log w_j))

    The baseline of sample k has the geometric mean of the other weights in the place of w_k, so it
    does not depend on x_k, and the estimate of grad E[L] is unbiased. Everything is computed from
    logarithms; the memory is that of K^2 N values.

    Args:
      log_weights: log w_k [K, N], with its gradient to whatever it depends on, q included.
      log_probabilities: log q(x_k) [K, N], with its gradient to the parameters of q.

    Raises:
      ValueError: the shapes differ, or are not [K, N] with a fixed K of at least 2.
    """
    shape = log_weights.shape
    fits = shape.rank == 2 and shape.is_compatible_with(log_probabilities.shape)
    if not fits or (shape[0] or 0) < 2:
        raise ValueError(
            f"log_weights {shape}, log_probabilities {log_probabilities.shape}: give two tensors "
            "[K, N] with a fixed K of at least 2, the samples of each example"
        )
    bound = tf.reduce_logsumexp(log_weights, axis=0) - math.log(shape[0])
    scores = log_probabilities - tf.stop_gradient(log_probabilities)
    return bound + tf.reduce_sum(signals(log_weights) * scores, axis=0)


def signals(log_weights):
    """signal_k of `vimco` [K, N], without gradient, for log_weights [K, N]."""
    log_weights = tf.stop_gradient(log_weights)
    count = log_weights.shape[0]
    # A common factor of the weights cancels; without it equal weights give zeros to the last bit.
    log_weights -= tf.reduce_max(log_weights, axis=0)
    itself = tf.eye(count, dtype=tf.bool)[:, :, None]  # [k, j, 1]
    # Masked, because the sum of all less one of them would lose the digits of the others.
    others = tf.where(itself, tf.zeros_like(log_weights), log_weights)
    geometric_means = tf.reduce_sum(others, axis=1, keepdims=True) / (count - 1)
    replaced = tf.where(itself, geometric_means, log_weights)
    return tf.reduce_logsumexp(log_weights, axis=0) - tf.reduce_logsumexp(replaced, axis=1)
