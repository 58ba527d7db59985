"""`python -m ganzoo`, and the command `ganzoo`: the launchers under one name."""

import importlib
import sys

from ganzoo.cli import flags
from ganzoo.registry import unknown

COMMANDS = {
    "train": ("ganzoo.cli.train", "train a model and export it"),
    "evaluate": ("ganzoo.cli.evaluate", "score a trained model against a data set"),
    "sample": ("ganzoo.cli.sample", "draw samples or a path between them"),
    "export": ("ganzoo.cli.export", "export a checkpoint as a SavedModel"),
    "benchmark": ("ganzoo.cli.benchmark", "measure the speed of training"),
    "experiment": ("ganzoo.cli.experiment", "repeat a study of the documents"),
    "list": ("ganzoo.cli.listing", "list the models and their papers"),
}


def main(argv=None):
    """Carry out a command; returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    return flags.run(_dispatch, argv)


def _dispatch(argv):
    if not argv or argv[0] in ("--help", "-h", "help"):
        print("usage: ganzoo COMMAND [--flag=value ...]\n")
        for name, (_, text) in COMMANDS.items():
            print(f"  {name:<10} {text}")
        print("\nganzoo COMMAND --help lists the flags of a command.")
        return 0
    if argv[0] not in COMMANDS:
        raise flags.UsageError(unknown("command", argv[0], list(COMMANDS)))
    return importlib.import_module(COMMANDS[argv[0]][0]).main(argv[1:])


if __name__ == "__main__":
    sys.exit(main())
