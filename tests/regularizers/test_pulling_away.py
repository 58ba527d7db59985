import numpy as np
import pytest
import tensorflow as tf

from ganzoo.regularizers.pulling_away import pulling_away


def term(codes):
    codes = tf.constant(codes, tf.float32)
    return float(tf.reduce_mean(pulling_away(codes, codes)))


def codes(count=5, size=3, seed=0):
    return np.random.default_rng(seed).normal(size=(count, size))


def test_is_the_mean_squared_cosine_over_all_pairs():
    s = codes()
    pairs = [(i, j) for i in range(5) for j in range(5) if i != j]
    cosines = [s[i] @ s[j] / np.linalg.norm(s[i]) / np.linalg.norm(s[j]) for i, j in pairs]
    assert term(s) == pytest.approx(np.sum(np.square(cosines)) / (5 * 4), rel=1e-5)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (np.eye(4), 0.0),
        (np.tile([[1.0, 2.0, -3.0]], (4, 1)), 1.0),
        ([[1.0, 2.0], [-1.0, -2.0]], 1.0),
        ([[0.3], [-2.0], [5.0]], 1.0),  # codes of one dimension
        ([[1.0, 0.0], [1.0, 1.0]], 0.5),
    ],
    ids=["orthogonal", "duplicated", "opposite", "one dimension", "45 degrees"],
)
def test_values_by_hand(rows, expected):
    assert term(rows) == pytest.approx(expected, abs=1e-6)


def test_lengths_do_not_matter_and_means_do():
    s = codes()
    assert term(s * np.array([[0.1], [3.0], [-7.0], [1.0], [20.0]])) == pytest.approx(term(s))
    assert abs(term(s + 5.0) - term(s)) > 0.1


def test_rows_of_a_part_are_those_of_the_whole():
    s = tf.constant(codes(6), tf.float32)
    whole = pulling_away(s, s)
    parts = [pulling_away(s[:2], s), pulling_away(s[2:], s)]
    np.testing.assert_allclose(tf.concat(parts, axis=0), whole, rtol=1e-6)


def test_gradient_equals_finite_differences():
    start, step = codes(4, 2), 1e-2
    variable = tf.Variable(start, dtype=tf.float32)
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(pulling_away(variable, variable))
    differences = np.zeros_like(start)
    for index in np.ndindex(start.shape):
        unit = np.zeros_like(start)
        unit[index] = step
        differences[index] = (term(start + unit) - term(start - unit)) / (2 * step)
    assert np.abs(differences).max() > 0.05
    np.testing.assert_allclose(tape.gradient(value, variable), differences, atol=2e-3)


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], np.zeros((3, 2))], ids=["one code", "zeros"])
def test_no_nan_without_pairs_or_directions(rows):
    variable = tf.Variable(rows, dtype=tf.float32)
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(pulling_away(variable, variable))
    assert float(value) == pytest.approx(0.0, abs=1e-6)
    assert np.isfinite(tape.gradient(value, variable)).all()
