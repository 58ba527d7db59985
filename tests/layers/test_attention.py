import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import AttentiveRead, AttentiveWrite
from ganzoo.layers.attention import filterbanks

# g~ = 0, sigma^2 = 1, delta~ = 1/2 on five pixels: means 2, 3, 4.
PARAMETERS = np.array([[0.0, 0.0, 0.0, np.log(0.5), 0.0]], "float32")
ROWS = [
    [0.257058, 0.423818, 0.257058, 0.057357, 0.004708],
    [0.054489, 0.244201, 0.402620, 0.244201, 0.054489],
]


def with_parameters(layer, parameters, inputs):
    """The layer, built, whose linear maps ignore the state and give these parameters."""
    layer(inputs)
    kernel, _ = layer.parameters.get_weights()
    layer.parameters.set_weights([0 * kernel, np.ravel(parameters)])
    return layer


def exact(x, y, height, width, size, intensity=1.0):
    """Parameters of a grid with stride 1 around pixel (y, x), counted from 1, of no width."""
    centers = [2 * x / (width + 1) - 1, 2 * y / (height + 1) - 1]
    stride = (size - 1) / (max(height, width) - 1)
    return [*centers, np.log(1e-4), np.log(stride), np.log(intensity)]


def test_golden_filters():
    rows, columns, intensity = filterbanks(tf.constant(PARAMETERS), 3, 5, 5)
    np.testing.assert_allclose(columns[0, :2], ROWS, atol=1e-6)
    np.testing.assert_allclose(columns[0, 2], ROWS[0][::-1], atol=1e-6)
    np.testing.assert_allclose(rows, columns)
    np.testing.assert_allclose(intensity, [1.0])


def test_directions_have_their_own_centers_and_lengths():
    parameters = tf.constant([[0.5, -0.5, 0.0, np.log(0.5), 0.0]], tf.float32)
    rows, columns, _ = filterbanks(parameters, 3, 7, 4)
    assert rows.shape == (1, 3, 7) and columns.shape == (1, 3, 4)
    # g_Y = (7 + 1) / 2 * 0.5 = 2, g_X = (4 + 1) / 2 * 1.5 = 3.75, stride (7 - 1) / 2 / 2 = 1.5
    for bank, center, pixels in ((rows, 2.0, 7), (columns, 3.75, 4)):
        positions = np.arange(1, pixels + 1)
        for i, mean in enumerate(center + np.array([-1.5, 0.0, 1.5])):
            weights = np.exp(-0.5 * (positions - mean) ** 2)
            np.testing.assert_allclose(bank[0, i], weights / weights.sum(), rtol=1e-4)


@pytest.mark.parametrize("log_variance", [-30.0, 0.0, 30.0])
def test_rows_sum_to_one_at_any_width_and_place(log_variance):
    parameters = tf.constant([[3.0, -40.0, log_variance, 2.0, 0.0]], tf.float32)
    for bank in filterbanks(parameters, 4, 9, 6)[:2]:
        assert np.isfinite(bank).all()
        np.testing.assert_allclose(tf.reduce_sum(bank, -1), np.ones((1, 4)), rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_narrow_filters_read_and_write_a_crop(channels):
    rng = np.random.default_rng(0)
    image, error = rng.normal(size=(2, 1, 7, 9, channels)).astype("float32")
    state = np.ones((1, 4), "float32")
    read = with_parameters(AttentiveRead(3), exact(4, 3, 7, 9, 3, 2.0), [image, error, state])
    patches = np.reshape(read([image, error, state]), (3, 3, 2 * channels))
    crop = np.concatenate([image, error], axis=-1)[0, 1:4, 2:5]
    np.testing.assert_allclose(patches, 2.0 * crop, rtol=1e-5)

    write = with_parameters(AttentiveWrite(3, (7, 9, channels)), exact(4, 3, 7, 9, 3, 2.0), state)
    patch = np.reshape(write.patch(state), (3, 3, channels))
    expected = np.zeros((1, 7, 9, channels))
    expected[0, 1:4, 2:5] = patch / 2.0
    np.testing.assert_allclose(write(state), expected, atol=1e-5)


def test_layers_are_rebuilt_from_their_configuration(tmp_path):
    state, image = keras.Input((4,)), keras.Input((5, 6, 1))
    outputs = [AttentiveRead(2)([image, image, state]), AttentiveWrite(3, (5, 6, 1))(state)]
    model = keras.Model([state, image], outputs)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(2, 4)), rng.normal(size=(2, 5, 6, 1))]
    for one, other in zip(model(inputs), copy(inputs)):
        np.testing.assert_array_equal(one, other)
    assert outputs[0].shape == (None, 8) and outputs[1].shape == (None, 5, 6, 1)
