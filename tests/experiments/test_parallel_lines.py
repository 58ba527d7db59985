import numpy as np
import pytest

from ganzoo.experiments import parallel_lines


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
