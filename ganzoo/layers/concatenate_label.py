"""Conditioning on a class by concatenation."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class ConcatenateLabel(keras.layers.Layer):
    """Appends a one-hot label to the last axis of its input.

    Inputs `(features, label)`: features [N, F] or [N, H, W, F], label integers [N]. Output
    [N, F + num_classes] or [N, H, W, F + num_classes]; over an image the label is one constant map
    for each class (Mirza and Osindero 2014, arXiv 1411.1784, and the class-conditional DCGAN).
    """

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def call(self, inputs):
        features, label = inputs
        one_hot = tf.one_hot(tf.cast(label, tf.int32), self.num_classes, dtype=features.dtype)
        if len(features.shape) == 4:
            height, width = features.shape[1:3]
            # Not tf.tile: OpenVINO repeats it wrongly while the batch size is open.
            maps = [tf.shape(features)[0], height, width, self.num_classes]
            one_hot = tf.broadcast_to(one_hot[:, None, None, :], maps)
        return tf.concat([features, one_hot], axis=-1)

    def compute_output_shape(self, input_shapes):
        features, _ = input_shapes
        return (*features[:-1], features[-1] + self.num_classes)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
