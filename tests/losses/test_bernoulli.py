import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.losses import bernoulli


def test_equals_the_distribution():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (4, 3, 2, 1)).astype("float32")
    logits = (5 * rng.normal(size=(6, 4, 3, 2, 1))).astype("float32")
    expected = tf.reduce_sum(tfd.Bernoulli(logits=logits).log_prob(x), axis=(2, 3, 4))
    np.testing.assert_allclose(bernoulli.log_likelihood(x, logits), expected, rtol=1e-5)


def test_large_logits_are_exact():
    logits = tf.constant([[[1e4, -1e4, 1e4]]])
    found = bernoulli.log_likelihood(tf.constant([[1.0, 0.0, 0.0]]), logits)
    np.testing.assert_array_equal(found, [[-1e4]])


def test_gradients_are_those_of_the_distribution():
    rng = np.random.default_rng(1)
    x = tf.constant(rng.uniform(size=(4, 3, 2, 1)).astype("float32"))
    logits = tf.constant((5 * rng.normal(size=(6, 4, 3, 2, 1))).astype("float32"))
    upstream = tf.constant(rng.normal(size=(6, 4)).astype("float32"))

    def gradients(log_likelihood):
        with tf.GradientTape() as tape:
            tape.watch((x, logits))
            values = log_likelihood()
        return tape.gradient(values, (x, logits), output_gradients=upstream)

    def by_distribution():
        pixels = tfd.Bernoulli(logits=logits)
        return tf.reduce_sum(pixels.log_prob(x[None] + tf.zeros_like(logits)), axis=(2, 3, 4))

    found = gradients(lambda: bernoulli.log_likelihood(x, logits))
    for one, other in zip(found, gradients(by_distribution), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
