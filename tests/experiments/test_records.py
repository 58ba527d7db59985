import csv

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from ganzoo import experiments
from ganzoo.cli import environment
from ganzoo.experiments import (
    flow_gan_objectives,
    four_bits,
    gaussian_1d,
    learning_dynamic,
    mini_gan,
    records,
    reparameterization,
    stacked_mnist,
)

STEPS_OF_A_PART = {
    flow_gan_objectives: 10,
    four_bits: 10,
    gaussian_1d: 500,
    learning_dynamic: 40,
    mini_gan: 20,
    reparameterization: 4,
    stacked_mnist: 500,
}


@pytest.mark.parametrize("experiment", STEPS_OF_A_PART, ids=lambda module: module.__name__)
def test_steps_that_would_not_be_trained_are_refused(experiment, tmp_path):
    part = STEPS_OF_A_PART[experiment]
    steps = part + part // 2
    with pytest.raises(ValueError, match=f"steps={steps}: give a multiple of {part}"):
        experiment.run(tmp_path, steps=steps)
    assert not list(tmp_path.iterdir())


def test_steps_are_dealt_to_epochs():
    assert records.in_epochs(3, 500) == {"epochs": 1, "steps_per_epoch": 3}
    assert records.in_epochs(500, 500) == {"epochs": 1, "steps_per_epoch": 500}
    assert records.in_epochs(1500, 500) == {"epochs": 3, "steps_per_epoch": 500}
    with pytest.raises(ValueError, match="steps=750: give a multiple of 500, or fewer"):
        records.in_epochs(750, 500)


def test_whole_parts_are_taken_and_none_is_refused():
    records.check_steps(20, 10)
    with pytest.raises(ValueError, match="steps=0: give a multiple of 10"):
        records.check_steps(0, 10)


def test_rows_are_written_with_their_protocol(tmp_path):
    rows = records.write_rows(tmp_path, "study", [{"a": 1, "b": "x y"}, {"a": 2, "b": ""}], (3, 4))
    with (tmp_path / "results" / "study.csv").open() as file:
        read = list(csv.DictReader(file))
    assert [list(row) for row in read] == [["a", "b", "seeds", "hardware", "commit"]] * 2
    assert [row["a"] for row in read] == ["1", "2"] and read[0]["b"] == "x y"
    assert rows[0]["seeds"] == read[1]["seeds"] == "3 4"
    assert read[0]["hardware"] == environment.hardware()
    assert (read[0]["commit"] or None) == environment.commit()


def test_rows_that_differ_leave_the_old_file(tmp_path):
    records.write_rows(tmp_path, "study", [{"a": 1}], (0,))
    with pytest.raises(ValueError, match="'b'"):
        records.write_rows(tmp_path, "study", [{"a": 1}, {"b": 2}], (0,))
    assert (
        (tmp_path / "results" / "study.csv").read_text().startswith("a,seeds,hardware,commit\n1,")
    )
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["study.csv"]


def test_figures_are_small_and_keep_their_colors(tmp_path):
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.imshow(np.random.default_rng(0).random([30, 40]), cmap="viridis")
    axes.plot([0, 39], [0, 29], color="#d55e00", linewidth=8)
    records.write_figure(tmp_path, "study", figure)
    picture = Image.open(tmp_path / "figures" / "study.png")
    assert picture.mode == "P" and picture.size == (480, 360)
    assert (tmp_path / "figures" / "study.png").stat().st_size < 50_000
    pixels = np.array(picture.convert("RGB")).reshape(-1, 3).astype(int)
    assert np.abs(pixels - [0xD5, 0x5E, 0x00]).max(axis=1).min() < 16


def test_index_reads_titles_and_budgets_from_the_files():
    index = experiments.index()
    assert "records" not in index and "enumeration" not in index
    estimators = index["estimators"]
    assert estimators.module == "ganzoo.experiments.estimators"
    assert estimators.settings == ("draws", "training_steps", "problems")
    for name, experiment in index.items():
        assert experiment.title and "\n" not in experiment.title, name
        assert not experiment.title.endswith("."), name


def test_a_gallery_is_completed_when_it_is_resumed(tmp_path):
    layout = [["a", "b"], ["c", "d"]]
    for cell, gray in (("a", 0), ("b", 200), ("d", 100)):
        records.Gallery(tmp_path, "study", layout).add(cell, Image.new("L", (20, 10), gray))
    figure = np.array(Image.open(tmp_path / "figures" / "study.png").convert("L"))
    assert figure.shape == (2 * 10 + 8, 2 * 20 + 8)
    assert (figure[:10, :20] == 0).all() and (figure[18:, 28:] == 100).all()
    assert (figure[:10, 28:] == 200).all()
    assert (figure[:10, 20:28] == 255).all() and (figure[10:, :28] == 255).all()
    assert np.array(Image.open(tmp_path / "figures" / "study" / "d.png")).shape == (10, 20)
