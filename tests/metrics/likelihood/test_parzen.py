import numpy as np
import pytest

from ganzoo.metrics import likelihood


def test_golden_value():
    value = likelihood.parzen_log_density(np.array([[0.0]]), np.array([[-1.0], [1.0]]), 1.0)
    np.testing.assert_allclose(value, [-1.4189385332], atol=1e-10)


def test_density_integrates_to_one():
    grid = np.linspace(-8, 8, 4001)
    samples = np.array([[-2.0], [0.5], [3.0]])
    density = np.exp(likelihood.parzen_log_density(grid[:, None], samples, 0.4))
    assert np.trapezoid(density, grid) == pytest.approx(1.0, abs=1e-6)


def test_many_dimensions_and_parts():
    rng = np.random.default_rng(0)
    x, samples = rng.random((5, 4, 2)) + 100.0, rng.random((7, 4, 2)) + 100.0
    squared = ((x[:, None] - samples[None]) ** 2).sum(axis=(2, 3))
    kernel = np.exp(-squared / (2 * 0.3**2)) / (0.3 * np.sqrt(2 * np.pi)) ** 8
    value = likelihood.parzen_log_density(x, samples, 0.3, batch_size=2)
    np.testing.assert_allclose(value, np.log(kernel.mean(axis=1)), rtol=1e-9)


def test_sigma_is_chosen_by_validation():
    rng = np.random.default_rng(0)
    validation, samples = rng.normal(size=(500, 1)), rng.normal(size=(500, 1))
    sigma = likelihood.choose_sigma(validation, samples)
    means = {
        s: likelihood.parzen_log_density(validation, samples, s).mean()
        for s in np.logspace(-1, 0, 10)
    }
    assert means[sigma] == max(means.values())
    assert 0.1 < sigma < 1.0


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="dimensions"):
        likelihood.parzen_log_density(np.zeros((2, 3)), np.zeros((2, 4)), 1.0)
    with pytest.raises(ValueError, match="sigma=0"):
        likelihood.parzen_log_density(np.zeros((2, 3)), np.zeros((2, 3)), 0)
