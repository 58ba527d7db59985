import numpy as np
import pytest
from scipy import stats

from ganzoo.experiments import optimal_discriminator


@pytest.mark.parametrize(
    "mean, expected", [(0.0, 0.0), (0.5, 0.0303113005), (1.0, 0.1114214822), (2.0, 0.3368308203)]
)
def test_jensen_shannon(mean, expected):
    assert optimal_discriminator.jensen_shannon(mean) == pytest.approx(expected, abs=1e-9)


def test_optimum_is_the_share_of_the_data():
    x = np.linspace(-3.0, 3.0, 7)
    p, q = stats.norm.pdf(x), stats.norm.pdf(x, 1.0)
    np.testing.assert_allclose(optimal_discriminator.optimal(x, 1.0), p / (p + q), rtol=1e-12)


@pytest.mark.parametrize("seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in (1, 2))])
def test_trained_discriminator_reaches_it(tmp_path, seed):
    [row] = optimal_discriminator.run(tmp_path, seeds=(seed,), means=(1.0,))
    assert float(row["optimal_value"]) == pytest.approx(-1.1634513968, abs=1e-9)
    assert float(row["mean_error"]) < 0.03
    # No value is above the optimum but for the draw of the points, of standard error 0.002.
    assert -0.02 < float(row["value"]) - float(row["optimal_value"]) < 0.006
    assert (tmp_path / "figures" / "optimal_discriminator.png").exists()
