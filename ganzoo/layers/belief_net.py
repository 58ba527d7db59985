"""Layers of stochastic bits: Neal 1992, "Connectionist learning of belief networks", Artificial
Intelligence 56, pages 71-113; Dayan et al. 1995, "The Helmholtz machine".

The hidden bits h^1, ..., h^L of a network lie side by side in one tensor h [..., H], h^1 (next to
the data) first; H is the sum of their `units`. Data x are bits [N, ...] with any event shape of
`features` elements. Leading axes of h broadcast: K samples of each example are h [K, N, H].
"""

import keras
import tensorflow as tf
from tensorflow_probability import distributions as tfd


@keras.saving.register_keras_serializable("ganzoo")
class SigmoidBeliefNet(keras.layers.Layer):
    """p(x, h) = p(h^L) p(h^(L-1) | h^L) ... p(x | h^1), every factor independent bits.

    p(h^L = 1) = sigmoid(a), p(h^(l-1) = 1 | h^l) = sigmoid(W_l h^l + b_l), h^0 = x. A call maps
    latents [..., H] in [-1, 1] to the logits of p(x | h^1): (1 + latent) / 2 are the uniform draws
    of the hidden bits.

    Args:
      units: numbers of bits of h^1, ..., h^L.
      features: number of bits of x.
    """

    def __init__(self, units, features, **kwargs):
        # A call takes uniform draws, which bfloat16 would round: to 1 above 0.998.
        super().__init__(autocast=False, **kwargs)
        self.units = tuple(units)
        self.features = features
        # below[l - 1] gives the logits of h^(l-1) from h^l.
        self.below = _dense_layers((features, *self.units[:-1]), "below", self.dtype_policy)

    def build(self, input_shape):
        self.prior_logits = self.add_weight(
            shape=(self.units[-1],),
            initializer="zeros",
            dtype="float32",
            autocast=False,
            name="prior_logits",
        )
        for dense, size in zip(self.below, self.units):
            dense.build((None, size))

    def call(self, latents):
        return self.visible_logits(self.sample_hidden(0.5 + 0.5 * tf.cast(latents, tf.float32)))

    def sample_hidden(self, uniform):
        """Draws of p(h), [..., H], a function of uniform draws in [0, 1) of that shape."""
        *draws, top = tf.split(uniform, self.units, axis=-1)
        hidden = [hard_bits(self.prior_logits, top)]
        for dense, draw in zip(reversed(self.below[1:]), reversed(draws)):
            hidden.append(hard_bits(_logits(dense, hidden[-1]), draw))
        return tf.concat(hidden[::-1], axis=-1)

    def sample(self, uniform):
        """Draws x [..., features] and h [..., H] of p(x, h) for uniform [..., features + H]."""
        visible, hidden = tf.split(uniform, [self.features, sum(self.units)], axis=-1)
        hidden = self.sample_hidden(hidden)
        return hard_bits(self.visible_logits(hidden), visible), hidden

    def visible_logits(self, hidden):
        """Logits of p(x | h^1), float32 [..., features]."""
        return _logits(self.below[0], tf.split(hidden, self.units, axis=-1)[0])

    def log_prob(self, x, hidden):
        """log p(x, h) in nats, float32 [...]."""
        states = [_flat(x, self.features), *tf.split(hidden, self.units, axis=-1)]
        log_prob = _log_prob(self.prior_logits, states[-1])
        for dense, lower, upper in zip(self.below, states, states[1:]):
            log_prob += _log_prob(_logits(dense, upper), lower)
        return log_prob

    def get_config(self):
        return {**super().get_config(), "units": self.units, "features": self.features}


@keras.saving.register_keras_serializable("ganzoo")
class RecognitionNet(keras.layers.Layer):
    """q(h | x) = q(h^1 | x) q(h^2 | h^1) ... q(h^L | h^(L-1)), every factor independent bits.

    A call maps x [N, ...] to the probabilities q(h^1 = 1 | x).

    Args:
      units: numbers of bits of h^1, ..., h^L.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = tuple(units)
        # above[l - 1] gives the logits of h^l from h^(l-1).
        self.above = _dense_layers(self.units, "above", self.dtype_policy)

    def build(self, input_shape):
        self.features = tf.TensorShape(input_shape)[1:].num_elements()
        for dense, size in zip(self.above, (self.features, *self.units)):
            dense.build((None, size))

    def call(self, x):
        return tf.sigmoid(_logits(self.above[0], _flat(x, self.features)))

    def sample(self, x, uniform):
        """Draws of q(h | x), [..., N, H], a function of uniform draws in [0, 1) of that shape."""
        states = [_flat(x, self.features)]
        for dense, draw in zip(self.above, tf.split(uniform, self.units, axis=-1)):
            states.append(hard_bits(_logits(dense, states[-1]), draw))
        return tf.concat(states[1:], axis=-1)

    def most_probable(self, x):
        """Each layer's most probable bits given those of the layer below, [N, H]."""
        return self.sample(x, tf.fill([tf.shape(x)[0], sum(self.units)], 0.5))

    def log_prob(self, x, hidden):
        """log q(h | x) in nats, float32 [..., N]."""
        states = [_flat(x, self.features), *tf.split(hidden, self.units, axis=-1)]
        return sum(
            _log_prob(_logits(dense, lower), upper)
            for dense, lower, upper in zip(self.above, states, states[1:])
        )

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def hard_bits(logits, uniform):
    """Bernoulli draws, 0 or 1: as `ganzoo.stochastic.noise.hard_sample`, 1 where u > sigma(-l)."""
    return tf.stop_gradient(tf.cast(uniform > tf.sigmoid(-logits), tf.float32))


def _dense_layers(sizes, name, dtype):
    return [
        keras.layers.Dense(size, dtype=dtype, name=f"{name}_{number}")
        for number, size in enumerate(sizes, 1)
    ]


def _logits(dense, bits):
    return tf.cast(dense(bits), tf.float32)


def _log_prob(logits, bits):
    """Sum of the log-probabilities of bits along the last axis."""
    return tfd.Independent(tfd.Bernoulli(logits=logits), 1).log_prob(bits)


def _flat(x, features):
    return tf.cast(tf.reshape(x, [-1, features]), tf.float32)
