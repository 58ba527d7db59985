import pytest

from ganzoo.experiments import continuous_datasets


def test_table_of_the_embedded_sets(tmp_path):
    rows = continuous_datasets.run(tmp_path, (0, 1), datasets=("ring", "grid", "digits"))
    ring, grid, digits = rows
    assert [row["classes"] for row in rows] == [8, 25, 10]
    assert [row["train_examples"] for row in rows] == [25_600, 25_600, 1442]
    assert [row["shape"] for row in rows] == ["2", "2", "8x8x1"]
    assert [row["range"] for row in rows] == ["unbounded", "unbounded", "[-1, 1]"]
    for row in (ring, grid):
        # 1 - exp(-4.5), and three deviations of the mean of two times 2,500 points
        assert float(row["floor"]) == pytest.approx(0.98889, abs=0.0045)
    assert "1442 to 355 images" in digits["score"] and float(digits["floor"]) == pytest.approx(
        0.0872, rel=0.1
    )
    assert float(digits["floor_std"]) == pytest.approx(0.0, abs=1e-4)  # all, in another order
    assert all(row["seeds"] == "0 1" for row in rows)
    assert (tmp_path / "figures/continuous_datasets.png").stat().st_size < 150_000
