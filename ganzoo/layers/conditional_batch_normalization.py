"""Batch normalization with gains and shifts of the class."""

import keras
import tensorflow as tf

from ganzoo.layers.batch_normalization import BatchNormalization


@keras.saving.register_keras_serializable("ganzoo")
class ConditionalBatchNormalization(keras.layers.Layer):
    """Batch normalization whose gain and shift depend on a label.

    Inputs `(features, label)`: features [N, F] or [N, H, W, F], label integers [N]. Output of the
    features' shape: gamma_y (x - mean) / deviation + beta_y, the moments those of the whole batch
    whatever the labels, gamma and beta [num_classes, F] from ones and zeros. Dumoulin et al., ICLR
    2017, arXiv 1610.07629, equation 5; de Vries et al., NIPS 2017, arXiv 1707.00683. The
    normalization is that of `BatchNormalization`.
    """

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.normalization = BatchNormalization(
            center=False, scale=False, dtype=self.dtype_policy, name="normalization"
        )

    def build(self, input_shapes):
        features, _ = input_shapes
        self.normalization.build(features)
        shape = (self.num_classes, features[-1])
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros")

    def call(self, inputs, training=None):
        features, label = inputs
        outputs = self.normalization(features, training=training)
        one_hot = tf.one_hot(tf.cast(label, tf.int32), self.num_classes, dtype=outputs.dtype)
        gain, shift = tf.matmul(one_hot, self.gamma), tf.matmul(one_hot, self.beta)
        if len(features.shape) == 4:
            gain, shift = gain[:, None, None, :], shift[:, None, None, :]
        return gain * outputs + shift

    def compute_output_shape(self, input_shapes):
        return input_shapes[0]

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
