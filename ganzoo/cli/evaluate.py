"""`evaluate`: scores of a trained model against a data set."""

import csv
import json
from pathlib import Path

from absl import flags as absl_flags

from ganzoo.cli import environment, flags
from ganzoo.cli.names import check_dataset, check_extractor
from ganzoo.cli.source import CHECKPOINTS, Source

USAGE = """
Score a trained model against the test examples of a data set, beside the scores that as many
training examples get in place of generated ones (the floor). Prints a table and writes a file.

  evaluate --model=runs/wgan_gp
  evaluate --model=saved_models/wgan_gp --dataset=fashion_mnist --output=scores.csv
"""


def define(values):
    """The flags of `evaluate`."""

    def string(name, default, text):
        absl_flags.DEFINE_string(name, default, text, flag_values=values)

    def integer(name, default, text):
        absl_flags.DEFINE_integer(name, default, text, flag_values=values)

    string("model", None, "Run directory, .keras file or exported directory.")
    absl_flags.DEFINE_enum(
        "checkpoint",
        None,
        list(CHECKPOINTS),
        "Checkpoint of a run directory. Unset: the best if there is one.",
        flag_values=values,
    )
    string("dataset", None, "Data set to compare with. Unset: the one of the run directory.")
    string("split", "train", "Split that the model was trained on.")
    integer("image_size", None, "Side to resize images to. Unset: as in training.")
    absl_flags.DEFINE_enum(
        "channels", None, ["1", "3"], "Gray or color. Unset: as in training.", flag_values=values
    )
    integer("crop", None, "Side of the central square to crop. Unset: as in training.")
    absl_flags.DEFINE_enum(
        "binarized",
        None,
        ["static", "dynamic"],
        "Binary pixels. Unset: as in training.",
        flag_values=values,
    )
    integer("colors", None, "Colors of the palette. Unset: as in training.")
    integer("sequence_length", None, "Characters of an example of a text. Unset: as in training.")
    string("data_dir", None, "Where TFDS keeps its data.")
    string("extractor", None, "Features of the scores. Unset: the best one for the data set.")
    integer("seed", 0, "Seed of the generated examples.")
    string("output", None, "File to write, .json or .csv. Unset: evaluation.json in --model.")
    integer("threads", 0, "CPU threads; 0: TensorFlow's choice.")


def main(argv):
    """Evaluate; returns the exit code."""
    values = flags.parse(define, argv, USAGE)
    if values is None:
        return 0
    flags.at_least(values, 0, "seed", "threads")
    flags.at_least(values, 1, "image_size", "crop", "sequence_length")
    flags.at_least(values, 2, "colors")
    check_extractor(values.extractor)
    source = Source(values.model, values.checkpoint)
    dataset = values.dataset or source.settings.get("dataset")
    if dataset is None:
        raise flags.UsageError("--dataset is missing: the model does not say what to compare with")
    check_dataset(dataset, values.data_dir)
    folder = source.path if source.path.is_dir() else source.path.parent
    output = Path(values.output or folder / "evaluation.json")
    if output.suffix not in (".json", ".csv"):
        raise flags.UsageError(f"--output={output}: give a file that ends in .json or .csv")
    if dataset == source.settings.get("dataset"):
        for name in (
            "split",
            "image_size",
            "channels",
            "crop",
            "binarized",
            "colors",
            "sequence_length",
        ):
            if not values[name].present:
                value = source.settings.get(name)
                values[name].value = str(value) if name == "channels" and value else value

    environment.start(threads=values.threads)
    from ganzoo.cli.scores import Scores
    from ganzoo.cli.splits import load_splits

    try:
        model = source.load()
        scores = Scores(*load_splits(dataset, values), values.extractor, values.seed)
        generated = scores.all(model)
    except ValueError as error:
        raise flags.UsageError(" ".join(str(error).split())) from None
    floor = scores.floor() or {}
    report = {
        "model": str(source.file or source.path),
        "protocol": scores.protocol,
        "scores": generated,
        "floor": floor,
    }
    print(" ".join(f"{name}={value}" for name, value in scores.protocol.items()))
    print(f"{'':<48} {'generated':>12} {'floor':>12}")
    for name, value in generated.items():
        beside = f"{floor[name]:12.4f}" if name in floor else ""
        print(f"{name:<48} {value:12.4f} {beside}")
    _write(output, report)
    print(f"written to {output}")
    return 0


def _write(path, report):
    from ganzoo.callbacks.atomic import replace, replace_text

    if path.suffix == ".json":
        replace_text(path, json.dumps(report, indent=2) + "\n")
        return

    def write(temporary):
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            protocol = report["protocol"]
            writer.writerow(["model", *protocol, "score", "generated", "floor"])
            for name, value in report["scores"].items():
                floor = report["floor"].get(name, "")
                writer.writerow([report["model"], *protocol.values(), name, value, floor])

    replace(path, write)
