"""Convolutions that use the processor's faster kernels under mixed precision."""

import functools

import keras
import tensorflow as tf

from ganzoo import processor


@keras.saving.register_keras_serializable("ganzoo")
class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` that multiplies bfloat16 as float32 where that is faster.

    A bfloat16 convolution sums its products in float32 and rounds the sums, and so does a float32
    convolution of values that are rounded to bfloat16, whose result is rounded: the numbers are the
    same up to the order of summation. On a processor that cannot multiply bfloat16 (that has
    neither AMX nor AVX-512 BF16) the second takes a third off a training step; on one that can, the
    first does.
    """

    def convolution_op(self, inputs, kernel):
        return _convolve(super().convolution_op, inputs, kernel)


@keras.saving.register_keras_serializable("ganzoo")
class Conv1D(keras.layers.Conv1D):
    """`keras.layers.Conv1D`, not causal and channels last, with the arithmetic of `Conv2D`."""

    def call(self, inputs):
        outputs = _convolve(self.convolution_op, inputs, self.kernel)
        if self.use_bias:
            outputs = keras.ops.add(outputs, keras.ops.reshape(self.bias, (1, 1, -1)))
        return self.activation(outputs)


@keras.saving.register_keras_serializable("ganzoo")
class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose`, channels last, with the arithmetic of `Conv2D`."""

    def call(self, inputs):
        outputs = _convolve(self._transposed_convolution, inputs, self.kernel)
        if self.use_bias:
            outputs = keras.ops.add(outputs, keras.ops.reshape(self.bias, (1, 1, 1, -1)))
        return self.activation(outputs)

    def _transposed_convolution(self, inputs, kernel):
        return keras.ops.conv_transpose(
            inputs,
            kernel,
            strides=self.strides,
            padding=self.padding,
            output_padding=self.output_padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )


def _convolve(convolution, inputs, kernel):
    if inputs.dtype != tf.bfloat16 or has_bfloat16_units():
        return convolution(inputs, kernel)
    outputs = convolution(tf.cast(inputs, tf.float32), tf.cast(kernel, tf.float32))
    return tf.cast(outputs, tf.bfloat16)


@functools.cache
def has_bfloat16_units():
    """Whether this machine has an accelerator, or a processor that multiplies bfloat16."""
    if any(device.device_type != "CPU" for device in tf.config.list_logical_devices()):
        return True
    return not processor.flags().isdisjoint(("amx_bf16", "avx512_bf16"))
