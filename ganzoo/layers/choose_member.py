"""One of several outputs, chosen by a latent."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class SplitChoice(keras.layers.Layer):
    """Latents [N, d] to (the first d - 1 of them, the last one [N, 1])."""

    def call(self, latents):
        return latents[:, :-1], latents[:, -1:]

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] - 1), (*input_shape[:-1], 1)


@keras.saving.register_keras_serializable("ganzoo")
class ChooseMember(keras.layers.Layer):
    """[choices [N, 1] in (-1, 1), outputs [N, *shape] of J members] to outputs [N, *shape].

    The member is number floor(J (u + 1) / 2) of 0 ... J - 1, each as likely as the others for u ~
    U(-1, 1).
    """

    def call(self, inputs):
        choices, *outputs = inputs
        members = len(outputs)
        index = tf.cast(tf.floor(members * (choices[:, 0] + 1.0) / 2.0), tf.int32)
        index = tf.clip_by_value(index, 0, members - 1)
        return tf.gather(tf.stack(outputs, axis=1), index, batch_dims=1)

    def compute_output_shape(self, input_shapes):
        return input_shapes[1]
