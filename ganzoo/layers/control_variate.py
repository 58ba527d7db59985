"""The trained parts of the control variates of REBAR and RELAX."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class ControlVariate(keras.layers.Layer):
    """Scale and temperature of a relaxed cost, and a network beside it or None.

    Tucker et al. 2017, arXiv 1703.07370, start with scale 1 and temperature 1/2; the temperature
    is kept above 0 by training its logarithm. Calling the layer calls the network.

    Args:
      network: a `keras.Model`, unbounded relaxed samples [N, *event] to [N, 1], or None.
    """

    def __init__(self, network=None, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.scale = self._scalar("scale", 1.0)
        self.log_temperature = self._scalar("log_temperature", -0.6931472)
        self.built = True

    def _scalar(self, name, value):
        return self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(value),
            dtype="float32",
            autocast=False,
            name=name,
        )

    @property
    def temperature(self):
        """exp of its logarithm, a scalar above 0."""
        return tf.exp(self.log_temperature)

    def call(self, z):
        return self.network(z)

    def get_config(self):
        network = self.network and keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config):
        network = config.pop("network")
        return cls(network=network and keras.saving.deserialize_keras_object(network), **config)
