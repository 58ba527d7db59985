import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.stochastic.schedules import ExponentialToFloor, LinearToCeiling


def values(schedule, steps):
    results = [schedule(step) for step in steps]
    assert all(result.shape == () and result.dtype == tf.float32 for result in results)
    return np.array(results)


def test_exponential_decay_in_stairs_to_a_floor():
    schedule = ExponentialToFloor(1.0, 3e-5, 0.5, every=1000)
    steps = [0, 999, 1000, 1999, 2000, 23000, 24000, 10**9]
    expected = np.exp(-3e-5 * np.array([0, 0, 1000, 1000, 2000, 23000, 1e9, 1e9]))
    np.testing.assert_allclose(values(schedule, steps), np.maximum(0.5, expected), rtol=1e-6)
    assert float(schedule(23000)) > 0.5015 and float(schedule(24000)) == 0.5


def test_exponential_decay_at_every_step():
    schedule = ExponentialToFloor(3.0, 0.01, 0.5)
    steps = np.arange(0, 170, 10)
    np.testing.assert_allclose(values(schedule, steps), 3 * np.exp(-0.01 * steps), rtol=1e-6)
    assert float(schedule(200)) == 0.5


def test_linear_growth_to_a_ceiling():
    schedule = LinearToCeiling(1.0, 0.04, 5.0)
    np.testing.assert_allclose(
        values(schedule, [0, 1, 25, 99, 100, 101, 10**6]), [1, 1.04, 2, 4.96, 5, 5, 5], rtol=1e-6
    )


SCHEDULES = [ExponentialToFloor(2.0, 0.1, 0.25, every=3), LinearToCeiling(1.0, 0.5, 4.0)]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["exponential", "linear"])
def test_round_trip_through_keras(schedule):
    copies = [
        keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule)),
        keras.optimizers.SGD.from_config(
            keras.optimizers.SGD(schedule).get_config()
        )._learning_rate,
    ]
    for copy in copies:
        assert type(copy) is type(schedule) and copy.get_config() == schedule.get_config()
        np.testing.assert_array_equal(values(copy, range(12)), values(schedule, range(12)))
    assert keras.saving.get_registered_name(type(schedule)).startswith("ganzoo>")


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["exponential", "linear"])
@pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])
def test_follows_the_iterations_of_an_optimizer(schedule, jit):
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build([keras.Variable(1.0)])

    @tf.function(jit_compile=jit)
    def current():
        return schedule(optimizer.iterations)

    for step in [0, 4]:
        optimizer.iterations.assign(step)
        np.testing.assert_allclose(current(), schedule(step), rtol=1e-6)


@pytest.mark.parametrize(
    ("schedule", "arguments", "name"),
    [
        (ExponentialToFloor, (0.0, 0.1, 0.5), "initial"),
        (ExponentialToFloor, (1.0, -0.1, 0.5), "rate"),
        (ExponentialToFloor, (1.0, float("nan"), 0.5), "rate"),
        (ExponentialToFloor, (1.0, 0.1, 0.0), "floor"),
        (ExponentialToFloor, (1.0, 0.1, 1.5), "floor"),
        (ExponentialToFloor, (1.0, 0.1, 0.5, 0), "every"),
        (ExponentialToFloor, (1.0, 0.1, 0.5, 2.5), "every"),
        (LinearToCeiling, (-1.0, 0.1, 5.0), "initial"),
        (LinearToCeiling, ("1", 0.1, 5.0), "initial"),
        (LinearToCeiling, (1.0, 0, 5.0), "rate"),
        (LinearToCeiling, (1.0, 0.1, float("inf")), "ceiling"),
        (LinearToCeiling, (1.0, 0.1, 0.5), "ceiling"),
    ],
)
def test_wrong_arguments(schedule, arguments, name):
    with pytest.raises(ValueError, match=f"^{name}=.*give a"):
        schedule(*arguments)
