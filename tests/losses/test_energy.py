import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import energy


def test_golden_values():
    # Zhao et al.: m = 10.
    loss = energy.discriminator_loss([3.0, 3.0], [4.0, 12.0], 10.0)
    np.testing.assert_array_equal(loss, [9.0, 3.0])
    np.testing.assert_array_equal(energy.generator_loss([4.0, 12.0]), [4.0, 12.0])


def test_hinge_is_of_each_sample_and_has_no_gradient_beyond_the_margin():
    real, fake = tf.Variable([3.0, 1.0, 2.0]), tf.Variable([4.0, 12.0, 9.5])
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(energy.discriminator_loss(real, fake, 10.0))
    np.testing.assert_array_equal(tape.gradient(loss, fake), [-1.0, 0.0, -1.0])
    np.testing.assert_array_equal(tape.gradient(loss, real), [1.0, 1.0, 1.0])


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_reconstruction_error_is_the_mean_square_of_an_example(dtype):
    noise = np.random.default_rng(0)
    x, reconstruction = (noise.integers(-4, 5, (3, 2, 4, 1)) / 4 for _ in range(2))
    values = energy.reconstruction_error(tf.cast(x, dtype), tf.cast(reconstruction, dtype))
    assert values.dtype == tf.float32
    expected = ((x - reconstruction) ** 2).reshape(3, 8).sum(axis=1) / 8
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_gradient_reaches_the_sample_and_its_reconstruction():
    x, reconstruction = tf.Variable([[1.0, 2.0]]), tf.Variable([[0.0, 5.0]])
    with tf.GradientTape(persistent=True) as tape:
        value = energy.reconstruction_error(x, reconstruction)
    np.testing.assert_allclose(tape.gradient(value, x), [[1.0, -3.0]])
    np.testing.assert_allclose(tape.gradient(value, reconstruction), [[-1.0, 3.0]])


def test_a_column_and_a_vector_do_not_broadcast():
    assert energy.discriminator_loss(tf.zeros([3, 1]), tf.zeros([3]), 1.0).shape == (3,)
