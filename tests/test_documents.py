"""What the documents say of results, and what they point to."""

import csv
import pathlib
import re
import statistics

import pytest

from ganzoo.cli import results

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
