"""Coupling layers: some variables stay and decide how the others are transformed.

`mask` b is 1 where a variable stays and 0 where it is transformed; it has the shape of an event or
broadcasts to it. `network` sees b x alone, so its own Jacobian is never needed.
"""

import keras
import numpy as np
import tensorflow as tf

from ganzoo.layers.flow import Bijector


class _Coupling(Bijector):
    def __init__(self, network, mask, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.mask = np.asarray(mask, "float32")

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network, "mask": self.mask.tolist()}

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})


@keras.saving.register_keras_serializable("ganzoo")
class AdditiveCoupling(_Coupling):
    """y = x + (1 - b) m(b x), log_determinant 0: Dinh et al. 2015, arXiv 1410.8516, section 3.2.

    Args:
      network: m, events [N, *event] to shifts of the same shape.
      mask: b, in {0, 1}.
    """

    def call(self, x):
        return x + self._shift(x), tf.zeros(tf.shape(x)[:1])

    def inverse(self, y):
        return y - self._shift(y)

    def _shift(self, x):
        return (1.0 - self.mask) * self.network(self.mask * x)


@keras.saving.register_keras_serializable("ganzoo")
class AffineCoupling(_Coupling):
    """y = b x + (1 - b) (x exp(s(b x)) + t(b x)): Dinh et al. 2017, arXiv 1605.08803, equation 9.

    s = a tanh(.) with one trained number a for the layer, 1 at first. log_determinant: the sum of
    (1 - b) s.

    Args:
      network: events [N, ..., c] to [N, ..., 2 c]: the argument of tanh, and t.
      mask: b, in {0, 1}.
    """

    def __init__(self, network, mask, **kwargs):
        super().__init__(network, mask, **kwargs)
        self.amplitude = self.add_weight(shape=(), initializer="ones", name="amplitude")

    def call(self, x):
        log_scale, shift = self._log_scale_and_shift(x)
        log_determinant = tf.reduce_sum(log_scale, axis=range(1, len(x.shape)))
        return x * tf.exp(log_scale) + shift, log_determinant

    def inverse(self, y):
        log_scale, shift = self._log_scale_and_shift(y)
        return (y - shift) * tf.exp(-log_scale)

    def _log_scale_and_shift(self, x):
        """(1 - b) s and (1 - b) t, from what stays."""
        raw, shift = tf.split(self.network(self.mask * x), 2, axis=-1)
        transformed = 1.0 - self.mask
        return transformed * (self.amplitude * tf.tanh(raw)), transformed * shift
