"""Invertible maps of data to latents, one after another: normalizing flows.

Every part calls data to (outputs, log_determinant [N]), the logarithm of the absolute Jacobian
determinant of the outputs with respect to the inputs, and has the opposite direction in `inverse`.
"""

import math

import keras
import tensorflow as tf
from tensorflow_probability import bijectors as tfb


class Bijector(keras.layers.Layer):
    """A part of a flow: `call(x)` gives (y, log|det dy/dx| [N]), `inverse(y)` gives x.

    Computes in float32 under every precision policy, because a density sums over dimensions.
    """

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.built = True

    def inverse(self, y):
        raise NotImplementedError


@keras.saving.register_keras_serializable("ganzoo")
class Flow(keras.Model):
    """Data [N, *data_shape] to (latents [N, d], log_determinant [N]), d values for d values.

    With p the density of the latents, log p(f(x)) + log_determinant is the logarithm of the density
    of the data (change of variables); `inverse` turns latents into data.

    Args:
      steps: list of `Bijector` layers, in the direction from data to latents; the last one ends in
        vectors.
      data_shape: shape of one example.
    """

    def __init__(self, steps, data_shape, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.steps = list(steps)
        self.data_shape = tuple(data_shape)
        self.built = True

    @property
    def inputs(self):
        """The one input, data."""
        return [keras.KerasTensor((None, *self.data_shape), name="sample")]

    def call(self, x):
        log_determinant = tf.zeros(tf.shape(x)[:1])
        for step in self.steps:
            x, change = step(x)
            log_determinant += change
        return x, log_determinant

    def inverse(self, z):
        """Latents [N, d] to data [N, *data_shape]."""
        for step in reversed(self.steps):
            z = step.inverse(z)
        return z

    def get_config(self):
        steps = [keras.saving.serialize_keras_object(step) for step in self.steps]
        return {"steps": steps, "data_shape": self.data_shape, "name": self.name}

    @classmethod
    def from_config(cls, config):
        steps = [keras.saving.deserialize_keras_object(step) for step in config["steps"]]
        return cls(**{**config, "steps": steps})


@keras.saving.register_keras_serializable("ganzoo")
class LogitSquash(Bijector):
    """x in [0, 1] to logit(alpha + (1 - 2 alpha) x): Dinh et al. 2017, section 4.1.

    log_determinant: the sum of log(1 - 2 alpha) + softplus(z) + softplus(-z). With it a density of
    the logits becomes one of x. The inverse reaches alpha / (1 - 2 alpha) beyond [0, 1].

    Args:
      alpha: in (0, 1/2), keeps the logits finite.
    """

    def __init__(self, alpha, **kwargs):
        super().__init__(**kwargs)
        if not 0.0 < alpha < 0.5:
            raise ValueError(f"alpha={alpha!r}: give a number above 0 and below 1/2")
        self.alpha = alpha

    def _margin(self):
        return self.alpha / (1.0 - 2.0 * self.alpha)

    def call(self, x):
        sigmoid = tfb.Sigmoid(-self._margin(), 1.0 + self._margin())
        z = sigmoid.inverse(x)
        return z, sigmoid.inverse_log_det_jacobian(x, event_ndims=len(x.shape) - 1)

    def inverse(self, z):
        # Not `tfb.Sigmoid.forward`, whose gradient is not a number beyond |z| = 88.
        return (1.0 + 2.0 * self._margin()) * tf.sigmoid(z) - self._margin()

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


@keras.saving.register_keras_serializable("ganzoo")
class FlattenEvent(Bijector):
    """Events of `data_shape` to vectors; log_determinant 0."""

    def __init__(self, data_shape, **kwargs):
        super().__init__(**kwargs)
        self.data_shape = tuple(data_shape)

    def call(self, x):
        return tf.reshape(x, [-1, math.prod(self.data_shape)]), tf.zeros(tf.shape(x)[:1])

    def inverse(self, y):
        return tf.reshape(y, [-1, *self.data_shape])

    def get_config(self):
        return {**super().get_config(), "data_shape": self.data_shape}


@keras.saving.register_keras_serializable("ganzoo")
class DiagonalScale(Bijector):
    """exp(s) x of vectors [N, d], s [d] trained from 0; log_determinant: the sum of s.

    Dinh et al. 2015, arXiv 1410.8516, section 3.3.
    """

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.log_scale = self.add_weight(shape=(size,), initializer="zeros", name="log_scale")

    def call(self, x):
        log_determinant = tf.reduce_sum(self.log_scale)
        return x * tf.exp(self.log_scale), tf.fill(tf.shape(x)[:1], log_determinant)

    def inverse(self, y):
        return y * tf.exp(-self.log_scale)

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("ganzoo")
class Squeeze(Bijector):
    """[N, h, w, c] to [N, h/2, w/2, 4 c], every square of 2x2 pixels to one; log_determinant 0.

    Dinh et al. 2017, arXiv 1605.08803, section 3.6, in the channel order of `tf.nn.space_to_depth`.
    """

    def call(self, x):
        return tf.nn.space_to_depth(x, 2), tf.zeros(tf.shape(x)[:1])

    def inverse(self, y):
        return tf.nn.depth_to_space(y, 2)


@keras.saving.register_keras_serializable("ganzoo")
class FactorOut(Bijector):
    """Half of the channels leave as latents, and the others go on: [N, h, w, c] to [N, h w c].

    Dinh et al. 2017, arXiv 1605.08803, equations 14 to 16.

    Args:
      rest: a `Flow` of the first half of the channels, data_shape (h, w, c / 2).
    """

    def __init__(self, rest, **kwargs):
        super().__init__(**kwargs)
        self.rest = rest

    def call(self, x):
        kept, left = tf.split(x, 2, axis=-1)
        z, log_determinant = self.rest(kept)
        left = tf.reshape(left, [-1, math.prod(self.rest.data_shape)])
        return tf.concat([z, left], axis=-1), log_determinant

    def inverse(self, y):
        z, left = tf.split(y, 2, axis=-1)
        left = tf.reshape(left, [-1, *self.rest.data_shape])
        return tf.concat([self.rest.inverse(z), left], axis=-1)

    def get_config(self):
        rest = keras.saving.serialize_keras_object(self.rest)
        return {**super().get_config(), "rest": rest}

    @classmethod
    def from_config(cls, config):
        rest = keras.saving.deserialize_keras_object(config["rest"])
        return cls(**{**config, "rest": rest})
