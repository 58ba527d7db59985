"""The attention of DRAW: Gregor et al. 2015, arXiv 1502.04623, section 3.2."""

import keras
import tensorflow as tf


def filterbanks(parameters, size, height, width):
    """Gaussian filters on a grid of size x size points (equations 19 to 26).

    Args:
      parameters: [n, 5]: g~_X, g~_Y, log sigma^2, log delta~, log gamma, of a linear map.
      size: N, points of the grid in each direction, at least 2.
      height, width: B, A of the image.

    Returns:
      F_Y [n, N, height] and F_X [n, N, width], rows that sum to 1 over the pixels (numbered from
      1, as in the paper), and the intensity gamma [n].
    """
    x, y, log_variance, log_stride, log_intensity = tf.unstack(parameters, axis=1)
    stride = (max(height, width) - 1) / (size - 1) * tf.exp(log_stride)
    offsets = tf.range(1.0, size + 1.0) - size / 2 - 0.5

    def filters(center, pixels):
        means = ((pixels + 1) / 2 * (center + 1.0))[:, None] + offsets * stride[:, None]
        positions = tf.range(1.0, pixels + 1.0)
        squared = (positions - means[..., None]) ** 2
        # The softmax normalizes also where all of a row would underflow.
        return tf.nn.softmax(-squared / (2.0 * tf.exp(log_variance)[:, None, None]), axis=-1)

    return filters(y, height), filters(x, width), tf.exp(log_intensity)


@keras.saving.register_keras_serializable("ganzoo")
class AttentiveRead(keras.layers.Layer):
    """gamma [F_Y x F_X^T, F_Y xhat F_X^T] (equation 27), where the state says.

    Args:
      size: N of the patch, at least 2.

    Call on [image, error, state]: [n, height, width, channels] twice and [n, units]; returns
    [n, 2 N^2 channels].
    """

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.parameters = keras.layers.Dense(5, dtype="float32", name="parameters")

    def build(self, input_shapes):
        self.parameters.build(input_shapes[2])

    def call(self, inputs):
        image, error, state = inputs
        height, width = image.shape[1:3]
        rows, columns, intensity = filterbanks(self.parameters(state), self.size, height, width)
        images = tf.cast(tf.concat([image, error], axis=-1), tf.float32)
        patches = tf.einsum("nih,nhwc,njw->nijc", rows, images, columns)
        return keras.layers.Flatten()(intensity[:, None, None, None] * patches)

    def compute_output_shape(self, input_shapes):
        return (input_shapes[0][0], 2 * self.size**2 * input_shapes[0][-1])

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("ganzoo")
class AttentiveWrite(keras.layers.Layer):
    """F^_Y^T w F^_X / gamma^ (equation 29): what the state adds to the canvas, and where.

    Args:
      size: N of the patch, at least 2.
      data_shape: (height, width, channels) of the canvas.

    Call on a state [n, units]; returns [n, height, width, channels], float32.
    """

    def __init__(self, size, data_shape, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.data_shape = tuple(data_shape)
        self.activation = keras.activations.linear
        self.parameters = keras.layers.Dense(5, dtype="float32", name="parameters")
        self.patch = keras.layers.Dense(size**2 * self.data_shape[2], dtype="float32", name="patch")

    def build(self, input_shape):
        self.parameters.build(input_shape)
        self.patch.build(input_shape)

    def call(self, state):
        height, width, channels = self.data_shape
        rows, columns, intensity = filterbanks(self.parameters(state), self.size, height, width)
        patch = tf.reshape(self.patch(state), [-1, self.size, self.size, channels])
        written = tf.einsum("nih,nijc,njw->nhwc", rows, patch, columns)
        return written / intensity[:, None, None, None]

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.data_shape)

    def get_config(self):
        return {**super().get_config(), "size": self.size, "data_shape": self.data_shape}
