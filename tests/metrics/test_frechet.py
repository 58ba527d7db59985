import keras
import numpy as np
import pytest

from ganzoo.metrics import FrechetDistance, frechet_distance, frechet_distance_of_moments, moments


def features(count, width, seed=0, dtype=np.float64):
    random = np.random.default_rng(seed)
    mixing = random.standard_normal((width, width))
    return (random.standard_normal((count, width)) @ mixing + 3.0).astype(dtype)


def test_golden_values():
    diagonal = frechet_distance_of_moments(
        [0.0, 0.0], np.diag([1.0, 4.0]), [1.0, 2.0], np.diag([9.0, 1.0])
    )
    assert diagonal == pytest.approx(10.0, abs=1e-6)
    full = frechet_distance_of_moments(
        [0.0, 0.0], [[2.0, 0.5], [0.5, 1.0]], [1.0, -1.0], [[1.0, -0.3], [-0.3, 3.0]]
    )
    assert full == pytest.approx(2.9293118550, abs=1e-6)


def test_two_dimensional_closed_form():
    first, second = moments(features(50, 2, seed=1)), moments(features(60, 2, seed=2))
    product = first[1] @ second[1]
    trace_of_root = np.sqrt(np.trace(product) + 2.0 * np.sqrt(np.linalg.det(product)))
    expected = (
        np.sum((first[0] - second[0]) ** 2) + np.trace(first[1] + second[1]) - 2.0 * trace_of_root
    )
    assert frechet_distance_of_moments(*first, *second) == pytest.approx(expected, rel=1e-9)


def test_moments_are_those_of_numpy():
    values = features(40, 3)
    mean, covariance = moments(values)
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(covariance, np.cov(values, rowvar=False), rtol=1e-10)


# 10 samples of 16 features: a singular covariance, which has no Cholesky factor.
@pytest.mark.parametrize("count", [200, 10])
def test_identity_translation_and_symmetry(count):
    values = features(count, 16)
    shift = np.linspace(-1.0, 2.0, 16)
    scale = np.trace(moments(values)[1])
    assert frechet_distance(values, values) == pytest.approx(0.0, abs=1e-6 * scale)
    translated = frechet_distance(values, values + shift)
    assert translated == pytest.approx(shift @ shift, abs=1e-6 * scale)
    others = features(count, 16, seed=5)
    there, back = frechet_distance(values, others), frechet_distance(others, values)
    assert there == pytest.approx(back, abs=1e-6 * scale)


def test_constant_features_do_not_matter():
    values, others = features(100, 3, seed=1), features(100, 3, seed=2)
    constant = np.ones((100, 1))
    padded = frechet_distance(np.hstack([values, constant]), np.hstack([others, constant]))
    assert padded == pytest.approx(frechet_distance(values, others), rel=1e-9)


def test_streamed_metric_equals_the_function():
    real, generated = features(101, 5, seed=1), features(80, 5, seed=2) + 10.0
    metric = FrechetDistance(5, "pixels", 10_000)
    assert metric.name == "frechet_pixels_10k"
    for batch in range(4):
        metric.update_state(real[batch * 30 : (batch + 1) * 30], generated[batch * 20 :][:20])
    assert float(metric.result()) == pytest.approx(frechet_distance(real, generated), rel=1e-9)
    metric.reset_state()
    metric.update_state(real, real)
    assert float(metric.result()) == pytest.approx(0.0, abs=1e-6)


def test_metric_config_round_trip():
    metric = FrechetDistance(5, "digits_cnn", 360)
    restored = FrechetDistance.from_config(metric.get_config())
    assert restored.get_config() == metric.get_config()
    assert restored.name == "frechet_digits_cnn_360"


def test_metric_runs_inside_a_graph():
    import tensorflow as tf

    metric = FrechetDistance(3, "pixels")

    @tf.function
    def measure(real, generated):
        metric.update_state(real, generated)
        return metric.result()

    real, generated = features(20, 3, 1, np.float32), features(20, 3, 2, np.float32)
    expected = frechet_distance(real, generated)
    assert float(measure(real, generated)) == pytest.approx(expected, rel=1e-5)


def test_replicas_add_up():
    import tensorflow as tf

    real, generated = features(40, 3, seed=1), features(40, 3, seed=2)
    whole = FrechetDistance(3, "pixels")
    parts = [FrechetDistance(3, "pixels") for _ in range(2)]
    for half, part in enumerate(parts):
        part.update_state(real[half::2], generated[half::2])
    for variable, first, second in zip(*[m.variables for m in (whole, *parts)]):
        variable.assign(tf.add(first.value, second.value))
    assert float(whole.result()) == pytest.approx(frechet_distance(real, generated), rel=1e-9)


@pytest.mark.parametrize(
    ("real", "generated", "message"),
    [
        (np.zeros((5, 3)), np.zeros((5, 4)), "same extractor"),
        (np.zeros((1, 3)), np.zeros((5, 3)), "at least 2"),
        (np.zeros((5, 3)), np.full((5, 3), np.nan), "NaN"),
        (np.zeros((5, 3, 1)), np.zeros((5, 3)), "reshape"),
        (np.array([["a"], ["b"]]), np.zeros((5, 1)), "numbers"),
    ],
)
def test_wrong_features(real, generated, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(real, generated)


def test_wrong_moments_and_metric_arguments():
    with pytest.raises(ValueError, match="fit together"):
        frechet_distance_of_moments([0.0], np.eye(2), [0.0], np.eye(1))
    with pytest.raises(ValueError, match="num_features"):
        FrechetDistance(0, "pixels")
    metric = FrechetDistance(3, "pixels")
    with pytest.raises(ValueError, match="num_features"):
        metric.update_state(np.zeros((5, 4)), np.zeros((5, 3)))
    with pytest.raises(ValueError, match="sample_weight"):
        metric.update_state(np.zeros((5, 3)), np.zeros((5, 3)), np.ones(5))
    with pytest.raises(Exception, match="finite"):
        metric.result()
    assert isinstance(metric, keras.metrics.Metric)
