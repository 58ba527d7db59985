"""How badly an auto-encoder reconstructs, as an energy."""

import keras
import tensorflow as tf

# Inside the roots, because their derivative at zero is not a number.
_ROOT_EPSILON = 1e-12


@keras.saving.register_keras_serializable("ganzoo")
class ReconstructionEnergy(keras.layers.Layer):
    """sqrt(sum |x - r|) + sqrt(sum (x - r)^2), [N, 1], of samples x and copies r, [N, ...].

    The energy of the released code of Wang and Liu 2016, arXiv 1611.01722; sums over all axes of an
    example but the batch. float32 whatever the precision.
    """

    def __init__(self, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)

    def call(self, inputs):
        sample, reconstruction = inputs
        error = tf.reshape(sample - reconstruction, [tf.shape(sample)[0], -1])
        absolute = tf.reduce_sum(tf.abs(error), axis=1, keepdims=True)
        squared = tf.reduce_sum(tf.square(error), axis=1, keepdims=True)
        return tf.sqrt(absolute + _ROOT_EPSILON) + tf.sqrt(squared + _ROOT_EPSILON)

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 1)
