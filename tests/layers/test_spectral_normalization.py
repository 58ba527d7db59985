import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import Conv2D, SpectralNormalization, held_statistics


def wrapped(kernel, policy="float32"):
    """A dense layer without bias and with this kernel [F, units]."""
    dense = keras.layers.Dense(kernel.shape[1], use_bias=False, dtype=policy)
    layer = SpectralNormalization(dense, dtype=policy)
    layer.build((None, kernel.shape[0]))
    dense.kernel.assign(kernel)
    return layer


def kernel_of(size=(6, 4), seed=0):
    return np.random.default_rng(seed).normal(size=size).astype("float32")


def used(layer):
    """The kernel that the layer multiplies by, at inference."""
    return layer(tf.eye(layer.kernel.shape[0])).numpy()


def settle(layer, inputs, passes=200):
    for _ in range(passes):
        layer(inputs, training=True)


def test_one_pass_is_algorithm_1():
    kernel = kernel_of()
    layer = wrapped(kernel)
    u = layer.vector_u.numpy()
    v = u @ kernel.T / np.linalg.norm(u @ kernel.T)
    new_u = v @ kernel / np.linalg.norm(v @ kernel)
    sigma = (v @ kernel @ new_u.T).item()
    x = kernel_of((5, 6), seed=1)
    np.testing.assert_allclose(layer(x, training=True), x @ kernel / sigma, rtol=1e-5)
    np.testing.assert_allclose(layer.vector_u, new_u, rtol=1e-5)
    np.testing.assert_array_equal(layer.kernel, kernel)


def test_settles_at_the_largest_singular_value():
    kernel = kernel_of()
    layer = wrapped(kernel)
    settle(layer, kernel_of((5, 6)))
    np.testing.assert_allclose(used(layer), kernel / np.linalg.svd(kernel)[1][0], rtol=1e-4)
    np.testing.assert_allclose(np.linalg.svd(used(layer))[1][0], 1.0, rtol=1e-5)


def test_settles_for_a_convolution_as_a_matrix_of_its_outputs():
    convolution = Conv2D(5, 3, use_bias=False)
    layer = SpectralNormalization(convolution)
    images = kernel_of((2, 6, 6, 2))
    layer(images)
    settle(layer, images)
    sigma = np.linalg.svd(convolution.kernel.numpy().reshape(18, 5))[1][0]
    np.testing.assert_allclose(layer(images), convolution(images) / sigma, rtol=1e-3, atol=1e-5)


def test_scale_of_the_kernel_does_not_matter():
    layer, larger = wrapped(kernel_of()), wrapped(3 * kernel_of())
    larger.vector_u.assign(layer.vector_u)
    np.testing.assert_allclose(used(layer), used(larger), rtol=1e-5)


def test_gradient_goes_through_sigma():
    """Of sum(A * W / sigma): (A - <A, W / sigma> v^T u) / sigma; none along W itself."""
    kernel, weights = kernel_of(), kernel_of(seed=2)
    layer = wrapped(kernel)
    settle(layer, kernel_of((5, 6)))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(weights * layer(tf.eye(6), training=True))
    gradient = tape.gradient(loss, layer.kernel).numpy()
    left, singular, right = np.linalg.svd(kernel)
    direction = np.outer(left[:, 0], right[0])
    expected = (weights - np.sum(weights * kernel / singular[0]) * direction) / singular[0]
    np.testing.assert_allclose(gradient, expected, atol=1e-4)
    assert np.sum(gradient * kernel) == pytest.approx(0.0, abs=1e-4)
    assert np.abs(gradient).max() > 0.1


def test_inference_and_the_opponents_turn_change_nothing():
    layer = wrapped(kernel_of())
    x = kernel_of((5, 6))
    before = layer.get_weights()
    at_inference = layer(x)
    with held_statistics():
        during_the_turn = layer(x, training=True)
    for weight, other in zip(before, layer.get_weights()):
        np.testing.assert_array_equal(weight, other)
    np.testing.assert_allclose(at_inference, during_the_turn, rtol=1e-6)
    layer(x, training=True)
    assert np.abs(layer.vector_u.numpy() - before[-1]).max() > 0.01


def test_a_kernel_of_zeros_stays_and_learns():
    layer = wrapped(np.zeros((6, 4), "float32"))
    u = layer.vector_u.numpy()
    with tf.GradientTape() as tape:
        outputs = layer(tf.eye(6), training=True)
        loss = tf.reduce_sum(outputs)
    np.testing.assert_array_equal(outputs, np.zeros((6, 4)))
    np.testing.assert_array_equal(layer.vector_u, u)
    np.testing.assert_allclose(tape.gradient(loss, layer.kernel), np.ones((6, 4)), rtol=1e-6)


def test_normalizes_an_embedding():
    embedding = keras.layers.Embedding(3, 4)
    layer = SpectralNormalization(embedding)
    label = np.array([0, 2, 1, 1])
    layer(label)
    settle(layer, label)
    table = embedding.embeddings.numpy()
    expected = table[label] / np.linalg.svd(table)[1][0]
    np.testing.assert_allclose(layer(label), expected, rtol=1e-4)


def test_bfloat16_is_near_float32():
    kernel, x = kernel_of(), kernel_of((5, 6), seed=1)
    layers = [wrapped(kernel, policy) for policy in ("float32", "mixed_bfloat16")]
    for layer in layers:
        layer.vector_u.assign(layers[0].vector_u)
        settle(layer, x, passes=20)
    outputs = layers[1](x)
    assert outputs.dtype == tf.bfloat16 and layers[1].kernel.dtype == "float32"
    np.testing.assert_allclose(tf.cast(outputs, tf.float32), layers[0](x), atol=0.03)


def test_a_model_file_keeps_kernel_and_vector(tmp_path):
    model = keras.Sequential([keras.Input((6,)), SpectralNormalization(keras.layers.Dense(4))])
    settle(model, kernel_of((5, 6)), passes=2)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for weight, other in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(weight, other)
    np.testing.assert_array_equal(model(kernel_of((5, 6))), loaded(kernel_of((5, 6))))
