"""Spectral normalization for players that take turns."""

import keras
import tensorflow as tf

from ganzoo.layers.batch_normalization import statistics_are_held


@keras.saving.register_keras_serializable("ganzoo")
class SpectralNormalization(keras.layers.SpectralNormalization):
    """The wrapped layer with its kernel W divided by its largest singular value.

    Miyato et al., ICLR 2018, arXiv 1802.05957, Algorithm 1, for W as a matrix [inputs, outputs] and
    a vector u that is kept:

        v = u W^T / ||u W^T||,   u' = v W / ||v W||,   sigma = v W u'^T,   the layer uses W / sigma.

    u becomes u' in a training pass, but not under `held_statistics()`, so a network that is called
    during its opponent's update is not changed by it. The gradient takes u and v as constants and
    goes through sigma. A kernel of zeros stays as it is.

    `keras.layers.SpectralNormalization` writes W / sigma into the kernel in every training pass
    instead, which moves weights outside of their update and leaves sigma out of the gradient.

    Args:
      layer: a layer that has a `kernel` or `embeddings`.
    """

    def call(self, inputs, training=None):
        kernel = tf.cast(self.kernel, tf.float32)
        matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
        u = tf.cast(self.vector_u, tf.float32)
        v = _unit(tf.matmul(u, tf.stop_gradient(matrix), transpose_b=True))
        new_u = _unit(tf.matmul(v, tf.stop_gradient(matrix)))
        sigma = tf.squeeze(tf.matmul(tf.matmul(v, matrix), new_u, transpose_b=True))
        if training and not statistics_are_held():
            self.vector_u.assign(tf.where(sigma > 0.0, new_u, u))
        kernel /= tf.where(sigma > 0.0, sigma, 1.0)
        with keras.StatelessScope([(self.kernel, kernel)], initialize_variables=False):
            return self.layer(inputs)


def _unit(vector):
    return tf.math.l2_normalize(vector, axis=-1)
