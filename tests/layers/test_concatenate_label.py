import keras
import numpy as np
import tensorflow as tf

from ganzoo.layers import ConcatenateLabel

LABEL = tf.constant([2, 0])


def test_vector_gains_a_one_hot_label():
    features = tf.constant([[5.0, 6.0], [7.0, 8.0]])
    outputs = ConcatenateLabel(3)([features, LABEL])
    np.testing.assert_array_equal(outputs, [[5, 6, 0, 0, 1], [7, 8, 1, 0, 0]])


def test_image_gains_constant_maps():
    images = tf.random.stateless_normal([2, 3, 4, 2], [0, 0])
    outputs = ConcatenateLabel(3)([images, LABEL]).numpy()
    assert outputs.shape == (2, 3, 4, 5)
    np.testing.assert_array_equal(outputs[..., :2], images)
    maps = outputs[..., 2:]
    np.testing.assert_array_equal(maps, np.broadcast_to(maps[:, :1, :1], maps.shape))
    np.testing.assert_array_equal(maps[:, 0, 0], [[0, 0, 1], [1, 0, 0]])


def test_symbolic_shape_and_config():
    layer = ConcatenateLabel(3)
    outputs = layer([keras.Input((4, 6, 2)), keras.Input((), dtype="int32")])
    assert outputs.shape == (None, 4, 6, 5)
    assert ConcatenateLabel.from_config(layer.get_config()).num_classes == 3


def test_keeps_the_precision_of_its_features():
    features = tf.zeros([2, 2], tf.bfloat16)
    assert ConcatenateLabel(3, dtype="bfloat16")([features, LABEL]).dtype == tf.bfloat16
