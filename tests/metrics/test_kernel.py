import numpy as np
import pytest

from ganzoo.metrics import KernelDistance, gaussian_mmd, kernel_distance
from ganzoo.metrics.kernel import median_distance

X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
Y = np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0]])


def test_golden_values():
    assert kernel_distance(X, Y) == pytest.approx((0.5, 0.0), abs=1e-6)
    unbiased = gaussian_mmd(X, Y, bandwidth=1.0)
    assert unbiased == pytest.approx(0.0608178398, abs=1e-6)
    biased = gaussian_mmd(X, Y, bandwidth=1.0, unbiased=False)
    assert biased == pytest.approx(0.4680383640, abs=1e-6)


def test_kernel_distance_is_unbiased_and_can_be_negative():
    random = np.random.default_rng(0)
    estimates = [
        kernel_distance(
            random.standard_normal((30, 4)), random.standard_normal((30, 4)), num_subsets=1
        )[0]
        for _ in range(200)
    ]
    standard_error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates)) < 3.0 * standard_error
    assert min(estimates) < 0.0 < max(estimates)


def test_subsets_estimate_the_distance_of_all_samples():
    random = np.random.default_rng(0)
    real = random.standard_normal((300, 3)).astype(np.float32)
    generated = (random.standard_normal((300, 3)) + 0.5).astype(np.float32)
    whole, no_deviation = kernel_distance(real, generated, num_subsets=1)
    mean, deviation = kernel_distance(real, generated, num_subsets=100, subset_size=100)
    assert no_deviation == 0.0
    assert mean == pytest.approx(whole, abs=4.0 * deviation / 10.0)
    assert deviation > 0.0
    assert (mean, deviation) == kernel_distance(real, generated, 100, 100, seed=0)
    assert (mean, deviation) != kernel_distance(real, generated, 100, 100, seed=1)


def test_subset_has_no_sample_twice():
    # The two subsets must be all samples: any repetition would change the value.
    assert kernel_distance(X, Y, num_subsets=20, subset_size=3)[1] == pytest.approx(0.0, abs=1e-12)


def test_gaussian_mmd_properties():
    random = np.random.default_rng(0)
    real, generated = random.standard_normal((60, 3)), random.standard_normal((50, 3)) + 1.0
    assert gaussian_mmd(real, real, 1.0, unbiased=False) == pytest.approx(0.0, abs=1e-9)
    assert gaussian_mmd(real, real, 1.0) < 0.0
    apart = gaussian_mmd(real, generated + 1e3, 1.0, unbiased=False)
    naive = np.exp(-0.5 * ((real[:, None] - real) ** 2).sum(-1)).mean()
    naive += np.exp(-0.5 * ((generated[:, None] - generated) ** 2).sum(-1)).mean()
    assert apart == pytest.approx(naive, rel=1e-9)


def test_median_heuristic():
    # Distances 1, 3, 4, 2, 3, 1 of four points on a line.
    assert median_distance([[0.0], [1.0]], [[3.0], [4.0]]) == pytest.approx(2.5, abs=1e-9)
    expected = gaussian_mmd([[0.0], [1.0]], [[3.0], [4.0]], bandwidth=2.5)
    assert gaussian_mmd([[0.0], [1.0]], [[3.0], [4.0]]) == pytest.approx(expected, abs=1e-9)


def test_streamed_metric_is_the_mean_over_batches():
    metric = KernelDistance("digits_cnn", 360)
    assert metric.name == "kernel_digits_cnn_360"
    assert float(metric.result()) == 0.0
    metric.update_state(X, Y)
    assert float(metric.result()) == pytest.approx(0.5, abs=1e-6)
    metric.update_state(X, X + 1.0)
    second = kernel_distance(X, X + 1.0)[0]
    assert float(metric.result()) == pytest.approx((0.5 + second) / 2.0, abs=1e-9)
    restored = KernelDistance.from_config(metric.get_config())
    assert restored.get_config() == metric.get_config()


def test_wrong_arguments():
    with pytest.raises(ValueError, match="at least 2"):
        kernel_distance(X[:1], Y)
    with pytest.raises(ValueError, match="subset_size"):
        kernel_distance(X, Y, subset_size=1)
    with pytest.raises(ValueError, match="num_subsets"):
        kernel_distance(X, Y, num_subsets=0)
    with pytest.raises(ValueError, match="bandwidth"):
        gaussian_mmd(X, Y, bandwidth=0.0)
    with pytest.raises(ValueError, match="give a bandwidth"):
        gaussian_mmd(np.zeros((3, 2)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="same extractor"):
        gaussian_mmd(X, Y[:, :1])
    metric = KernelDistance("pixels")
    with pytest.raises(ValueError, match="batches of at least 2"):
        metric.update_state(X[:1], Y)
    with pytest.raises(ValueError, match="one width"):
        metric.update_state(X, Y[:, :1])
