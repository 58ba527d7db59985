"""Minibatch discrimination: Salimans et al., "Improved Techniques for Training GANs", NIPS 2016,
arXiv 1606.03498, section 3.2."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class MinibatchDiscrimination(keras.layers.Layer):
    """Appends to each example's features how near the other examples of the batch are.

    With f(x_i) in R^A the features and T a learned tensor A x B x C,

        M_i = f(x_i) T in R^{B x C},   c_b(x_i, x_j) = exp(-||M_ib - M_jb||_1),
        o_b(x_i) = sum_{j != i} c_b(x_i, x_j).

    The paper's sum has j = i too, which is the constant 1; the released code leaves it out too.
    o is between 0 (all others are far) and the size of the batch less 1 (all are equal). T has no
    weight normalization and o no bias, which the released code for CIFAR-10 has.

    A score then depends on the batch: data and samples must be scored apart (`score_pair` does), a
    gradient penalty has no meaning, and scores of batches of another size are not comparable.
    Several replicas compare the examples of the global batch, gathered with their gradients.
    The comparison takes memory for N x N x B x C numbers (N_global in the second place).

    Args:
      num_kernels: B; 100 for CIFAR-10 in the paper.
      kernel_dims: C; 5 there.

    Call on features [N, A]; returns [N, A + B].
    """

    def __init__(
        self, num_kernels=100, kernel_dims=5, kernel_initializer="glorot_uniform", **kwargs
    ):
        super().__init__(**kwargs)
        self.num_kernels = num_kernels
        self.kernel_dims = kernel_dims
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(
                f"features of shape {tuple(input_shape[1:])}: flatten them to one axis first"
            )
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.num_kernels * self.kernel_dims),
            initializer=self.kernel_initializer,
            name="kernel",
        )

    def call(self, inputs):
        rows = tf.reshape(
            tf.matmul(inputs, tf.cast(self.kernel, inputs.dtype)),
            [-1, self.num_kernels, self.kernel_dims],
        )
        rows = tf.cast(rows, tf.float32)  # an exponential of a bfloat16 sum is coarse
        others = rows
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            replica = tf.distribute.get_replica_context()
            if replica is not None:
                others = replica.all_gather(rows, axis=0)
        distances = tf.reduce_sum(tf.abs(rows[:, None] - others[None]), axis=-1)
        nearness = tf.reduce_sum(tf.exp(-distances), axis=1) - 1.0  # its own is exactly 1
        return tf.concat([inputs, tf.cast(nearness, inputs.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + self.num_kernels)

    def get_config(self):
        return {
            **super().get_config(),
            "num_kernels": self.num_kernels,
            "kernel_dims": self.kernel_dims,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
