"""`results`: scores of finished trainings as rows of a CSV file, and tables of a Markdown file."""

import csv
import json
import statistics
from pathlib import Path

from absl import flags as absl_flags

from ganzoo.cli import environment, flags
from ganzoo.cli.source import Source

USAGE = """
Collect the scores of finished run directories of one data set in a CSV file, with a row for
training examples in place of generated ones (the floor). Rows of other models and seeds that the
file holds already stay. Renew the table of a Markdown file, which stands between the lines
<!-- results --> and <!-- /results -->.

  results --runs=runs/dcgan,runs/vae --output=docs/results/fashion_mnist.csv --markdown=README.md
  results --output=docs/results/fashion_mnist.csv --markdown=README.md      the table only
"""
SCORES = {  # column -> score, without the extractor and the count that its name ends in
    "frechet": "frechet",
    "kernel": "kernel",
    "kernel_std": "kernel_std",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "inception_score": "inception_score",
    "nearest_neighbor_ratio": "nearest_neighbor_ratio",
}
COLUMNS = (
    *("model", "seed", *SCORES, "label_accuracy", "dataset", "extractor", "num_real"),
    *("num_generated", "epochs", "scored_epoch", "iterations", "batch_size", "overrides"),
    *("precision_of_arithmetic", "images_per_second", "hardware", "commit"),
)
_LABELED_SAMPLES = 10_000
OPENING, CLOSING = "<!-- results -->", "<!-- /results -->"


def define(values):
    """The flags of `results`."""
    absl_flags.DEFINE_list("runs", [], "Run directories.", flag_values=values)
    absl_flags.DEFINE_string("output", None, "CSV file of the rows.", flag_values=values)
    absl_flags.DEFINE_string("markdown", None, "File whose table to renew.", flag_values=values)
    absl_flags.DEFINE_string("data_dir", None, "Where TFDS keeps its data.", flag_values=values)


def main(argv):
    """Collect; returns the exit code."""
    values = flags.parse(define, argv, USAGE)
    if values is None:
        return 0
    if values.output is None:
        raise flags.UsageError("--output is missing: give the CSV file")
    output = Path(values.output)
    if values.runs:
        rows = _collect([Source(run) for run in values.runs], values)
        rows = merged(_read(output), rows) if output.exists() else rows
        with output.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    if values.markdown:
        path = Path(values.markdown)
        path.write_text(renewed(path.read_text(), markdown_table(output)))
    return 0


def _collect(sources, values):
    environment.start()
    import ganzoo
    from ganzoo.callbacks.checkpoints import read_state
    from ganzoo.cli.scores import Scores

    datasets = {(s.settings["dataset"], s.settings["extractor"]) for s in sources}
    if len(datasets) != 1:
        raise flags.UsageError(f"the runs must share data set and extractor, got {datasets}")
    [(dataset, extractor)] = datasets
    train = ganzoo.data.load(dataset, split="train", data_dir=values.data_dir)
    test = ganzoo.data.load(dataset, split="test", data_dir=values.data_dir)
    scores = Scores(train, test, extractor)
    common = {"dataset": dataset, "extractor": extractor, "num_real": len(test)}
    rows = [{"model": "training examples (floor)", **common, **_columns(scores.floor())}]
    for source in sources:
        record = json.loads((source.path / "scores.json").read_text())
        with (source.path / "metrics.csv").open() as file:
            rates = [float(row["images_per_second"]) for row in csv.DictReader(file)]
        config = source.run.read_config()
        settings = config["settings"]
        rows.append(
            {
                "model": settings["model"],
                "seed": settings["seed"],
                **common,
                **_columns(record["scores"]),
                "label_accuracy": _label_accuracy(source, extractor),
                "num_generated": record["protocol"]["num_generated"],
                "epochs": record["epochs"],
                "scored_epoch": record["epoch"],
                "iterations": read_state(source.file)["iteration"],
                "batch_size": settings["batch_size"],
                "overrides": json.dumps(settings["overrides"], sort_keys=True),
                "precision_of_arithmetic": settings["precision"],
                "images_per_second": round(statistics.median(rates)),
                "hardware": config["hardware"],
                "commit": config["versions"]["commit"],
            }
        )
        print(f"{settings['model']}: frechet {rows[-1]['frechet']}", flush=True)
    return rows


def _columns(scores):
    """Scores by column: the name's ending says extractor and count, the pixel ones are left out."""
    columns = {}
    for column, stem in SCORES.items():
        for name, value in scores.items():
            rest = name.removeprefix(stem + "_")
            if rest != name and not rest.startswith(("pixels", "std_")):
                columns[column] = f"{value:.4f}"
    return columns


def _label_accuracy(source, extractor):
    """Share of conditional samples that the classifier gives their own label; "" without labels."""
    model = source.load()
    if not getattr(model, "uses_labels", False):
        return ""
    from ganzoo import metrics
    from ganzoo.metrics import extractors

    labels = model.labels_for(_LABELED_SAMPLES)
    samples = model.generate(_LABELED_SAMPLES, label=labels, seed=0).numpy()
    probabilities = extractors.load(extractor).probabilities(samples)
    return f"{metrics.label_accuracy(probabilities, labels):.4f}"


def _read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def merged(before, now):
    """`before` with the rows of `now` in place of those of the same model and seed, or after it."""
    rows = {(row["model"], str(row.get("seed", ""))): row for row in (*before, *now)}
    return list(rows.values())


def markdown_table(path):
    """The models of the CSV file as a Markdown table, best mean Fréchet distance first.

    Trainings of a model with several seeds are one line: their means, and beside that of the
    distance the standard deviation between seeds, with N - 1.
    """
    trainings = {}
    for row in _read(Path(path)):
        trainings.setdefault(row["model"], []).append(row)
    titles = {
        "frechet": "Fréchet ↓",
        "kernel": "KID ↓",
        "precision": "precision ↑",
        "recall": "recall ↑",
        "density": "density ↑",
        "coverage": "coverage ↑",
        "label_accuracy": "labels right",
        "epochs": "epochs",
        "images_per_second": "images/s",
    }
    lines = [
        "| " + " | ".join(["model", "seeds", *titles.values()]) + " |",
        "|" + "---|" * (2 + len(titles)),
    ]
    for model, rows in sorted(trainings.items(), key=lambda item: _mean(item[1], "frechet")):
        trained = bool(rows[0]["seed"])
        cells = [f"[{model}](docs/cards/{model}.md)", str(len(rows))] if trained else [model, ""]
        cells += [_cell(rows, column) for column in titles]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _numbers(rows, column):
    return [float(row[column]) for row in rows if row[column]]


def _mean(rows, column):
    return statistics.mean(_numbers(rows, column))


def _cell(rows, column):
    """What a table says of a column of the trainings of one model."""
    if len(rows) == 1 or not _numbers(rows, column):
        return rows[0][column]
    if column in ("epochs", "images_per_second"):
        return str(round(_mean(rows, column)))
    if column == "frechet":
        return f"{_mean(rows, column):.4f} ± {statistics.stdev(_numbers(rows, column)):.4f}"
    return f"{_mean(rows, column):.4f}"


def renewed(text, table):
    """`text` with the table between its two marks replaced.

    Raises:
      UsageError: the marks are missing.
    """
    before, opening, rest = text.partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    if not opening or not closing:
        raise flags.UsageError(f"the Markdown file needs the lines {OPENING} and {CLOSING}")
    return f"{before}{OPENING}\n{table}\n{CLOSING}{after}"
