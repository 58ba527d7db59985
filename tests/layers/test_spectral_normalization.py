import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import Conv2D, SpectralNormalization, held_statistics

X = np.random.default_rng(0).normal(size=(7, 4)).astype("float32")
KERNEL = np.random.default_rng(1).normal(size=(4, 5)).astype("float32")
BIAS = np.linspace(-1, 1, 5).astype("float32")
U = np.random.default_rng(2).normal(size=(1, 5)).astype("float32")


def dense(kernel=KERNEL, u=U, **settings):
    """A normalized dense layer of 4 to 5 with these weights."""
    layer = SpectralNormalization(keras.layers.Dense(5), **settings)
    layer.build((None, 4))
    layer.kernel.assign(kernel)
    layer.layer.bias.assign(BIAS)
    layer.vector_u.assign(u)
    return layer


def unit(vector):
    return vector / np.linalg.norm(vector)


def power_iteration(u):
    """u, v and the estimate of the singular value after Algorithm 1."""
    v = unit(u @ KERNEL.T)
    u = unit(v @ KERNEL)
    return u, v, (v @ KERNEL @ u.T).item()


def test_one_pass_is_algorithm_1():
    layer = dense()
    u, _, sigma = power_iteration(U)
    np.testing.assert_allclose(layer(X, training=True), X @ KERNEL / sigma + BIAS, rtol=2e-5)
    np.testing.assert_allclose(layer.vector_u, u, rtol=1e-5)
    u, _, sigma = power_iteration(u)
    np.testing.assert_allclose(layer(X, training=True), X @ KERNEL / sigma + BIAS, rtol=2e-5)
    np.testing.assert_allclose(layer.vector_u, u, rtol=1e-5)


def test_several_iterations_in_one_pass():
    layer = dense(power_iterations=3)
    u = U
    for _ in range(3):
        u, _, sigma = power_iteration(u)
    np.testing.assert_allclose(layer(X, training=True), X @ KERNEL / sigma + BIAS, rtol=2e-5)
    np.testing.assert_allclose(layer.vector_u, u, rtol=1e-5)


def test_largest_singular_value_becomes_one():
    layer = dense()
    for _ in range(100):
        layer(X, training=True)
    kernel = layer(np.eye(4, dtype="float32")) - BIAS
    values = np.linalg.svd(kernel, compute_uv=False)
    assert values[0] == pytest.approx(1.0, abs=1e-4)
    expected = np.linalg.svd(KERNEL, compute_uv=False)
    np.testing.assert_allclose(values, expected / expected[0], rtol=1e-4)


def test_kernel_of_a_convolution_is_a_matrix_of_one_column_a_map():
    layer = SpectralNormalization(Conv2D(6, 3, padding="same"))
    images = tf.random.stateless_normal([2, 5, 5, 4], [0, 1])
    for _ in range(100):
        outputs = layer(images, training=True)
    kernel = layer.kernel.numpy()
    sigma = np.linalg.svd(kernel.reshape(-1, 6), compute_uv=False)[0]
    expected = tf.nn.conv2d(images, kernel / sigma, strides=1, padding="SAME")
    np.testing.assert_allclose(outputs, expected, rtol=1e-3, atol=1e-4)


def test_scale_of_the_kernel_does_not_matter():
    np.testing.assert_allclose(dense()(X), dense(3.0 * KERNEL)(X), rtol=1e-5)


def test_gradient_takes_the_vectors_as_constants():
    layer = dense()
    upstream = np.random.default_rng(3).normal(size=(7, 5)).astype("float32")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(X, training=True) * upstream)
    u, v, sigma = power_iteration(U)
    plain = X.T @ upstream  # the gradient to the normalized kernel
    expected = (plain - np.sum(plain * KERNEL) / sigma * (v.T @ u)) / sigma
    np.testing.assert_allclose(tape.gradient(loss, layer.kernel), expected, rtol=1e-4, atol=1e-5)


def test_passes_leave_the_kernel_and_move_the_vector_only_in_their_turn():
    layer = dense()
    trained = layer(X, training=True)
    moved = layer.vector_u.numpy()
    assert not np.array_equal(moved, U)
    with held_statistics():
        held = layer(X, training=True)
    inferred = layer(X, training=False)
    np.testing.assert_array_equal(layer.vector_u, moved)
    np.testing.assert_array_equal(layer.kernel, KERNEL)
    np.testing.assert_array_equal(held, inferred)
    assert not np.array_equal(held, trained)  # one iteration further


def test_layer_of_keras_would_replace_the_kernel():
    """What this layer is for; if Keras changes, it can go."""
    layer = keras.layers.SpectralNormalization(keras.layers.Dense(5))
    layer.build((None, 4))
    layer.kernel.assign(KERNEL)
    with held_statistics():
        layer(X, training=True)
    assert not np.allclose(layer.kernel, KERNEL)


def test_a_kernel_of_zeros_stays_and_learns():
    layer = dense(np.zeros((4, 5)))
    with tf.GradientTape() as tape:
        outputs = layer(X, training=True)
    np.testing.assert_array_equal(outputs, np.tile(BIAS, (7, 1)))
    np.testing.assert_array_equal(layer.vector_u, U)
    expected = np.tile(X.sum(axis=0)[:, None], (1, 5))
    np.testing.assert_allclose(tape.gradient(outputs, layer.kernel), expected, rtol=1e-5)


def test_normalizes_an_embedding():
    embedding = keras.layers.Embedding(3, 4)
    layer = SpectralNormalization(embedding)
    label = np.array([0, 2, 1, 1])
    for _ in range(100):
        layer(label, training=True)
    table = embedding.embeddings.numpy()
    expected = table[label] / np.linalg.svd(table)[1][0]
    np.testing.assert_allclose(layer(label), expected, rtol=1e-4)


def test_bfloat16_multiplies_and_float32_normalizes():
    inner = keras.layers.Dense(5, dtype="mixed_bfloat16")
    layer = SpectralNormalization(inner)
    layer.build((None, 4))
    layer.set_weights(dense().get_weights())
    outputs = layer(tf.cast(X, tf.bfloat16), training=True)
    assert outputs.dtype == tf.bfloat16
    assert layer.kernel.dtype == layer.vector_u.dtype == "float32"
    u, _, sigma = power_iteration(U)
    np.testing.assert_allclose(layer.vector_u, u, rtol=1e-5)
    np.testing.assert_array_equal(layer.kernel, KERNEL)
    expected = X @ KERNEL / sigma + BIAS
    np.testing.assert_allclose(tf.cast(outputs, tf.float32), expected, rtol=0.03, atol=0.03)


def test_config_round_trip():
    layer = dense(power_iterations=2)
    copy = SpectralNormalization.from_config(layer.get_config())
    assert copy.power_iterations == 2
    copy.build((None, 4))
    copy.set_weights(layer.get_weights())
    np.testing.assert_array_equal(copy(X), layer(X))


def test_a_model_file_keeps_kernel_and_vector(tmp_path):
    model = keras.Sequential([keras.Input((4,)), SpectralNormalization(keras.layers.Dense(5))])
    model(X, training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for weight, other in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(weight, other)
    np.testing.assert_array_equal(model(X), loaded(X))
