"""The Gaussians over latents that inference networks and priors are made of."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd


def diagonal(parameters):
    """N(mu, diag(sigma^2)) for [..., 2 d]: mu, then log sigma^2; event shape [d]."""
    mean, log_variance = tf.split(parameters, 2, axis=-1)
    return tfd.Independent(tfd.Normal(mean, tf.exp(0.5 * log_variance)), 1)


def standard(size):
    """N(0, I) with event shape [size]."""
    return tfd.Independent(tfd.Normal(tf.zeros([size]), 1.0), 1)


def reparameterized(distribution, epsilon):
    """mu + sigma epsilon, the draw of a diagonal Gaussian that epsilon ~ N(0, I) determines."""
    return distribution.mean() + distribution.stddev() * epsilon


def codes(distribution):
    """Mean and log variance of a diagonal Gaussian, as what `encode` returns."""
    return {
        "mean": distribution.mean(),
        "log_variance": 2.0 * tf.math.log(distribution.stddev()),
    }
