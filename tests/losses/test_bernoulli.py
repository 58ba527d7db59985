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
