import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.stochastic.baselines import InputDependentBaseline, MovingAverageBaseline, fit_loss
from ganzoo.stochastic.score_function import score_function
from tests.stochastic.test_score_function import (
    compilation,
    exact_gradient,
    expected_gradient,
    table_cost,
)

ROOT = pathlib.Path(__file__).parents[2]
LAYERS = [MovingAverageBaseline, InputDependentBaseline]
layers = pytest.mark.parametrize("layer", LAYERS)
RNG = np.random.default_rng(0)
INPUTS = np.float32(RNG.normal(size=(3, 6, 2)))  # three steps
COSTS = np.float32(RNG.normal(-4.0, [[3.0], [0.1], [5.0]], size=(3, 6)))


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def step_of(baseline, jit=False):
    """A training step as a model takes it: reads, uses, updates."""

    @tf.function(jit_compile=jit)
    def step(inputs, costs):
        center, scale = baseline(inputs)
        signal = (costs - center) / scale
        baseline.update(costs, center)
        return center, scale, signal

    return step


def predictions(baseline, inputs):
    """C(inputs) [N] in NumPy."""
    kernel, bias, last_kernel, last_bias = baseline.network.get_weights()
    return (np.tanh(inputs @ kernel + bias) @ last_kernel + last_bias)[:, 0]


@compilation
def test_moving_average_by_hand(jit):
    baseline = MovingAverageBaseline(decay=0.9)
    step = step_of(baseline, jit)
    average = 0.0
    for inputs, costs in zip(INPUTS, COSTS):
        center, scale, signal = step(inputs, costs)
        np.testing.assert_allclose(center, np.full(6, average), rtol=1e-6)  # before its costs
        np.testing.assert_allclose(signal, costs - average, rtol=1e-5, atol=1e-6)
        assert float(scale) == 1
        average = 0.9 * average + 0.1 * costs.mean()
        assert float(baseline.mean) == pytest.approx(average, rel=1e-6)
    assert average < -0.7


