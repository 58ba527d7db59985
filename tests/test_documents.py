"""What the documents say of results, and what they point to."""

import csv
import json
import pathlib
import re
import statistics

import pytest

from ganzoo.cli import results
from ganzoo.experiments import robustness, robustness_networks

ROOT = pathlib.Path(__file__).parents[1]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
SCORES = ROOT / "docs" / "results" / "fashion_mnist.csv"


def anchors(path):
    """What GitHub makes of a document's titles, as far as these need it."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_something(path):
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def rows_of(path, title):
    """Cells of each row of the Markdown table of `path` whose first line starts with `title`."""
    lines = path.read_text().split(title, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def trainings(path):
    """Rows of a CSV file for each model that was trained."""
    models = {}
    with path.open() as file:
        for row in csv.DictReader(file):
            if row["seed"]:
                models.setdefault(row["model"], []).append(row)
    return models


def mean(rows, column, decimals):
    """Mean over the seeds, with the standard deviation between them where there are several."""
    values = [float(row[column]) for row in rows]
    text = f"{statistics.mean(values):.{decimals}f}"
    return text if len(values) == 1 else f"{text} ± {statistics.stdev(values):.{decimals}f}"


def test_the_table_of_the_readme_is_that_of_the_results():
    text = (ROOT / "README.md").read_text()
    assert results.renewed(text, results.markdown_table(SCORES)) == text


def test_the_ranking_is_that_of_the_results():
    models = trainings(SCORES)
    order = sorted(models, key=lambda m: statistics.mean(float(r["frechet"]) for r in models[m]))
    rows = rows_of(ROOT / "docs" / "fashion_mnist.md", "| | model |")
    assert [row[1] for row in rows] == [f"[{model}](cards/{model}.md)" for model in order]
    for place, (model, row) in enumerate(zip(order, rows), 1):
        trained = models[model]
        recall = statistics.mean(float(each["recall"]) for each in trained)
        updates = {int(each["iterations"]) for each in trained}
        assert row[0] == str(place)
        assert row[2:4] == [mean(trained, "frechet", 2), str(len(trained))], model
        assert row[4] == f"{recall:.2f}" and {int(row[5].replace(",", ""))} == updates, model


def test_the_modes_of_stacked_digits_are_those_of_the_results():
    models = trainings(ROOT / "docs" / "results" / "stacked_mnist.csv")
    rows = rows_of(ROOT / "docs" / "experiments.md", "| | modes | KL |")
    found = {row[0].split(",")[0].replace("real stacks", "data"): row for row in rows}
    assert set(found) == set(models)
    for model, trained in models.items():
        _, modes, divergence, seeds, _ = found[model]
        assert modes.partition(" (")[0] == mean(trained, "modes", 0), model
        assert (divergence, seeds) == (mean(trained, "kl_from_uniform", 2), str(len(trained)))


def title(model, settings):
    """How the table of the two point sets names a run."""
    parts = [f"[{model}](cards/{model}.md)"]
    for name, value in json.loads(settings).items():
        parts.append(
            {
                "r1_weight": f"R1 {value}".removesuffix(".0"),
                "averaging": "averaged",
                "potential": "squared distance",
            }[name]
        )
    return ", ".join(parts)


def lowest_to_highest(values):
    low, high = (f"{value:.0f}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def test_the_table_of_the_point_sets_is_that_of_the_results():
    rows = rows_of(ROOT / "docs" / "experiments.md", "| | updates on the ring |")
    found = {row[0]: row[1:] for row in rows}
    expected = {}
    for name in ("ring", "grid"):
        runs = {}
        with (ROOT / "docs" / "results" / f"{name}.csv").open() as file:
            for row in csv.DictReader(file):
                runs.setdefault((row["model"], row["settings"]), []).append(row)
        for (model, settings), trained in runs.items():
            assert sorted(row["seed"] for row in trained) == ["0", "1", "2"]
            cells = expected.setdefault(title(model, settings), [])
            if name == "ring":
                cells.append(f"{int(trained[0]['steps']):,}")
            cells.append(lowest_to_highest([int(row["modes"]) for row in trained]))
            shares = [100 * float(row["high_quality_share"]) for row in trained]
            cells.append(lowest_to_highest(shares))
    assert len(found) == len(rows) and found == expected


@pytest.mark.parametrize(
    ("data", "columns"), [("ring", ("modes", "high_quality_share")), ("digits", ("frechet",))]
)
def test_the_tables_of_the_stabilizers_are_those_of_the_results(data, columns):
    runs = {}
    with (ROOT / "docs" / "results" / "stabilizers.csv").open() as file:
        for row in csv.DictReader(file):
            if row["data"] == data:
                runs.setdefault(row["stabilizer"], []).append(row)
    rows = rows_of(ROOT / "docs" / "stabilizers.md", f"| {data} |")
    for row, trained in zip(rows, runs.values(), strict=True):
        for cell, column in zip(row[1:], columns, strict=True):
            decimals = len(cell.partition(",")[0].partition(".")[2])
            expected = [float(each[column]) for each in trained]
            found = [float(value) for value in cell.split(", ")]
            assert found == pytest.approx(expected, abs=0.501 * 10**-decimals), row


def test_the_table_of_the_architectures_is_that_of_the_results():
    """Coverage, seed by seed, successes in bold; after the longer training behind a stroke."""
    cells = {}
    with (ROOT / "docs" / "results" / "robustness.csv").open() as file:
        for row in sorted(csv.DictReader(file), key=lambda row: int(row["seed"])):
            text = f"{float(row['coverage']):.2f}"
            trainings = cells.setdefault((row["architecture"], row["method"]), {})
            each = trainings.setdefault(int(row["steps"]), [])
            each.append(f"**{text}**" if row["success"] == "True" else text)
    rows = rows_of(ROOT / "docs" / "experiments.md", "| | `dcgan` |")
    assert [row[0] for row in rows] == list(robustness_networks.ARCHITECTURES)
    for name, *row in rows:
        expected = [
            " / ".join(", ".join(each) for _, each in sorted(cells.pop((name, method)).items()))
            for method in robustness.METHODS
        ]
        assert row == expected, name
    assert not cells
