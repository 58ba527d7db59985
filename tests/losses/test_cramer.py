import itertools

import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import cramer


def column(values):
    return tf.constant(np.asarray(values, float))[:, None]


def triples(data, samples):
    """All independent (x, g, g') of points that are equally likely, as three columns."""
    return map(column, zip(*itertools.product(data, samples, samples)))


def mean_distance(a, b):
    return np.mean(np.abs(np.subtract.outer(np.asarray(a), np.asarray(b))))


def energy_distance(a, b):
    return 2 * mean_distance(a, b) - mean_distance(a, a) - mean_distance(b, b)


DATA, SAMPLES = [0.0, 0.3, 2.0, 2.5], [-1.0, 0.4, 1.1]


def test_energy_distance_is_twice_the_squared_cramer_distance():
    """2 int (F - F')^2, between the sorted points where both distributions are constant."""
    points = np.sort(np.array(DATA + SAMPLES))
    gaps = [np.mean(np.array(DATA) <= p) - np.mean(np.array(SAMPLES) <= p) for p in points[:-1]]
    integral = np.sum(np.square(gaps) * np.diff(points))
    assert energy_distance(DATA, SAMPLES) == pytest.approx(2 * integral, rel=1e-12)


def test_generator_loss_is_the_energy_distance_and_a_constant_of_the_data():
    loss = np.mean(cramer.generator_loss(*triples(DATA, SAMPLES)))
    expected = energy_distance(DATA, SAMPLES) + mean_distance(DATA, DATA)
    assert loss == pytest.approx(expected, rel=1e-5)


def test_two_points():
    """The energy distance of two Diracs is 2 t."""
    x, g = tf.zeros([1, 2]), tf.constant([[3.0, 4.0]])
    np.testing.assert_allclose(cramer.generator_loss(x, g, g), [10.0], rtol=1e-6)


def test_normal_distributions_one_apart():
    rng = np.random.default_rng(0)
    x, y = (column(rng.normal(size=4000)) for _ in range(2))
    g, other = (column(1 + rng.normal(size=4000)) for _ in range(2))
    distance = np.mean(cramer.generator_loss(x, g, other)) - np.mean(np.abs(x - y))
    assert distance == pytest.approx(0.5418, abs=0.06)


def test_witness_at_chosen_features():
    features = tf.constant([[3.0, 4.0], [3.0, 4.0], [0.0, 0.0]])
    fakes = tf.constant([[0.0, 0.0], [3.0, 0.0], [0.0, 2.0]])
    np.testing.assert_allclose(cramer.witness(features, fakes), [0.0, -1.0, 2.0], atol=2e-6)


def test_critic_loss_is_a_difference_of_witnesses():
    x, g, other = (tf.constant([[v, 0.5]]) for v in (1.0, -0.5, 2.0))
    expected = cramer.witness(g, other) - cramer.witness(x, other)
    np.testing.assert_allclose(cramer.critic_loss(x, g, other), expected)


def test_critic_loss_vanishes_where_samples_are_as_data():
    assert np.mean(cramer.critic_loss(*triples(DATA, DATA))) == pytest.approx(0.0, abs=1e-12)


def test_surrogate_is_the_energy_distance_where_the_data_are_the_origin():
    """E f(x) - E f(g) = 2 E||g|| - E||g - g'||."""
    loss = np.mean(cramer.critic_loss(*triples([0.0], SAMPLES)))
    assert -loss == pytest.approx(energy_distance([0.0], SAMPLES), rel=1e-5)


def test_minibatch_gradients_are_unbiased():
    """Over all minibatches of two data points, of a distribution of two: the true gradient."""
    shift = tf.Variable(0.3, dtype=tf.float64)
    support, noise = [0.0, 1.0], [-0.2, 0.5]

    def gradient(data):
        with tf.GradientTape() as tape:
            x, z, other = triples(data, noise)
            loss = tf.reduce_mean(cramer.generator_loss(x, z + shift, other + shift))
        return float(tape.gradient(loss, shift))

    minibatches = [gradient(data) for data in itertools.product(support, support)]
    assert np.mean(minibatches) == pytest.approx(gradient(support), rel=1e-9)
    assert np.std(minibatches) > 0.1


def test_minibatch_gradients_of_the_empirical_wasserstein_distance_are_biased():
    """The same of what the energy distance mends; matching in order is the cheapest."""
    support, noise = np.array([0.0, 1.0]), np.array([-0.2, 1.0])

    def gradient(data, shift=0.3, step=1e-4):
        def distance(at):
            return np.abs(np.sort(data) - np.sort(noise + at)).mean()

        return (distance(shift + step) - distance(shift - step)) / (2 * step)

    minibatches = [gradient(np.array(data)) for data in itertools.product(support, support)]
    assert gradient(support) == pytest.approx(1.0)  # both samples, 0.1 and 1.3, lie above
    assert np.mean(minibatches) == pytest.approx(0.75)  # before (1, 1) one of them lies below


def test_gradient_is_finite_at_equal_features():
    features = tf.Variable(np.zeros((2, 3)))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(cramer.generator_loss(features, features, features))
        loss += tf.reduce_sum(cramer.critic_loss(features, features, features))
    assert np.isfinite(tape.gradient(loss, features)).all()
