"""Gaussians whose precision is a diagonal and one direction: Rezende, Mohamed, Wierstra, ICML 2014,
"Stochastic Backpropagation and Approximate Inference in Deep Generative Models", arXiv 1401.4082,
section 4.3."""

import math
from typing import NamedTuple

import tensorflow as tf


class RankOneGaussian(NamedTuple):
    """N(mean, C) with C^-1 = D + u u', D diagonal and positive; u = 0 is a diagonal Gaussian.

    With eta = 1 / (1 + u' D^-1 u),

        C = D^-1 - eta D^-1 u u' D^-1,     log |C| = log eta - log |D|,
        C = R R' of R = D^-1/2 - (1 - sqrt eta) / (u' D^-1 u) D^-1 u u' D^-1/2,

    all at a cost linear in the dimension d.

    Attributes:
      mean, log_precision, direction: mean, log of the diagonal of D, and u, [..., d] each.
    """

    mean: tf.Tensor
    log_precision: tf.Tensor
    direction: tf.Tensor

    def _scaled_direction(self):
        """D^-1/2 u."""
        return tf.exp(-0.5 * self.log_precision) * self.direction

    def _eta(self):
        """[..., 1]."""
        return 1.0 / (1.0 + tf.reduce_sum(self._scaled_direction() ** 2, axis=-1, keepdims=True))

    def transform(self, epsilon):
        """mean + R epsilon, a draw for epsilon ~ N(0, I) [..., d]."""
        direction, eta = self._scaled_direction(), self._eta()
        # (1 - sqrt eta) / (u' D^-1 u), which has a limit at u = 0
        factor = eta / (1.0 + tf.sqrt(eta))
        along = tf.reduce_sum(direction * epsilon, axis=-1, keepdims=True)
        return self.mean + tf.exp(-0.5 * self.log_precision) * (
            epsilon - factor * direction * along
        )

    def variance(self):
        """The diagonal of C, [..., d]."""
        scaled = 1.0 - self._eta() * self._scaled_direction() ** 2
        return tf.exp(-self.log_precision) * scaled

    def log_determinant(self):
        """log |C|, [...]."""
        return tf.math.log(self._eta()[..., 0]) - tf.reduce_sum(self.log_precision, axis=-1)

    def log_prob(self, x):
        """log N(x; mean, C) of x [..., d]: [...]."""
        difference = x - self.mean
        quadratic = tf.reduce_sum(tf.exp(self.log_precision) * difference**2, axis=-1)
        quadratic += tf.reduce_sum(self.direction * difference, axis=-1) ** 2
        constant = x.shape[-1] * math.log(2.0 * math.pi)
        return -0.5 * (quadratic + constant + self.log_determinant())

    def kl_to_standard(self):
        """KL(N(mean, C) || N(0, I)) = (|mean|^2 + tr C - log |C| - d) / 2, [...]."""
        squares = tf.reduce_sum(self.mean**2 + self.variance() - 1.0, axis=-1)
        return 0.5 * (squares - self.log_determinant())
