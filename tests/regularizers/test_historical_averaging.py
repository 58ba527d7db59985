import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.regularizers import HistoricalAveraging

POINTS = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")


def averaged(optimizer="sgd", weight=1.0, **config):
    inner = {"class_name": optimizer, "config": {"learning_rate": 0.1, **config}}
    return HistoricalAveraging(inner, weight=weight)


def nsgan(**settings):
    units = {"generator": {"units": (4,)}, "discriminator": {"units": (4,)}}
    return ganzoo.create("nsgan", (2,), seed=0, latent_dim=2, **units, **settings)


@pytest.mark.parametrize("weight", [0.3, 2.0])
def test_updates_by_hand(weight):
    theta = keras.Variable([1.0, -2.0])
    optimizer = averaged(weight=weight)
    optimizer.build([theta])
    gradients = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
    value, past = np.array([1.0, -2.0]), []
    for gradient in gradients:
        past.append(value)
        value = value - 0.1 * (gradient + 2 * weight * (value - np.mean(past, axis=0)))
        optimizer.apply([tf.constant(gradient)], [theta])
        np.testing.assert_allclose(theta, value, rtol=1e-5)
    assert int(optimizer.iterations) == 6


def test_the_first_update_is_that_of_the_optimizer_alone():
    results = []
    for optimizer in (averaged("adam"), averaged("adam").optimizer):
        theta = keras.Variable([1.0, -2.0])
        optimizer.build([theta])
        optimizer.apply([tf.constant([0.3, 0.5])], [theta])
        results.append(theta.numpy())
    np.testing.assert_array_equal(*results)


def test_means_go_on_when_the_optimizer_is_built_again():
    theta = keras.Variable([5.0])
    optimizer = averaged()
    optimizer.build([theta])
    for _ in range(3):
        optimizer.apply([tf.constant([0.0])], [theta])
    optimizer.build([theta])
    optimizer.apply([tf.constant([0.0])], [theta])
    np.testing.assert_allclose(optimizer.means[0], [5.0])
    np.testing.assert_allclose(theta, [5.0])


def distance_after(steps, optimizers):
    """Of x and y from the equilibrium 0 of min_x max_y x y, which plain descent circles."""
    x, y = keras.Variable(1.0), keras.Variable(0.5)
    for variable, optimizer in zip((x, y), optimizers):
        optimizer.build([variable])

    @tf.function
    def play():
        slopes = tf.convert_to_tensor(y), -tf.convert_to_tensor(x)
        for slope, variable, optimizer in zip(slopes, (x, y), optimizers):
            optimizer.apply([slope], [variable])

    for _ in range(steps):
        play()
    return float(np.hypot(x, y))


def test_a_game_that_circles_comes_to_rest():
    start = np.hypot(1.0, 0.5)
    plain = distance_after(200, [keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)])
    assert plain == pytest.approx(start * 1.01**100, rel=1e-3)  # 1 + 0.1^2 squared a step
    damped = distance_after(200, [averaged(weight=0.5), averaged(weight=0.5)])
    assert damped == pytest.approx(0.2816, rel=1e-3)  # the same game in NumPy


def test_means_are_saved_with_the_model(tmp_path):
    optimizers = {f"{name}_optimizer": averaged("adam") for name in ("generator", "discriminator")}
    model = nsgan(**optimizers)
    model.fit(POINTS, batch_size=10, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(restored.generator_optimizer, HistoricalAveraging)
    for one, other in zip(
        model.generator_optimizer.variables, restored.generator_optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(one, other)
    for each in (model, restored):
        each.fit(POINTS, batch_size=10, epochs=2, initial_epoch=1, verbose=0)
    for one, other in zip(model.get_weights(), restored.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_means_of_a_frozen_network_stay():
    model = nsgan(discriminator_optimizer=averaged())
    gate = model.gate("discriminator")
    model.fit(POINTS, batch_size=10, verbose=0)
    gate.assign(1.0)
    before = [np.array(v) for v in model.discriminator_optimizer.variables]
    model.fit(POINTS, batch_size=10, verbose=0)
    for one, other in zip(before, model.discriminator_optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_learning_rate_is_that_of_the_optimizer():
    optimizer = averaged()
    assert float(optimizer.learning_rate) == pytest.approx(0.1)
    optimizer.learning_rate = 0.5
    assert float(optimizer.optimizer.learning_rate) == 0.5


def test_config_round_trip():
    optimizer = averaged("adam", 0.5, beta_1=0.3)
    copy = keras.optimizers.get(keras.optimizers.serialize(optimizer))
    assert copy.get_config() == optimizer.get_config()
    assert copy.optimizer.beta_1 == 0.3


@pytest.mark.parametrize("weight", [0, -1.0, float("inf"), float("nan"), True])
def test_weight_is_checked(weight):
    with pytest.raises(ValueError, match=r"weight=.*: give a number above 0"):
        HistoricalAveraging("sgd", weight=weight)
