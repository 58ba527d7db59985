"""Rows and tables of measured scores."""

import csv

import pytest

from ganzoo.cli import flags, results


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "scores.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, results.COLUMNS)
        writer.writeheader()
        writer.writerow({"model": "vae", "seed": 0, "frechet": "5.5", "epochs": 20})
        writer.writerow({"model": "floor", "frechet": "0.01"})
        writer.writerow({"model": "dcgan", "seed": 0, "frechet": "1.9", "epochs": 20})
    return path


def test_the_best_distance_comes_first(table):
    lines = results.markdown_table(table).splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        "floor",
        "[dcgan](docs/cards/dcgan.md)",
        "[vae](docs/cards/vae.md)",
    ]


def test_seeds_of_a_model_are_one_line_of_means(table):
    """Distances 1.0 and 2.4: mean 1.7, standard deviation 0.7 sqrt 2; the one rate is kept."""
    with table.open("a", newline="") as file:
        writer = csv.DictWriter(file, results.COLUMNS)
        for seed, frechet, recall, rate in ((0, "1.0", "0.5", "900"), (1, "2.4", "0.6", "")):
            writer.writerow(
                {"model": "lsgan", "seed": seed, "frechet": frechet, "recall": recall}
                | {"epochs": 20, "images_per_second": rate}
            )
    lines = results.markdown_table(table).splitlines()
    titles, floor, lsgan, dcgan, _ = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in (lines[0], *lines[2:])
    ]
    assert floor[:3] == ["floor", "", "0.01"] and dcgan[1:3] == ["1", "1.9"]
    assert dict(zip(titles, lsgan, strict=True)) == {
        "model": "[lsgan](docs/cards/lsgan.md)",
        "seeds": "2",
        "Fréchet ↓": "1.7000 ± 0.9899",
        "KID ↓": "",
        "precision ↑": "",
        "recall ↑": "0.5500",
        "density ↑": "",
        "coverage ↑": "",
        "labels right": "",
        "epochs": "20",
        "images/s": "900",
    }


def test_only_what_is_between_the_marks_is_renewed(table, tmp_path):
    markdown = tmp_path / "README.md"
    markdown.write_text("before\n<!-- results -->\nold\n<!-- /results -->\nafter\n")
    assert results.main([f"--output={table}", f"--markdown={markdown}"]) == 0
    text = markdown.read_text()
    assert text.startswith("before\n<!-- results -->\n| model |")
    assert text.endswith("|\n<!-- /results -->\nafter\n") and "old" not in text


def test_a_file_without_marks_is_refused(table):
    with pytest.raises(flags.UsageError, match="<!-- results -->"):
        results.renewed("no marks", "table")


def test_new_rows_take_the_place_of_the_same_model_and_seed(table):
    before = results._read(table)
    now = [
        {"model": "floor", "frechet": "0.02"},
        {"model": "dcgan", "seed": 0, "frechet": "1.8"},
        {"model": "dcgan", "seed": 1, "frechet": "1.7"},
    ]
    rows = [(row["model"], row["frechet"]) for row in results.merged(before, now)]
    assert rows == [("vae", "5.5"), ("floor", "0.02"), ("dcgan", "1.8"), ("dcgan", "1.7")]


def test_columns_take_the_scores_of_the_classifier_and_not_of_pixels():
    scores = {
        "frechet_fashion_mnist_cnn_10k": 1.5,
        "kernel_fashion_mnist_cnn_10k": 0.25,
        "kernel_std_fashion_mnist_cnn_10k": 0.125,
        "nearest_neighbor_ratio_pixels_10k": 9.0,
        "nearest_neighbor_ratio_fashion_mnist_cnn_10k": 1.25,
    }
    assert results._columns(scores) == {
        "frechet": "1.5000",
        "kernel": "0.2500",
        "kernel_std": "0.1250",
        "nearest_neighbor_ratio": "1.2500",
    }
