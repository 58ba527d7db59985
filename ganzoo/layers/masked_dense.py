"""Dense layers that see only the inputs that come before their outputs in an order."""

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class MaskedDense(keras.layers.Layer):
    """activation(x (W * mask) + b), inputs [N, F] to [N, units].

    The mask is fixed by the degrees of the inputs and of the outputs, as in Germain et al. 2015,
    arXiv 1502.03509: mask[k, l] = 1[output degree l >= input degree k], or > where it is strict. It
    multiplies the kernel in every call, so no update of the weights can break it. Degrees of
    several masks may be given; they share the weights, and a call names one.

    The kernel is drawn as that of a full layer. Degrees are part of the configuration.

    Args:
      input_degrees: integers [M, F] of M masks.
      output_degrees: integers [M, units].
      strict: whether an output sees only inputs of lower degree than its own, not equal ones.
      activation, kernel_initializer, use_bias: as in `keras.layers.Dense`.

    Raises:
      ValueError: degrees that are not two matrices with the same number of rows.
    """

    def __init__(
        self,
        input_degrees,
        output_degrees,
        strict=False,
        activation=None,
        kernel_initializer="glorot_uniform",
        use_bias=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.input_degrees = np.asarray(input_degrees, np.int32)
        self.output_degrees = np.asarray(output_degrees, np.int32)
        shapes = self.input_degrees.shape, self.output_degrees.shape
        if not len(shapes[0]) == len(shapes[1]) == 2 or shapes[0][0] != shapes[1][0]:
            raise ValueError(
                f"degrees of shapes {shapes[0]} and {shapes[1]}: give one row for each mask, "
                "[masks, inputs] and [masks, units]"
            )
        self.strict = strict
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.use_bias = use_bias

    def build(self, input_shape):
        units = self.output_degrees.shape[1]
        self.kernel = self.add_weight(
            shape=(self.input_degrees.shape[1], units),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(units,), initializer="zeros", name="bias")

    def masked_kernel(self, mask_number=0):
        """W * mask, [F, units], zero where an output must not see an input."""
        inputs = tf.gather(self.input_degrees, mask_number)[:, None]
        outputs = tf.gather(self.output_degrees, mask_number)[None, :]
        mask = outputs > inputs if self.strict else outputs >= inputs
        kernel = tf.convert_to_tensor(self.kernel)
        return kernel * tf.cast(mask, kernel.dtype)

    def call(self, inputs, mask_number=0):
        outputs = tf.matmul(inputs, self.masked_kernel(mask_number))
        if self.use_bias:
            outputs += self.bias
        return self.activation(outputs)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.output_degrees.shape[1])

    def get_config(self):
        return {
            **super().get_config(),
            "input_degrees": self.input_degrees.tolist(),
            "output_degrees": self.output_degrees.tolist(),
            "strict": self.strict,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "use_bias": self.use_bias,
        }
