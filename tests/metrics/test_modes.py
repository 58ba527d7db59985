import numpy as np
import pytest

from ganzoo.metrics import MODES, Modes, mode_coverage, toy_bench_coverage

LINE = Modes(np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]]), 1.0)


def test_rule_by_hand():
    samples = [[0.0, 2.9], [0.0, 3.1], [10.0, 0.0], [9.0, 1.0], [100.0, 0.0]]
    coverage = mode_coverage(samples, LINE)
    assert coverage.num_modes == 2
    assert coverage.counts.tolist() == [1, 2, 0]
    assert coverage.high_quality_share == pytest.approx(0.6, abs=1e-12)
    expected = np.log(1.0) / 3 + 2 * np.log(2.0) / 3
    assert coverage.reverse_kl == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_perfect_sampler(name):
    modes = MODES[name]
    num_modes = {"ring": 8, "grid": 25}[name]
    random = np.random.default_rng(0)
    samples = modes.centers[random.integers(num_modes, size=20_000)]
    samples = samples + modes.std * random.standard_normal(samples.shape)
    coverage = mode_coverage(samples, modes)
    assert coverage.num_modes == num_modes
    # Standard deviation of the share: 0.00074.
    assert coverage.high_quality_share == pytest.approx(1.0 - np.exp(-4.5), abs=0.003)
    # The plug-in KL of a uniform histogram is about (K - 1) / (2 N).
    assert 0.0 <= coverage.reverse_kl < 4 * (num_modes - 1) / 40_000


def test_one_mode_and_no_mode():
    collapsed = mode_coverage(np.zeros((10, 2)), LINE)
    assert (collapsed.num_modes, collapsed.high_quality_share) == (1, 1.0)
    assert collapsed.reverse_kl == pytest.approx(np.log(3.0), abs=1e-12)
    nowhere = mode_coverage(np.full((10, 2), 50.0), LINE)
    assert (nowhere.num_modes, nowhere.high_quality_share) == (0, 0.0)
    assert np.isnan(nowhere.reverse_kl)


def test_toy_bench_rule():
    centers = MODES["ring"].centers
    samples = np.concatenate(
        [
            np.repeat(centers[:1] + [0.19, 0.0], 20, axis=0),
            np.repeat(centers[1:2], 19, axis=0),
            np.repeat(centers[2:3] + [0.0, 0.21], 20, axis=0),
        ]
    )
    coverage = toy_bench_coverage(samples, MODES["ring"])
    assert coverage.num_modes == 1
    assert coverage.counts.tolist() == [20, 19, 0, 0, 0, 0, 0, 0]
    assert coverage.high_quality_share == pytest.approx(39 / 59, abs=1e-12)


def test_wrong_samples():
    with pytest.raises(ValueError, match="same shape"):
        mode_coverage(np.zeros((5, 3)), LINE)
    with pytest.raises(ValueError, match="NaN"):
        mode_coverage(np.full((5, 2), np.nan), LINE)
