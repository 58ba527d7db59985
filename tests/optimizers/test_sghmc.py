import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.optimizers import SGHMC


@pytest.mark.parametrize(
    "rate, steps, position, velocity",
    [(1e-2, 80, 1.0026, 0.01055), (1e-3, 600, 1.0003, 0.00105)],
)
def test_stationary_moments_of_a_standard_normal(rate, steps, position, velocity):
    """U = theta^2 / 2 with friction 0.1; the variances are those of the discrete recursion."""
    theta = keras.Variable(np.random.default_rng(0).normal(size=200_000).astype("float32"))
    optimizer = SGHMC(rate, num_examples=1, friction=0.1, prior_std=1e6)
    optimizer.build([theta])

    @tf.function
    def step():
        optimizer.apply([tf.convert_to_tensor(theta)], [theta])

    for _ in range(steps):  # several times friction / rate, in which it settles
        step()
    assert np.var(theta.numpy()) == pytest.approx(position, abs=0.012)
    assert np.var(optimizer.velocities[0].numpy()) == pytest.approx(velocity, rel=0.015)


def test_the_prior_is_a_posterior_without_data():
    theta = keras.Variable(2.0 * np.random.default_rng(0).normal(size=200_000).astype("float32"))
    optimizer = SGHMC(0.02, num_examples=1, friction=0.1, prior_std=2.0)
    optimizer.build([theta])
    for _ in range(60):
        optimizer.apply([tf.zeros(200_000)], [theta])
    assert np.std(theta.numpy()) == pytest.approx(2.0, rel=0.02)


def test_without_noise_it_is_momentum():
    gradients = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    values = []
    for optimizer in (
        SGHMC(0.1, num_examples=1e30, friction=0.3),
        keras.optimizers.SGD(0.1, momentum=0.7),
    ):
        theta = keras.Variable([1.0, -2.0, 0.5])
        optimizer.build([theta])
        for gradient in gradients:
            optimizer.apply([tf.constant(gradient)], [theta])
        values.append(theta.numpy())
    np.testing.assert_allclose(*values, rtol=1e-5)


def test_noise_differs_between_variables_and_steps_and_repeats_with_the_seed():
    def moves(seed):
        pair = [keras.Variable(tf.zeros(4)), keras.Variable(tf.zeros(4))]
        optimizer = SGHMC(0.1, num_examples=10, friction=1.0, seed=seed)
        optimizer.build(pair)
        found = []
        for _ in range(2):
            optimizer.apply([tf.zeros(4)] * 2, pair)
            found += [velocity.numpy() for velocity in optimizer.velocities]
        return found

    first = moves(1)
    assert len({move.tobytes() for move in first}) == 4
    np.testing.assert_array_equal(first, moves(1))
    assert not np.array_equal(first[0], moves(2)[0])


def test_configuration():
    optimizer = SGHMC(0.2, num_examples=7, friction=0.4, prior_std=3.0, seed=5)
    twin = keras.optimizers.get(keras.optimizers.serialize(optimizer))
    assert isinstance(twin, SGHMC)
    assert twin.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    "setting", [{"num_examples": 0}, {"friction": 1.5}, {"friction": 0.0}, {"prior_std": -1.0}]
)
def test_settings_are_checked(setting):
    [(name, value)] = setting.items()
    with pytest.raises(ValueError, match=f"{name}={value!r}: give a number above 0"):
        SGHMC(**setting)
