"""The masked autoencoder of MADE."""

import itertools

import keras
import numpy as np

from ganzoo.layers.masked_dense import MaskedDense


@keras.saving.register_keras_serializable("ganzoo")
class MaskedAutoencoder(keras.layers.Layer):
    """Logits of D conditionals from D bits, several masks over one set of weights.

    h^0 = x, h^l = activation(h^{l-1} (W^l * M^l) + b^l), logits = h^L (V * M^V) + c + x (A * M^A):
    Germain et al. 2015, arXiv 1502.03509, A their direct connection. Hidden units see the degrees
    up to their own, outputs see lower ones: an output of degree d depends on the inputs of degrees
    1 to d - 1 and on no other.

    Inputs [N, D] and the number of a mask, outputs [N, D], float32. Degrees are part of the
    configuration.

    Args:
      orders: integers [M, D]: the place 1 to D of every bit in the order of each of M masks.
      hidden_degrees: for every hidden layer integers [M, units] in [1, max(D - 1, 1)].
      direct_connection: whether there is A.
      hidden_activation: as `activation` in `keras.layers.Dense`.
      kernel_initializer: of all kernels.

    Raises:
      ValueError: orders that are not permutations of 1 to D.
    """

    def __init__(
        self,
        orders,
        hidden_degrees,
        direct_connection=True,
        hidden_activation="relu",
        kernel_initializer="orthogonal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.orders = np.asarray(orders, np.int32)
        size = self.orders.shape[-1]
        if self.orders.ndim != 2 or not (np.sort(self.orders) == np.arange(1, size + 1)).all():
            raise ValueError(
                f"orders of shape {self.orders.shape}: give one row for each mask, a permutation "
                "of the integers 1 to D"
            )
        self.hidden_degrees = [np.asarray(degrees, np.int32) for degrees in hidden_degrees]
        self.direct_connection = direct_connection
        self.hidden_activation = hidden_activation
        self.kernel_initializer = kernel_initializer

        degrees = [self.orders, *self.hidden_degrees]
        self.hidden_layers = [
            MaskedDense(
                inputs,
                outputs,
                activation=hidden_activation,
                kernel_initializer=kernel_initializer,
                dtype=self.dtype_policy,
                name=f"hidden_{number}",
            )
            for number, (inputs, outputs) in enumerate(itertools.pairwise(degrees), 1)
        ]
        settings = {
            "strict": True,
            "kernel_initializer": kernel_initializer,
            "dtype": "float32",
        }
        self.output_layer = MaskedDense(degrees[-1], self.orders, name="output", **settings)
        self.direct_layer = None
        if direct_connection:
            self.direct_layer = MaskedDense(
                self.orders, self.orders, use_bias=False, name="direct", **settings
            )

    @property
    def num_masks(self):
        """M."""
        return len(self.orders)

    def build(self, input_shape):
        for layer in self.hidden_layers:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)
        self.output_layer.build(input_shape)
        if self.direct_layer is not None:
            self.direct_layer.build((None, self.orders.shape[1]))

    def call(self, inputs, mask_number=0):
        hidden = inputs
        for layer in self.hidden_layers:
            hidden = layer(hidden, mask_number=mask_number)
        logits = self.output_layer(hidden, mask_number=mask_number)
        if self.direct_layer is not None:
            logits += self.direct_layer(inputs, mask_number=mask_number)
        return logits

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "orders": self.orders.tolist(),
            "hidden_degrees": [degrees.tolist() for degrees in self.hidden_degrees],
            "direct_connection": self.direct_connection,
            "hidden_activation": self.hidden_activation,
            "kernel_initializer": self.kernel_initializer,
        }
