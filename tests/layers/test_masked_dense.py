import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import MaskedDense

# Two masks, four inputs, three units.
INPUTS = [[1, 2, 3, 4], [2, 4, 1, 3]]
OUTPUTS = [[1, 3, 4], [3, 1, 2]]


def built(**settings):
    layer = MaskedDense(INPUTS, OUTPUTS, **settings)
    layer.build((None, 4))
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("mask_number", [0, 1])
@pytest.mark.parametrize("strict", [False, True])
def test_output_is_that_of_the_masked_kernel(mask_number, strict):
    layer = built(strict=strict, activation="tanh")
    kernel, bias = layer.get_weights()
    for k, source in enumerate(INPUTS[mask_number]):
        for j, target in enumerate(OUTPUTS[mask_number]):
            sees = target > source if strict else target >= source
            kernel[k, j] *= sees
    x = np.random.default_rng(1).normal(size=(5, 4)).astype("float32")
    np.testing.assert_array_equal(layer.masked_kernel(mask_number), kernel)
    outputs = layer(x, mask_number=mask_number)
    np.testing.assert_allclose(outputs, np.tanh(x @ kernel + bias), rtol=1e-5, atol=1e-6)
    if mask_number == 0:
        np.testing.assert_array_equal(outputs, layer(x))


def test_masks_by_hand():
    layer = MaskedDense(INPUTS, OUTPUTS, kernel_initializer="ones", use_bias=False)
    layer.build((None, 4))
    np.testing.assert_array_equal(
        layer.masked_kernel(0), [[1, 1, 1], [0, 1, 1], [0, 1, 1], [0, 0, 1]]
    )
    np.testing.assert_array_equal(
        layer.masked_kernel(1), [[1, 0, 1], [0, 0, 0], [1, 1, 1], [1, 0, 0]]
    )
    assert len(layer.weights) == 1


def test_masked_weights_get_no_gradient_and_no_value_brings_them_back():
    layer = built()
    x = tf.ones([3, 4])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(x, mask_number=1) ** 2)
    gradient = tape.gradient(loss, layer.kernel)
    mask = np.asarray(layer.masked_kernel(1)) != 0
    np.testing.assert_array_equal(np.asarray(gradient) != 0, mask)
    before = layer(x, mask_number=1)
    layer.kernel.assign_add(np.where(mask, 0.0, 1e6))
    np.testing.assert_array_equal(layer(x, mask_number=1), before)


def test_configuration_keeps_the_masks():
    layer = built(strict=True, activation="relu")
    copy = MaskedDense.from_config(layer.get_config())
    copy.build((None, 4))
    copy.set_weights(layer.get_weights())
    assert copy.get_config() == layer.get_config()
    x = np.random.default_rng(2).normal(size=(5, 4)).astype("float32")
    for number in (0, 1):
        np.testing.assert_array_equal(copy(x, mask_number=number), layer(x, mask_number=number))


def test_mixed_precision_multiplies_in_bfloat16():
    layer = built(dtype=keras.DTypePolicy("mixed_bfloat16"))
    assert layer(tf.ones([2, 4])).dtype == tf.bfloat16
    assert layer.kernel.dtype == "float32"


@pytest.mark.parametrize(("inputs", "outputs"), [([1, 2], [1, 2]), ([[1, 2]], [[1], [2]])])
def test_degrees_are_matrices_with_one_row_for_each_mask(inputs, outputs):
    with pytest.raises(ValueError, match="give one row for each mask"):
        MaskedDense(inputs, outputs)
