"""The conditionals of NADE, one after another."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class NeuralAutoregressive(keras.layers.Layer):
    """Logits [N, D] of D conditionals from D bits [N, D], with one set of weights for all.

    h_i = sigmoid(c + sum_{j<i} W_j x_j), logit_i = b_i + V_i . h_i: Larochelle and Murray 2011
    (AISTATS). The sum runs along i as in their algorithm 1, so all D conditionals together take
    O(D H), and so does a sample.

    A sum of D terms needs float32: give the layer dtype="float32" under mixed precision.

    Args:
      units: H, hidden units.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        size = input_shape[-1]
        rows = {"shape": (size, self.units), "initializer": "glorot_uniform"}
        self.input_kernel = self.add_weight(name="input_kernel", **rows)  # W
        self.hidden_bias = self.add_weight(  # c
            shape=(self.units,), initializer="zeros", name="hidden_bias"
        )
        self.output_kernel = self.add_weight(name="output_kernel", **rows)  # V
        self.output_bias = self.add_weight(  # b
            shape=(size,), initializer="zeros", name="output_bias"
        )

    def call(self, inputs):
        bits = _rows(tf.transpose(inputs))
        logits, _ = self._conditionals(tf.shape(inputs)[0], lambda i, logit: bits.read(i))
        return logits

    def sample(self, uniform):
        """Bits x_i = 1[u_i < p(x_i = 1 | x_<i)], [N, D], for u in [0, 1), [N, D]."""
        draws = _rows(tf.transpose(uniform))
        _, bits = self._conditionals(
            tf.shape(uniform)[0],
            lambda i, logit: tf.cast(draws.read(i) < tf.sigmoid(logit), logit.dtype),
        )
        return bits

    def _conditionals(self, num_examples, bit_of):
        """Logits and bits [N, D] where bit_of(i, logit [N]) gives x_i [N]."""
        # Rows are read from arrays: the gradient of a slice would fill the whole matrix each time.
        input_rows = _rows(tf.convert_to_tensor(self.input_kernel))
        output_rows = _rows(tf.convert_to_tensor(self.output_kernel))
        biases = _rows(tf.convert_to_tensor(self.output_bias))
        size = self.output_bias.shape[0]
        # Two arrays: outside a graph a TensorArray is written in place.
        logits, bits = (
            tf.TensorArray(self.compute_dtype, size, element_shape=[None]) for _ in range(2)
        )

        def step(i, activation, logits, bits):
            hidden = tf.sigmoid(activation)
            logit = biases.read(i) + tf.linalg.matvec(hidden, output_rows.read(i))
            bit = bit_of(i, logit)
            activation += bit[:, None] * input_rows.read(i)
            return i + 1, activation, logits.write(i, logit), bits.write(i, bit)

        activation = tf.tile(tf.convert_to_tensor(self.hidden_bias)[None], [num_examples, 1])
        _, _, logits, bits = tf.while_loop(
            lambda i, *_: i < size,
            step,
            (0, activation, logits, bits),
            maximum_iterations=size,
        )
        return tuple(tf.reshape(tf.transpose(v.stack()), [-1, size]) for v in (logits, bits))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def _rows(values):
    """The rows of a tensor as a TensorArray."""
    array = tf.TensorArray(values.dtype, values.shape[0], element_shape=values.shape[1:])
    return array.unstack(values)
