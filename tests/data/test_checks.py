import numpy as np
import pytest
import tensorflow as tf

import ganzoo.data
from ganzoo.data import checks

SHAPE = (8, 8, 1)
SIGNED, UNIT = (-1.0, 1.0), (0.0, 1.0)


def images(low=-1.0, high=1.0, shape=(4, 8, 8, 1), dtype=np.float32):
    return np.linspace(low, high, int(np.prod(shape))).reshape(shape).astype(dtype)


def test_good_examples_pass():
    checks.check_examples(images(), SHAPE, SIGNED)
    checks.check_examples(images(-1.0005, 1.0005), SHAPE, SIGNED)
    checks.check_examples(images(dtype=np.float16), SHAPE, SIGNED)
    checks.check_examples(tf.cast(images(), tf.bfloat16), SHAPE, SIGNED)
    checks.check_examples(images(-50, 50, (4, 2)), (2,), None)


@pytest.mark.parametrize(
    "x, value_range, message",
    [
        (images(0, 255, dtype=np.uint8), SIGNED, r"x is uint8 in \[0, 255\].*x / 127.5 - 1"),
        (images(0, 255, dtype=np.uint8), UNIT, r"x is uint8 in \[0, 255\].*x / 255"),
        (images(0, 255), SIGNED, r"x is in \[0, 255\]; .* takes \[-1, 1\]: use x / 127.5 - 1"),
        (images(0, 255), UNIT, r"x is in \[0, 255\]; .* takes \[0, 1\]: use x / 255"),
        (images(-1, 1), UNIT, r"x is in \[-1, 1\]; .* takes \[0, 1\]: use \(x \+ 1\) / 2"),
        (images(-3, 1), SIGNED, r"x is in \[-3, 1\]; .* takes \[-1, 1\]: rescale x to \[-1, 1\]"),
        (images(-1, 1.002), SIGNED, r"x is in \[-1, 1.002\]"),
        (images(0, 9, dtype=np.int64), SIGNED, r"x is int64; .* float32 in \[-1, 1\]"),
    ],
)
def test_wrong_range(x, value_range, message):
    with pytest.raises(ValueError, match=message):
        checks.check_examples(x, SHAPE, value_range)


def test_integer_vectors_name_the_cast():
    with pytest.raises(ValueError, match=r"x is int64.*x.astype\('float32'\)"):
        checks.check_examples(np.ones([3, 2], np.int64), (2,), None)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_values_are_counted_and_located(value):
    x = images()
    x[2, 3, 4, 0] = x[3, 0, 0, 0] = value
    with pytest.raises(ValueError, match=r"2 values .* NaN or infinite.*\(2, 3, 4, 0\)"):
        checks.check_examples(x, SHAPE, SIGNED)


@pytest.mark.parametrize(
    "shape, message",
    [
        ((4, 8, 8), r"\[4, 8, 8\]; .* \[N, 8, 8, 1\]: .*channel axis: x\[..., None\]"),
        ((8, 8, 1), r"batch axis: x\[None\]"),
        ((4, 1, 8, 8), r"np.moveaxis\(x, 1, -1\)"),
        ((4, 8, 8, 3), "create the model with another data_shape"),
        ((4,), r"x has shape \[4\]"),
    ],
)
def test_wrong_shape(shape, message):
    with pytest.raises(ValueError, match=message):
        checks.check_examples(images(shape=shape), SHAPE, SIGNED)


def test_empty_and_not_numeric():
    with pytest.raises(ValueError, match=r"x is empty \(shape \[0, 8, 8, 1\]\)"):
        checks.check_examples(np.zeros([0, 8, 8, 1]), SHAPE, SIGNED)
    with pytest.raises(ValueError, match="data has dtype object"):
        checks.check_examples(np.array([None, 1]), SHAPE, SIGNED, name="data")


def test_good_labels_pass():
    checks.check_labels(np.array([0, 9, 3]), 10, 3)
    checks.check_labels([1, 2], None, 2)
    checks.check_labels(tf.constant([1, 2]), 3, 2)
    checks.check_labels([-1, 2], 3, 2, unlabelled=True)


@pytest.mark.parametrize("y", [[-2, 0], [0, 3]])
def test_wrong_labels_of_semi_supervised_data(y):
    with pytest.raises(ValueError, match=r"labels must be in \[0, 3\), or -1 where the label"):
        checks.check_labels(y, 3, 2, unlabelled=True)


@pytest.mark.parametrize(
    "y, message",
    [
        (None, r"needs labels: give y, integers in \[0, 3\)"),
        ([0.0, 1.0], r"y has dtype float64; .*y.astype\('int32'\)"),
        ([True, False], "y has dtype bool"),
        ([0, 3], r"y\[1\] is 3; labels must be in \[0, 3\)"),
        ([-1, 0], r"y\[0\] is -1"),
        ([0, 1, 2], "3 labels for 2 examples"),
        ([[0], [1]], r"shape \[2, 1\].*y\[:, 0\]"),
        ([[1, 0, 0], [0, 1, 0]], r"np.argmax\(y, axis=-1\)"),
        (1, r"labels are integers of shape \[N\]"),
    ],
)
def test_wrong_labels(y, message):
    with pytest.raises(ValueError, match=message):
        checks.check_labels(y, 3, 2)


