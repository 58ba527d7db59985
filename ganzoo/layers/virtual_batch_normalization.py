"""Virtual batch normalization: Salimans et al., "Improved Techniques for Training GANs", NIPS 2016,
arXiv 1606.03498, section 3.5.

The reference batch goes through the network with every batch: `ReferenceBatch` puts it in front,
each `VirtualBatchNormalization` takes its statistics from those first rows, and `DropReference`
cuts them off at the end. So a network has one input and one output as any other, in training, in
`generate` and in an exported model, and gradients pass through the reference.
"""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class ReferenceBatch(keras.layers.Layer):
    """Puts a fixed batch [R, d] in front of its input: [N, d] to [R + N, d].

    The batch is the weight `reference`, which is not trained and is saved with the others. A
    `GenerativeModel` fills that of its generator with latents of its prior when it is created.

    Args:
      size: R, at least 2.
    """

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        if size < 2:
            raise ValueError(f"size={size}: a reference batch takes an integer of at least 2")
        self.size = size

    def build(self, input_shape):
        self.reference = self.add_weight(
            shape=(self.size, *input_shape[1:]),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            trainable=False,
            name="reference",
        )

    def call(self, inputs):
        return tf.concat([tf.cast(self.reference, inputs.dtype), inputs], axis=0)

    def compute_output_shape(self, input_shape):
        size = None if input_shape[0] is None else input_shape[0] + self.size
        return (size, *input_shape[1:])

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("ganzoo")
class DropReference(keras.layers.Layer):
    """Takes the reference off again: [R + N, ...] to [N, ...].

    Args:
      size: R.
    """

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, inputs):
        return inputs[self.size :]

    def compute_output_shape(self, input_shape):
        size = None if input_shape[0] is None else input_shape[0] - self.size
        return (size, *input_shape[1:])

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("ganzoo")
class VirtualBatchNormalization(keras.layers.Layer):
    """Normalizes each example by the statistics of the reference batch and of itself alone.

    With means m and means of squares s over the spatial axes, of the R rows of the reference and of
    one example x, for each channel

        m = (R m_ref + m_x) / (R + 1),   s = (R s_ref + s_x) / (R + 1),   var = s - m^2,

    and x becomes gamma (x - m) / sqrt(var + epsilon) + beta. The reference is normalized by its own
    m_ref and s_ref. The output of an example does not depend on the others of its batch, in which
    training and inference do not differ.

    Args:
      reference_size: R, how many of the first rows are the reference.
      epsilon: as above.
      gamma_initializer: of the gains; the released code has exp(g) with g of N(0, 0.02) in gamma's
        place.

    Call on [R + N, ..., C]; returns the same shape.
    """

    def __init__(self, reference_size, epsilon=1e-5, gamma_initializer="ones", **kwargs):
        super().__init__(**kwargs)
        self.reference_size = reference_size
        self.epsilon = epsilon
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

    def build(self, input_shape):
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(
            shape=shape, initializer=self.gamma_initializer, autocast=False, name="gamma"
        )
        self.beta = self.add_weight(shape=shape, initializer="zeros", autocast=False, name="beta")

    def call(self, inputs):
        rows = tf.cast(inputs, tf.float32)
        spatial = list(range(1, len(inputs.shape) - 1))
        reference, examples = rows[: self.reference_size], rows[self.reference_size :]
        mean, variance = tf.nn.moments(reference, [0, *spatial], keepdims=True)
        own_mean, own_variance = tf.nn.moments(examples, spatial, keepdims=True)
        share = 1.0 / (self.reference_size + 1)
        mixed_mean = mean + share * (own_mean - mean)
        # The variance of the mixture, without the cancellation of s - m^2.
        mixed_variance = (1.0 - share) * (variance + tf.square(mean - mixed_mean))
        mixed_variance += share * (own_variance + tf.square(own_mean - mixed_mean))
        outputs = tf.concat(
            [self._normalized(reference, mean, variance)]
            + [self._normalized(examples, mixed_mean, mixed_variance)],
            axis=0,
        )
        return tf.cast(outputs, inputs.dtype)

    def _normalized(self, rows, mean, variance):
        gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        return tf.nn.batch_normalization(rows, mean, variance, beta, gamma, self.epsilon)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "reference_size": self.reference_size,
            "epsilon": self.epsilon,
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
        }
