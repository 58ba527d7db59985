"""`export`: a checkpoint as a SavedModel."""

import json

from absl import flags as absl_flags

from ganzoo.cli import environment, flags
from ganzoo.cli.source import CHECKPOINTS, Source

USAGE = """
Export a trained model as a SavedModel that serves without this package. The output directory holds
numbered versions; its manifest has the settings of the training and, if known, the scores.

  export --model=runs/wgan_gp --output=saved_models/wgan_gp_fashion_mnist
"""


def define(values):
    """The flags of `export`."""
    absl_flags.DEFINE_string("model", None, "Run directory or .keras file.", flag_values=values)
    absl_flags.DEFINE_enum(
        "checkpoint",
        None,
        list(CHECKPOINTS),
        "Checkpoint of a run directory. Unset: the best if there is one.",
        flag_values=values,
    )
    absl_flags.DEFINE_string("output", None, "Directory of the versions.", flag_values=values)


def main(argv):
    """Export; returns the exit code."""
    values = flags.parse(define, argv, USAGE)
    if values is None:
        return 0
    source = Source(values.model, values.checkpoint)
    if source.file is None:
        raise flags.UsageError(f"--model={values.model} is exported already")
    if values.output is None:
        raise flags.UsageError("--output is missing: give a directory, named as the model")

    environment.start()
    from ganzoo.callbacks.checkpoints import read_state

    try:
        model = source.load()
    except ValueError as error:
        raise flags.UsageError(" ".join(str(error).split())) from None
    metadata = {}
    if source.run:
        metadata = {"training": source.settings, "checkpoint": source.file.stem}
        metadata["epoch"] = read_state(source.file)["epoch"]
        if source.run.scores.exists():
            scores = json.loads(source.run.scores.read_text(encoding="utf-8"))
            if scores["epoch"] == metadata["epoch"]:
                metadata |= {"protocol": scores["protocol"], "scores": scores["scores"]}
    print(f"exported to {model.export(values.output, metadata=metadata)}")
    return 0