def spec(shape=(None, 8, 8, 1), dtype="float32"):
    return tf.TensorSpec(shape, dtype)


def test_good_element_specs_pass():
    for x in (spec(), spec((16, 8, 8, 1)), spec((None, None, None, 1)), spec(None)):
        checks.check_element_spec(x, SHAPE, SIGNED)
        checks.check_element_spec((x,), SHAPE, SIGNED)
        checks.check_element_spec((x, spec([None], "int64")), SHAPE, SIGNED, num_classes=10)
    # a model without labels ignores whatever comes as y
    checks.check_element_spec((spec(), spec([None, 10])), SHAPE, SIGNED)


@pytest.mark.parametrize(
    "element, num_classes, message",
    [
        (spec(dtype="uint8"), None, r"uint8.*lambda x: tf.cast\(x, 'float32'\) / 127.5 - 1"),
        ((spec(dtype="uint8"), spec([None], "int32")), None, r"lambda x, y: \(tf.cast.*, y\)"),
        (spec([8, 8, 1]), None, r"single examples .*dataset.batch\(batch_size\)"),
        (spec([None, 8, 8]), None, r"x\[..., None\]"),
        (spec([None, 16, 16, 1]), None, r"takes \[N, 8, 8, 1\]"),
        (spec(), 10, r"needs labels, and the dataset yields x alone.*\[0, 10\)"),
        ((spec(), spec([None])), 10, r"dtype float32; labels are integers"),
        ((spec(), spec([None, 10], "int32")), 10, r"tf.argmax\(y, axis=-1\)"),
        ({"image": spec(), "label": spec()}, None, r"keys: image, label.*element\['image'\]"),
        ((spec(), spec(), spec()), None, "tuples of 3"),
    ],
)
def test_wrong_element_spec(element, num_classes, message):
    with pytest.raises(ValueError, match=message):
        checks.check_element_spec(element, SHAPE, SIGNED, num_classes)


def test_element_spec_cure_follows_the_value_range():
    with pytest.raises(ValueError, match=r"\[0, 1\]: use dataset.map.* / 255\)"):
        checks.check_element_spec(spec(dtype="uint8"), SHAPE, UNIT)


def test_first_batch():
    labels = tf.constant([0, 1, 2, 3])
    checks.check_first_batch((tf.constant(images()), labels), SHAPE, SIGNED, num_classes=4)
    with pytest.raises(ValueError, match=r"x is in \[0, 255\]"):
        checks.check_first_batch(tf.constant(images(0, 255)), SHAPE, SIGNED)
    with pytest.raises(ValueError, match=r"y\[3\] is 3"):
        checks.check_first_batch((tf.constant(images()), labels), SHAPE, SIGNED, num_classes=3)


def test_bits_and_one_hot_vectors_pass():
    checks.check_discrete(np.float32([[0, 1], [1, 1]]), "bernoulli")
    checks.check_discrete(tf.constant([[0.0, 1.0]]), "bernoulli")
    checks.check_discrete(np.eye(5, dtype=np.float32)[[[0, 4], [2, 2]]], "categorical")
    checks.check_discrete(ganzoo.data.load("four_bits").scaled(), "bernoulli")


@pytest.mark.parametrize("value", [0.5, -1.0, 2.0, 1 - 1e-6, np.nan])
def test_other_values_than_bits_are_located(value):
    x = np.ones([4, 3, 2], np.float32)
    x[2, 1, 0] = x[3, 0, 1] = value
    message = r"x is .* at index \(2, 1, 0\); .*binarized='static'\), or \(x > 0.5\).astype"
    with pytest.raises(ValueError, match=message):
        checks.check_discrete(x, "bernoulli")
    x = np.zeros([4, 3, 2], np.float32)
    x[..., 1] = 1
    x[2, 1, 0] = value
    with pytest.raises(ValueError, match=r"at index \(2, 1, 0\); .*to_categorical\(x, num_classes"):
        checks.check_discrete(x, "categorical")


@pytest.mark.parametrize("ones", [0, 2, 3])
def test_vectors_that_are_not_one_hot_are_located(ones):
    x = np.eye(3, dtype=np.float32)[np.zeros([4, 5], int)]
    x[1, 4] = np.arange(3) < ones
    x[2, 0] = np.arange(3) < ones
    message = rf"codes has {ones} ones in the vector at index \(1, 4\); .*colors=16"
    with pytest.raises(ValueError, match=message):
        checks.check_discrete(x, "categorical", name="codes")
    checks.check_discrete(x, "bernoulli")


def test_unknown_distribution():
    with pytest.raises(ValueError, match="distribution='binary' must be 'bernoulli'"):
        checks.check_discrete(np.ones([1, 1]), "binary")
