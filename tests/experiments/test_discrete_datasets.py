import numpy as np
import pytest
from PIL import Image

from ganzoo.data import Data
from ganzoo.experiments import discrete_datasets

LOCAL = ("four_bits", "bars_and_stripes", "photographs", "python_topics")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """(rows by name, directory) of the data sets that need no TensorFlow Datasets."""
    output = tmp_path_factory.mktemp("study")
    rows = discrete_datasets.run(output, names=LOCAL)
    return {row["name"]: row for row in rows}, output


def test_rows_say_what_the_data_are(study):
    rows, _ = study
    assert tuple(rows) == LOCAL
    assert [rows[name]["event"] for name in LOCAL[:3]] == ["4", "16", "32x32x16"]
    assert [row["distribution"] for row in rows.values()] == ["bernoulli"] * 2 + ["categorical"] * 2
    assert (rows["photographs"]["train"], rows["photographs"]["test"]) == (4000, 1000)
    assert rows["photographs"]["categories_in_train"] == 16
    assert rows["python_topics"]["event"].startswith("32x")
    assert rows["python_topics"]["train"] == pytest.approx(
        9 * rows["python_topics"]["test"], rel=0.01
    )
    for row in list(rows.values())[2:]:
        assert row["share_of_ones"] == row["entropy_nats"] == ""
    # A space is the most frequent character; English has about 18 percent.
    assert 0.1 < float(rows["python_topics"]["largest_share"]) < 0.25


def test_exact_entropies_and_shares(study):
    """Four bits: within a pattern 4 h(0.1), and the pattern is nearly known from the bits."""
    rows, _ = study
    h = -0.9 * np.log(0.9) - 0.1 * np.log(0.1)
    four_bits = float(rows["four_bits"]["entropy_nats"])
    assert 4 * h + 0.5 < four_bits < 4 * h + np.log(2)
    probabilities = []
    for state in np.ndindex(2, 2, 2, 2):
        ones = state[0] + state[1] + (1 - state[2]) + (1 - state[3])  # that agree with 1100
        probabilities.append((0.9**ones * 0.1 ** (4 - ones) + 0.9 ** (4 - ones) * 0.1**ones) / 2)
    assert four_bits == pytest.approx(-np.dot(probabilities, np.log(probabilities)), abs=1e-4)
    assert float(rows["bars_and_stripes"]["entropy_nats"]) == pytest.approx(np.log(30), abs=1e-4)
    for name in ("four_bits", "bars_and_stripes"):
        assert float(rows[name]["share_of_ones"]) == pytest.approx(0.5, abs=0.01)


def test_figure(study):
    path = study[1] / "figures" / "discrete_datasets.png"
    assert path.stat().st_size < 150_000
    picture = Image.open(path)
    assert picture.mode == "P"
    # Half of the toys' pixels are zeros, in black.
    pixels = np.array(picture.convert("L"))
    assert 0.03 < np.mean(pixels < 30) < 0.6


def test_share_of_ones_is_not_that_of_zeros():
    examples = np.array([[0, 0, 0, 1], [0, 0, 0, 1]], np.float32)
    data = Data(name="bits", examples=examples, value_range=(0.0, 1.0))
    row = discrete_datasets._describe("bits", discrete_datasets.SOURCES["four_bits"], data, data)
    assert (row["share_of_ones"], row["largest_share"]) == ("0.2500", "0.7500")
