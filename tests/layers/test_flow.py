import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import (
    AdditiveCoupling,
    AffineCoupling,
    DiagonalScale,
    FactorOut,
    FlattenEvent,
    Flow,
    LogitSquash,
    MaskedAutoregressive,
    Squeeze,
)


def linear(kernel, bias):
    """A network of one dense layer with these weights."""
    source = keras.Input((np.shape(kernel)[0],))
    layer = keras.layers.Dense(np.shape(kernel)[1])
    network = keras.Model(source, layer(source))
    layer.set_weights([np.asarray(kernel, "float32"), np.asarray(bias, "float32")])
    return network


def convolution(channels):
    """A network of one random 3x3 convolution with twice the channels."""
    source = keras.Input((4, 4, channels))
    layer = keras.layers.Conv2D(2 * channels, 3, padding="same", kernel_initializer="he_normal")
    return keras.Model(source, layer(source))


def smooth(outputs):
    """A random perceptron of four inputs."""
    source = keras.Input((4,))
    hidden = keras.layers.Dense(7, "tanh")(source)
    return keras.Model(source, keras.layers.Dense(outputs)(hidden))


def triangular():
    """mu and alpha of four inputs, of each those before it."""
    strict = np.triu(np.random.default_rng(0).normal(size=(4, 4)), 1)
    return linear(np.hstack([strict, 0.5 * strict]), np.linspace(-0.5, 0.5, 8))


def scaled(layer):
    layer.log_scale.assign([0.3, -0.7, 0.1, 0.0])
    return layer


PARTS = {
    "logit": (lambda: LogitSquash(0.05), (2, 2, 1)),
    "flatten": (lambda: FlattenEvent((2, 2, 1)), (2, 2, 1)),
    "scale": (lambda: scaled(DiagonalScale(4)), (4,)),
    "squeeze": (Squeeze, (4, 4, 2)),
    "additive": (lambda: AdditiveCoupling(smooth(4), [1, 0, 1, 0]), (4,)),
    "affine": (lambda: AffineCoupling(smooth(8), [0, 1, 1, 0]), (4,)),
    "checkerboard": (
        lambda: AffineCoupling(convolution(1), np.indices((4, 4)).sum(axis=0)[..., None] % 2),
        (4, 4, 1),
    ),
    "channels": (lambda: AffineCoupling(convolution(2), [1, 0]), (4, 4, 2)),
    "factor out": (
        lambda: FactorOut(
            Flow([FlattenEvent((2, 2, 1)), AffineCoupling(smooth(8), [0, 1, 1, 0])], (2, 2, 1))
        ),
        (2, 2, 2),
    ),
    "autoregressive": (lambda: MaskedAutoregressive(triangular()), (4,)),
}


