import numpy as np
import pytest

from ganzoo.experiments import parallel_lines
from ganzoo.losses import cross_entropy


def lines(theta, points=100):
    """The same heights on both lines."""
    heights = np.random.default_rng(0).random(points)
    return [np.stack([np.full(points, x), heights], axis=1) for x in (0.0, theta)]


@pytest.mark.parametrize("theta", [-1.0, -0.2, 0.0, 0.3])
def test_points_of_the_same_heights_are_theta_apart(theta):
    """And f(x) = -sign(theta) x_1, whose slope is 1, proves that no matching is cheaper."""
    first, second = lines(theta)
    distance = parallel_lines.earth_movers_distance(first, second)
    assert distance == pytest.approx(abs(theta), abs=1e-12)
    critic = [-np.sign(theta) * points[:, 0] for points in (first, second)]
    assert critic[0].mean() - critic[1].mean() == pytest.approx(distance, abs=1e-12)


@pytest.mark.parametrize("theta", [-1.0, 0.1])
def test_a_discriminator_reaches_the_value_of_disjoint_supports(theta):
    """-log 4 + 2 JS is 0 for any theta but 0, and a linear logit comes as near as it likes."""
    first, second = lines(theta)

    def value(steepness):
        logits = [
            steepness * np.sign(theta) * (theta / 2 - points[:, :1]) for points in (first, second)
        ]
        return -np.mean(cross_entropy.discriminator_loss(*logits))

    divergence = parallel_lines.closed_forms(theta)["jensen_shannon"]
    assert -np.log(4) + 2 * divergence == pytest.approx(0.0, abs=1e-12)
    assert value(0.0) == pytest.approx(-np.log(4), rel=1e-6)
    assert value(10.0) < value(100.0) < 0
    assert value(1000.0) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("theta", [-1.0, 0.3])
def test_lines_apart(theta):
    closed = parallel_lines.closed_forms(theta)
    assert closed["wasserstein"] == abs(theta)
    assert closed["jensen_shannon"] == pytest.approx(0.6931471806, abs=1e-9)
    assert closed["kullback_leibler"] == np.inf and closed["total_variation"] == 1.0
    estimated = parallel_lines.estimates(theta, 300, seed=0)
    assert estimated["wasserstein"] == pytest.approx(abs(theta), abs=0.02)
    for name in ("jensen_shannon", "kullback_leibler", "total_variation"):
        assert estimated[name] == pytest.approx(closed[name], abs=1e-12)


def test_the_same_line():
    closed = parallel_lines.closed_forms(0.0)
    assert set(closed.values()) == {0.0}
    estimated = parallel_lines.estimates(0.0, 300, seed=0)
    assert 0.0 < estimated.pop("wasserstein") < 0.1
    assert set(estimated.values()) == {0.0}


def test_rows_and_figure(tmp_path):
    rows = parallel_lines.run(tmp_path, seeds=(0,), thetas=(-0.5, 0.0, 0.5), points=50)
    assert [row["theta"] for row in rows] == [-0.5, 0.0, 0.5]
    assert [row["kullback_leibler"] for row in rows] == ["inf", "0.000000", "inf"]
    assert (tmp_path / "figures" / "parallel_lines.png").exists()
