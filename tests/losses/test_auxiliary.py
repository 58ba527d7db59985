import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import auxiliary

PROBABILITIES = np.array([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]])
LOGITS = tf.constant(np.log(PROBABILITIES) + [[1.0], [-2.0]])  # a constant changes nothing


def test_class_loss_is_the_negative_log_probability_of_the_label():
    loss = auxiliary.class_loss(LOGITS, tf.constant([2, 0]))
    np.testing.assert_allclose(loss, [-np.log(0.3), -np.log(0.7)], rtol=1e-12)


@pytest.mark.parametrize("classes", [3, 10])
def test_equal_logits_cost_the_logarithm_of_the_number_of_classes(classes):
    equal = 0.7 * tf.ones([2, classes])
    expected = [np.log(classes)] * 2
    np.testing.assert_allclose(auxiliary.class_loss(equal, tf.constant([0, 2])), expected)
    one_hot = tf.one_hot([0, 2], classes)
    np.testing.assert_allclose(auxiliary.category_loss(equal, one_hot), expected)


def test_category_loss_is_the_cross_entropy_of_the_code():
    category = tf.one_hot([2, 0], 3, dtype=tf.float64)
    loss = auxiliary.category_loss(LOGITS, category)
    np.testing.assert_allclose(loss, [-np.log(0.3), -np.log(0.7)], rtol=1e-12)


def test_information_bound_is_tight_at_the_posterior():
    """Of a channel p(x|c) and equally likely codes, by enumeration."""
    channel = np.array([[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])  # rows c, columns x
    joint = channel / 3
    posterior = joint / joint.sum(axis=0)
    information = np.sum(joint * np.log(joint / (joint.sum(0) / 3)))

    def bound(q):
        """ln 3 - E[category_loss] for q(c|x), rows c."""
        losses = [
            auxiliary.category_loss(
                tf.constant(np.log(q.T)), tf.one_hot([c] * 3, 3, dtype="float64")
            )
            for c in range(3)
        ]
        return np.log(3) - np.sum(joint * np.array(losses))

    assert bound(posterior) == pytest.approx(information, abs=1e-12)
    assert bound(np.full((3, 3), 1 / 3)) == pytest.approx(0.0, abs=1e-12)
    smoothed = 0.9 * posterior + 0.1 / 3
    assert information - 0.1 < bound(smoothed) < information - 1e-3
    assert information < np.log(3)


def test_uniform_code_loss_is_a_gaussian_of_unit_variance():
    codes = tf.constant([[0.5, -1.0], [0.0, 0.0]], tf.float64)
    means = tf.constant([[0.5, 1.0], [0.0, 0.0]], tf.float64)
    constant = np.log(2 * np.pi)  # half of it for each code
    loss = auxiliary.uniform_code_loss(means, codes)
    np.testing.assert_allclose(loss, [0.5 * 2.0**2 + constant, constant], rtol=1e-12)
