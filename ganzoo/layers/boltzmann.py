"""The restricted Boltzmann machine: Smolensky 1986 (Harmonium); Hinton 2002, "Training products of
experts by minimizing contrastive divergence", Neural Computation 14."""

import keras
import tensorflow as tf

from ganzoo.layers.belief_net import hard_bits


@keras.saving.register_keras_serializable("ganzoo")
class RestrictedBoltzmannMachine(keras.layers.Layer):
    """p(v, h) = exp(b'v + c'h + v'W h) / Z for bits v [..., D] and h [..., H].

    Given either, the other bits are independent: p(h = 1 | v) = sigmoid(c + v'W) and p(v = 1 | h) =
    sigmoid(b + W h). A call maps h to the logits of p(v | h).

    Args:
      features: D, visible bits.
      units: H, hidden bits.
      deviation: of the normal initial weights W, D x H; b and c start at 0. Hinton 2010, "A
        practical guide to training restricted Boltzmann machines": 0.01.
    """

    def __init__(self, features, units, deviation=0.01, **kwargs):
        super().__init__(**kwargs)
        self.features, self.units, self.deviation = features, units, deviation

    def build(self, input_shape):
        normal = keras.initializers.RandomNormal(stddev=self.deviation)
        self.kernel = self._weight("kernel", (self.features, self.units), normal)
        self.visible_bias = self._weight("visible_bias", (self.features,), "zeros")
        self.hidden_bias = self._weight("hidden_bias", (self.units,), "zeros")

    def _weight(self, name, shape, initializer):
        return self.add_weight(shape=shape, initializer=initializer, autocast=False, name=name)

    def call(self, hidden):
        product = self._product(hidden, self.kernel, transpose_b=True)
        return tf.convert_to_tensor(self.visible_bias) + product

    def hidden_logits(self, visible):
        """Logits of p(h | v), float32 [..., H]."""
        return tf.convert_to_tensor(self.hidden_bias) + self._product(visible, self.kernel)

    def free_energy(self, visible):
        """F(v) = -b'v - sum_j softplus(c_j + (v'W)_j), float32 [...]: p(v) = exp(-F(v)) / Z."""
        hidden = tf.reduce_sum(tf.nn.softplus(self.hidden_logits(visible)), axis=-1)
        return -tf.linalg.matvec(visible, tf.convert_to_tensor(self.visible_bias)) - hidden

    def sweep(self, hidden, uniform):
        """One Gibbs sweep: v ~ p(v | h), then h ~ p(h | v), functions of uniform [..., D + H]."""
        of_visible, of_hidden = tf.split(uniform, [self.features, self.units], axis=-1)
        visible = hard_bits(self(hidden), of_visible)
        return visible, hard_bits(self.hidden_logits(visible), of_hidden)

    def _product(self, bits, matrix, **transpose):
        """In the precision of the policy; the result is float32."""
        bits, matrix = (tf.cast(value, self.compute_dtype) for value in (bits, matrix))
        return tf.cast(tf.matmul(bits, matrix, **transpose), tf.float32)

    def get_config(self):
        own = {"features": self.features, "units": self.units, "deviation": self.deviation}
        return {**super().get_config(), **own}
