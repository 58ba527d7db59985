"""Spectral normalization for players that take turns."""

import keras
import tensorflow as tf

from ganzoo.layers.batch_normalization import are_statistics_held


@keras.saving.register_keras_serializable("ganzoo")
class SpectralNormalization(keras.layers.SpectralNormalization):
    """`keras.layers.SpectralNormalization` as the paper has it: W / sigma(W) in place of W.

    Miyato et al. 2018, arXiv 1802.05957, Algorithm 1. W is the kernel as a matrix of
    one column for each output, sigma(W) = v W u^T its largest singular value, of which the vector
    u that is carried from step to step makes the estimate:

        v = u W^T / ||u W^T||,   u = v W / ||v W||.

    The gradient takes u and v as constants, and passes through sigma(W). Keras's layer instead
    replaces the kernel by W / sigma(W) in every training pass: there the scale of W is lost, no
    gradient passes through sigma(W), the opponent's update changes the weights, and mixed precision
    rounds them.

    - u moves in a training pass, except under `held_statistics()`.
    - A kernel of zeros is taken as it is, and learns.

    Args:
      layer: the layer whose `kernel` or `embeddings` are normalized.
      power_iterations: how often u and v are computed anew in a pass; 1 in the paper.
      dtype: of the singular value, not of the layer's arithmetic.
    """

    def __init__(self, layer, power_iterations=1, dtype="float32", **kwargs):
        # The layer inside casts for itself; the singular value is of the float32 kernel.
        super().__init__(layer, power_iterations, dtype=dtype, autocast=False, **kwargs)

    def call(self, inputs, training=None):
        kernel = tf.convert_to_tensor(self.kernel)
        matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
        u = tf.convert_to_tensor(self.vector_u)
        for _ in range(self.power_iterations):
            v = tf.stop_gradient(tf.math.l2_normalize(tf.matmul(u, matrix, transpose_b=True)))
            u = tf.stop_gradient(tf.math.l2_normalize(v @ matrix))
        sigma = tf.reduce_sum((v @ matrix) * u)
        if training and not are_statistics_held():
            self.vector_u.assign(tf.where(sigma > 0.0, u, self.vector_u))
        normalized = kernel / tf.where(sigma > 0.0, sigma, 1.0)
        weights = [(w, normalized if w is self.kernel else w.value) for w in self.layer.variables]
        with keras.StatelessScope(state_mapping=weights):
            return self.layer(inputs)