@compilation
def test_input_dependent_baseline_by_hand(jit):
    baseline = InputDependentBaseline(units=5, decay=0.7)
    baseline.build((None, 2))
    baseline.network.set_weights([w + 0.1 for w in baseline.network.get_weights()])
    step = step_of(baseline, jit)
    mean, variance, scales = 0.0, 0.0, []
    for inputs, costs in zip(INPUTS, COSTS):
        center, scale, signal = step(inputs, costs)
        prediction = predictions(baseline, inputs)
        scales.append(max(1.0, variance**0.5))
        np.testing.assert_allclose(center, mean + prediction, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(scale, scales[-1], rtol=1e-5)
        np.testing.assert_allclose(
            signal, (costs - mean - prediction) / scales[-1], rtol=1e-5, atol=1e-5
        )
        mean = 0.7 * mean + 0.3 * np.mean(costs - prediction)
        variance = 0.7 * variance + 0.3 * np.var(costs - prediction)
        assert float(baseline.mean) == pytest.approx(mean, rel=1e-5)
        assert float(baseline.variance) == pytest.approx(variance, rel=1e-5)
    assert scales[0] == 1 and scales[1] > 1.2


def test_no_scale_below_one():
    baseline = InputDependentBaseline(units=2)
    step = step_of(baseline)
    for _ in range(30):
        _, scale, _ = step(np.zeros_like(INPUTS[0]), 0.1 * COSTS[0])  # C(0) = 0
    assert 0.01 < float(baseline.variance) < 0.9
    assert float(scale) == 1


def test_signal_becomes_centered_and_scaled():
    rng = np.random.default_rng(1)
    inputs, costs = np.float32(rng.normal(size=(500, 2))), np.float32(rng.normal(50, 7, 500))
    step = step_of(InputDependentBaseline(units=4))
    for _ in range(80):
        _, _, signal = step(inputs, costs)
    assert np.mean(signal) == pytest.approx(0, abs=1e-4)
    assert np.std(signal) == pytest.approx(1, abs=1e-4)
    step = step_of(MovingAverageBaseline(decay=0.8))
    for _ in range(80):
        _, _, signal = step(inputs, costs)
    assert np.mean(signal) == pytest.approx(0, abs=1e-4)
    assert np.std(signal) == pytest.approx(np.std(costs), rel=1e-4)


def test_network_learns_what_depends_on_the_input():
    rng = np.random.default_rng(2)
    inputs = np.float32(rng.normal(size=(256, 2)))
    noise = rng.normal(0, 0.1, 256)
    costs = tf.constant(10 + 2 * inputs[:, 0] - inputs[:, 1] + noise, tf.float32)
    baseline = InputDependentBaseline(units=20)
    baseline.build(inputs.shape)
    optimizer = keras.optimizers.Adam(0.02)
    optimizer.build(baseline.trainable_variables)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            center, _ = baseline(inputs)
            loss = tf.reduce_mean(fit_loss(costs, center))
        optimizer.apply(tape.gradient(loss, baseline.trainable_variables))
        baseline.update(costs, center)
        return loss

    losses = [float(step()) for _ in range(300)]
    assert losses[0] > 50
    assert losses[-1] < 0.1  # the variance of the costs is 5, that of their noise 0.01
    assert float(baseline.variance) < 0.1


def test_fit_loss_reaches_the_network_alone():
    baseline = InputDependentBaseline(units=3)
    costs, inputs = tf.constant(COSTS[0]), tf.constant(INPUTS[0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([costs, inputs])
        center, _ = baseline(inputs)
        loss = fit_loss(costs, center)
    np.testing.assert_allclose(loss, (COSTS[0] - center) ** 2, rtol=1e-6)
    assert tape.gradient(loss, [costs, inputs]) == [None, None]
    np.testing.assert_allclose(tape.gradient(loss, center), 2 * (center - COSTS[0]), rtol=1e-6)
    assert len(baseline.trainable_variables) == 4
    for gradient in tape.gradient(loss, baseline.trainable_variables):
        assert np.abs(gradient).max() > 1e-3


@layers
def test_estimate_stays_unbiased(layer):
    """At what the baseline has learned; the scale divides the estimate."""
    baseline = layer()
    for inputs, costs in zip(INPUTS, COSTS):
        step_of(baseline)(inputs, costs)
    conditions = np.tile(INPUTS[0, :1], [8, 1])
    center, scale = (tf.cast(value, tf.float64) for value in baseline(conditions))
    assert np.abs(center).min() > 0.1
    gradient = expected_gradient(lambda q, u: score_function(table_cost, q, u, center, scale))
    np.testing.assert_allclose(scale * gradient, exact_gradient(table_cost), atol=1e-14)


@layers
def test_reading_changes_nothing_and_update_does(layer):
    baseline = layer()
    center, _ = baseline(INPUTS[0])
    baseline(INPUTS[1], training=True)
    assert all(float(value) == 0 for value in baseline.non_trainable_variables)
    baseline.update(COSTS[0], center)
    assert all(float(value) != 0 for value in baseline.non_trainable_variables)


@layers
def test_saved_with_its_model(layer, tmp_path):
    inputs = keras.Input((2,))
    model = keras.Model(inputs, layer(decay=0.6, name="baseline")(inputs))
    baseline = model.get_layer("baseline")
    for step_inputs, costs in zip(INPUTS, COSTS):
        step_of(baseline)(step_inputs, costs)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    restored = loaded.get_layer("baseline")
    assert restored.get_config() == baseline.get_config()
    assert restored.decay == 0.6
    assert len(restored.variables) == {MovingAverageBaseline: 1}.get(layer, 6)
    for value, other in zip(baseline.variables, restored.variables):
        np.testing.assert_array_equal(value, other)
    for value, other in zip(model(INPUTS[0]), loaded(INPUTS[0])):
        np.testing.assert_array_equal(value, other)


def test_inputs_of_any_shape():
    center, _ = InputDependentBaseline(units=3)(tf.ones([5, 4, 4, 1]))
    assert center.shape == (5,)
    center, _ = MovingAverageBaseline()(tf.ones([5, 4, 4, 1]))
    assert center.shape == (5,)


@layers
def test_running_values_keep_float32(layer):
    baseline = layer(dtype="mixed_bfloat16")
    baseline.build((None, 2))
    baseline.mean.assign(1000.5)  # bfloat16 would have 1000
    for weight in baseline.trainable_variables:
        weight.assign(tf.zeros(weight.shape))
    center, scale = baseline(INPUTS[0])
    assert center.dtype == scale.dtype == tf.float32
    np.testing.assert_array_equal(center, 1000.5)


@layers
@pytest.mark.parametrize("decay", [0, 1, -0.1, 1.5, float("nan")])
def test_decay_is_a_fraction(layer, decay):
    with pytest.raises(ValueError, match=r"decay=.*give a number in \(0, 1\)"):
        layer(decay=decay)


def test_units_are_counted():
    with pytest.raises(ValueError, match="units=0"):
        InputDependentBaseline(units=0)


REPLICAS = """
import json
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from ganzoo.stochastic.baselines import InputDependentBaseline, MovingAverageBaseline

strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
rng = np.random.default_rng(0)
inputs = np.float32(rng.normal(size=(8, 2)))
costs = np.float32(np.r_[rng.normal(-9, 1, 4), rng.normal(7, 3, 4)])


def share(values):
    def of(context):
        start = 4 * context.replica_id_in_sync_group
        return tf.constant(values[start : start + 4])
    return strategy.experimental_distribute_values_from_function(of)


def step(baseline, inputs, costs):
    center, _ = baseline(inputs)
    baseline.update(costs, center)


report = {}
for layer in MovingAverageBaseline, InputDependentBaseline:
    one = layer()
    one.build((None, 2))
    with strategy.scope():
        several = layer()
        several.build((None, 2))
    several.set_weights(one.get_weights())
    run = tf.function(lambda i, c: strategy.run(lambda i, c: step(several, i, c), (i, c)))
    for _ in range(2):
        step(one, inputs, costs)
        run(share(inputs), share(costs))
    report[layer.__name__] = [
        [float(value) for value in one.non_trainable_variables],
        *(
            [float(strategy.experimental_local_results(value.value)[i])
             for value in several.non_trainable_variables]
            for i in range(2)
        ),
    ]
print(json.dumps(report))
"""


def test_replicas_follow_the_global_batch():
    result = subprocess.run(
        [sys.executable, "-c", REPLICAS],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )
    assert result.returncode == 0, result.stderr[-4000:]
    report = json.loads(result.stdout.splitlines()[-1])
    for one, *several in report.values():
        assert np.abs(one).min() > 0.05
        for replica in several:
            np.testing.assert_allclose(replica, one, rtol=1e-5)
    # Between the shares' means lie 16: a variance of the shares would be about 5.
    assert report["InputDependentBaseline"][0][1] > 20
