import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import cross_entropy, wasserstein
from ganzoo.regularizers import gradient_penalty

WEIGHTS = np.array([0.5, -2.0, 1.0])


def data(shape=(6, 3), seed=0):
    return tf.constant(np.random.default_rng(seed).normal(size=shape))


def linear(weights):
    return lambda samples: tf.linalg.matvec(samples, weights)[:, None] + 3.0


def network(parameters):
    """A curved critic of images [N, 2, 2, 1] with eight parameters."""
    matrix, last = tf.reshape(parameters[:8], [4, 2]), tf.constant([[1.5], [-0.7]], tf.float64)
    return lambda samples: tf.tanh(tf.reshape(samples, [-1, 4]) @ matrix) @ last


@pytest.mark.parametrize("scale", [0.0, 0.3, 1.0, 4.0])
def test_linear_critic_on_any_data(scale):
    weights = tf.constant(scale * WEIGHTS)
    norm = scale * np.linalg.norm(WEIGHTS)
    for seed in range(2):
        penalty = gradient_penalty.two_sided_penalty(linear(weights), data(seed=seed))
        assert penalty.shape == (6,)
        # The root's epsilon is 1e-12: felt at a norm of zero, where it moves the norm by 1e-6.
        np.testing.assert_allclose(penalty, (norm - 1) ** 2, atol=1e-11 if scale else 3e-6)
        for penalty in (gradient_penalty.r1_penalty, gradient_penalty.r2_penalty):
            values = penalty(linear(weights), data(seed=seed))
            np.testing.assert_allclose(values, 0.5 * norm**2, atol=1e-12)


def test_unit_norm_costs_nothing():
    weights = tf.constant(WEIGHTS / np.linalg.norm(WEIGHTS))
    penalty = gradient_penalty.two_sided_penalty(linear(weights), data())
    np.testing.assert_allclose(penalty, 0, atol=1e-20)


@pytest.mark.parametrize("scale", [0.2, 4.0])
def test_penalty_reaches_the_weights_through_the_second_derivative(scale):
    weights = tf.Variable(scale * WEIGHTS)
    norm = scale * np.linalg.norm(WEIGHTS)
    with tf.GradientTape(persistent=True) as tape:
        two_sided = tf.reduce_mean(gradient_penalty.two_sided_penalty(linear(weights), data()))
        r1 = tf.reduce_mean(gradient_penalty.r1_penalty(linear(weights), data()))
    gradient = tape.gradient(two_sided, weights)
    np.testing.assert_allclose(gradient, 2 * (norm - 1) * scale * WEIGHTS / norm, rtol=1e-9)
    np.testing.assert_allclose(tape.gradient(r1, weights), scale * WEIGHTS, rtol=1e-12)


def test_no_nan_where_the_gradient_vanishes():
    weights = tf.Variable(np.zeros(3))
    with tf.GradientTape() as tape:
        penalty = tf.reduce_mean(gradient_penalty.two_sided_penalty(linear(weights), data()))
    assert np.isfinite(tape.gradient(penalty, weights)).all()


def test_norm_is_per_example_over_all_axes():
    images = data((5, 2, 3, 2))
    norms = np.linalg.norm(images.numpy().reshape(5, -1), axis=1)

    def half_square(samples):
        return 0.5 * tf.reduce_sum(tf.square(samples), axis=[1, 2, 3])[:, None]

    np.testing.assert_allclose(
        gradient_penalty.squared_gradient_norm(half_square, images), norms**2, rtol=1e-12
    )
    np.testing.assert_allclose(
        gradient_penalty.two_sided_penalty(half_square, images), (norms - 1) ** 2, rtol=1e-9
    )
    np.testing.assert_allclose(
        gradient_penalty.r1_penalty(half_square, images), 0.5 * norms**2, rtol=1e-12
    )


@pytest.mark.parametrize("name", ["two_sided_penalty", "r1_penalty", "r2_penalty"])
def test_gradient_to_the_parameters_equals_finite_differences(name):
    penalty = getattr(gradient_penalty, name)
    images, start = data((4, 2, 2, 1)), np.random.default_rng(1).normal(size=8)

    def value(parameters):
        return tf.reduce_mean(penalty(network(tf.convert_to_tensor(parameters)), images))

    parameters = tf.Variable(start)
    with tf.GradientTape() as tape:
        loss = value(parameters)
    gradient = tape.gradient(loss, parameters).numpy()
    step = 1e-5
    differences = [
        float(value(start + step * unit) - value(start - step * unit)) / (2 * step)
        for unit in np.eye(8)
    ]
    assert np.abs(gradient).min() > 1e-4
    np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-9)


