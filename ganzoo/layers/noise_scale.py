"""Standard deviations of observations, learned: one for each pixel or feature."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class NoiseScale(keras.layers.Layer):
    """sigma = softplus(rho) for every example alike: values [N, *shape] to float32 [N, *shape].

    rho starts at -1, which makes sigma 0.3133. The channels of a pixel share it.
    """

    def build(self, input_shape):
        self.rho = self.add_weight(
            shape=(*input_shape[1:-1], 1) if len(input_shape) == 4 else input_shape[1:],
            initializer=keras.initializers.Constant(-1.0),
            autocast=False,
            name="rho",
        )

    def call(self, values):
        sigma = tf.nn.softplus(tf.convert_to_tensor(self.rho))
        return tf.broadcast_to(sigma, tf.shape(values))

    def compute_output_shape(self, input_shape):
        return input_shape