@pytest.mark.parametrize("part", PARTS)
def test_inverse_determinant_and_configuration(part):
    make, shape = PARTS[part]
    keras.utils.set_random_seed(0)
    layer = make()
    x = tf.constant(np.random.default_rng(0).uniform(0.02, 0.98, (5, *shape)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y, log_determinant = layer(x)
    size = np.prod(shape)
    jacobian = np.reshape(tape.batch_jacobian(y, x), (5, size, size)).astype("float64")
    assert log_determinant.shape == (5,)
    np.testing.assert_allclose(log_determinant, np.linalg.slogdet(jacobian)[1], atol=1e-4)
    np.testing.assert_allclose(layer.inverse(y), x, atol=1e-5)

    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(x)[0], y)
    assert twin.get_config() == layer.get_config()


def test_golden_logit():
    z, log_determinant = LogitSquash(0.05)(tf.constant([[0.3]]))
    np.testing.assert_allclose(z, [[-0.7537718024]], atol=1e-6)
    np.testing.assert_allclose(log_determinant, [1.4197362483], atol=1e-6)


def test_logit_is_finite_on_the_whole_interval():
    x = np.array([[0.0], [1e-3], [0.4], [0.9]])
    for alpha in (0.05, 1e-6, 1e-7):
        layer = LogitSquash(alpha)
        z, _ = layer(tf.constant(x, tf.float32))
        expected = np.log(alpha + (1 - 2 * alpha) * x) - np.log(alpha + (1 - 2 * alpha) * (1 - x))
        np.testing.assert_allclose(z, expected, rtol=1e-4)
        # At 1 an alpha of 1e-7 is as small as the spacing of float32.
        z, log_determinant = layer(tf.ones([1, 1]))
        assert np.isfinite(z) and np.isfinite(log_determinant)


def test_far_logits_have_a_gradient():
    z = tf.Variable([[-200.0, -88.9, 0.0, 88.9, 200.0]])
    with tf.GradientTape() as tape:
        x = LogitSquash(0.05).inverse(z)
    np.testing.assert_allclose(x, [[-1 / 18, -1 / 18, 0.5, 19 / 18, 19 / 18]], atol=1e-6)
    np.testing.assert_allclose(tape.gradient(x, z), [[0, 0, 1 / 3.6, 0, 0]], atol=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 0.5, -0.1])
def test_alpha_is_checked(alpha):
    with pytest.raises(ValueError, match=f"alpha={alpha}: give a number above 0"):
        LogitSquash(alpha)


def test_additive_coupling_by_hand():
    """m(b x) = 2 x_1 + 0.5 on the second dimension; what it says on the first is not used."""
    layer = AdditiveCoupling(linear([[9.0, 2.0], [7.0, 7.0]], [3.0, 0.5]), [1, 0])
    y, log_determinant = layer(tf.constant([[1.5, -4.0]]))
    np.testing.assert_allclose(y, [[1.5, -0.5]])
    np.testing.assert_allclose(log_determinant, [0.0])


def test_affine_coupling_by_hand():
    """s = a tanh(x_1), t = 3 x_1: y_2 = x_2 exp(s) + t."""
    kernel = [[5.0, 1.0, 5.0, 3.0], [8.0, 8.0, 8.0, 8.0]]
    layer = AffineCoupling(linear(kernel, np.zeros(4)), [1, 0])
    for amplitude in (1.0, 0.4):
        layer.amplitude.assign(amplitude)
        y, log_determinant = layer(tf.constant([[0.5, 2.0]]))
        s = amplitude * np.tanh(0.5)
        np.testing.assert_allclose(y, [[0.5, 2 * np.exp(s) + 1.5]], rtol=1e-6)
        np.testing.assert_allclose(log_determinant, [s], rtol=1e-6)


def test_autoregressive_part_by_hand():
    """mu = (1, 2 x_1), alpha = (log 2, x_1)."""
    layer = MaskedAutoregressive(
        linear([[0.0, 2.0, 0.0, 1.0], [0.0] * 4], [1.0, 0.0, np.log(2), 0.0])
    )
    u, log_determinant = layer(tf.constant([[0.5, 3.0]]))
    np.testing.assert_allclose(u, [[-0.25, 2 * np.exp(-0.5)]], rtol=1e-6)
    np.testing.assert_allclose(log_determinant, [-np.log(2) - 0.5], rtol=1e-6)


def test_squeeze_keeps_neighbors_together():
    image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    np.testing.assert_array_equal(Squeeze()(image)[0][0, 0], [[0, 1, 4, 5], [2, 3, 6, 7]])


def test_a_flow_adds_the_determinants_of_its_steps():
    first, second = scaled(DiagonalScale(4)), scaled(DiagonalScale(4))
    z, log_determinant = Flow([first, second], (4,))(tf.ones([3, 4]))
    np.testing.assert_allclose(z[0], np.exp([0.6, -1.4, 0.2, 0.0]), rtol=1e-6)
    np.testing.assert_allclose(log_determinant, 3 * [-0.6], rtol=1e-6)