def test_interpolation_between_pairs_by_index():
    real, fake = data((3, 2, 2, 1), seed=0), data((3, 2, 2, 1), seed=1)
    epsilon = tf.constant([0.0, 0.25, 1.0], tf.float64)[:, None, None, None]
    mixed = gradient_penalty.interpolate(real, fake, epsilon)
    np.testing.assert_array_equal(mixed[0], fake[0])
    np.testing.assert_allclose(mixed[1], 0.25 * real[1] + 0.75 * fake[1], rtol=1e-15)
    np.testing.assert_array_equal(mixed[2], real[2])


def test_data_and_samples_may_change_places():
    """The mean over epsilon is the same: U(0, 1) is symmetric about 1/2."""
    real, fake = data((4, 2, 2, 1), seed=0), 2.0 + data((4, 2, 2, 1), seed=1)
    critic = network(tf.constant(np.random.default_rng(2).normal(size=8)))

    def mean_penalty(one, other):
        epsilons = (np.arange(20) + 0.5) / 20
        return np.mean(
            [
                gradient_penalty.two_sided_penalty(
                    critic, gradient_penalty.interpolate(one, other, epsilon)
                )
                for epsilon in epsilons
            ]
        )

    assert mean_penalty(real, fake) == pytest.approx(mean_penalty(fake, real), rel=1e-12)


# === Dirac-GAN: data at 0, samples at theta, a(x) = psi x (Mescheder et al. 2018, 1801.04406) ===

NON_SATURATING = (
    cross_entropy.discriminator_loss,
    cross_entropy.non_saturating_generator_loss,
)
WASSERSTEIN = (wasserstein.critic_loss, wasserstein.generator_loss)


def no_penalty(critic, real, fake):
    return 0.0


def r1(gamma):
    return lambda critic, real, fake: gamma * gradient_penalty.r1_penalty(critic, real)


def r2(gamma):
    return lambda critic, real, fake: gamma * gradient_penalty.r2_penalty(critic, fake)


def two_sided(critic, real, fake):
    points = gradient_penalty.interpolate(real, fake, tf.constant([[0.5]], tf.float64))
    return gradient_penalty.two_sided_penalty(critic, points)


def flow(point, losses, penalty):
    """Minus the gradients of both players, of the generator to theta, of the other to psi, [2]."""
    critic_loss, generator_loss = losses
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(point)
        theta, psi = point[0], point[1]
        real, fake = tf.zeros([1, 1], tf.float64), tf.reshape(theta, [1, 1])

        def critic(samples):
            return psi * samples

        first = critic_loss(critic(real), critic(fake))
        first += penalty(critic, real, tf.stop_gradient(fake))
        second = generator_loss(critic(fake))
    return -tf.stack([tape.gradient(second, point)[0], tape.gradient(first, point)[1]])


@pytest.mark.parametrize("penalty", [r1, r2])
@pytest.mark.parametrize(
    ("gamma", "eigenvalue"),
    [(0.0, 0.5j), (0.3, -0.15 + 0.47696960j), (1.0, -0.5 + 0j)],
)
def test_the_non_saturating_game_turns_without_r1_or_r2_and_converges_with_either(
    gamma, eigenvalue, penalty
):
    point = tf.Variable(np.zeros(2))
    with tf.GradientTape() as tape:
        velocity = flow(point, NON_SATURATING, penalty(gamma))
    eigenvalues = np.linalg.eigvals(tape.jacobian(velocity, point).numpy())
    # A double root is found to the square root of the rounding.
    np.testing.assert_allclose(eigenvalues.real, eigenvalue.real, atol=3e-8)
    np.testing.assert_allclose(np.abs(eigenvalues.imag), eigenvalue.imag, atol=3e-8)


def test_the_wasserstein_game_turns():
    point = tf.Variable(np.zeros(2))
    with tf.GradientTape() as tape:
        velocity = flow(point, WASSERSTEIN, no_penalty)
    np.testing.assert_allclose(tape.jacobian(velocity, point), [[0, 1], [-1, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("penalty", "converges"),
    [(no_penalty, False), (two_sided, False), (r1(1.0), True), (r2(1.0), True)],
    ids=["none", "two-sided", "r1", "r2"],
)
def test_of_the_penalties_of_the_wasserstein_game_only_the_zero_centered_lead_to_the_data(
    penalty, converges
):
    @tf.function
    def end(point):
        distance = tf.constant(np.inf, tf.float64)
        for step in tf.range(1000):
            point += 0.05 * flow(point, WASSERSTEIN, penalty)
            if step >= 900:
                distance = tf.minimum(distance, tf.norm(point))
        return distance, tf.norm(point)

    nearest, last = end(tf.constant([0.6, 0.3], tf.float64))
    if converges:
        assert last < 1e-6
    else:
        assert nearest > 0.3
