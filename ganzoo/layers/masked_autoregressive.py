"""The part of a masked autoregressive flow."""

import keras
import tensorflow as tf
from tensorflow_probability import bijectors as tfb

from ganzoo.layers.flow import Bijector


@keras.saving.register_keras_serializable("ganzoo")
class MaskedAutoregressive(Bijector):
    """u_i = (x_i - mu_i) exp(-alpha_i), mu_i and alpha_i functions of the x before i in some order.

    Papamakarios et al. 2017, arXiv 1705.07057, equations 3 and 4. log_determinant: minus the sum of
    alpha (equation 5). One pass of the network from x to u; d passes, one for each dimension, back.

    Args:
      network: a MADE, vectors [N, d] to mu and alpha [N, 2 d].
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network

    def call(self, x):
        mean, log_scale = self._mean_and_log_scale(x)
        return (x - mean) * tf.exp(-log_scale), -tf.reduce_sum(log_scale, axis=-1)

    def inverse(self, u):
        return tfb.MaskedAutoregressiveFlow(self._mean_and_log_scale).forward(u)

    def _mean_and_log_scale(self, x):
        return tf.split(self.network(x), 2, axis=-1)

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})
