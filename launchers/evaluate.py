"""Scores a trained model against a data set: `python launchers/evaluate.py --help`."""

import sys

from ganzoo.cli import evaluate, flags

if __name__ == "__main__":
    sys.exit(flags.run(evaluate.main, sys.argv[1:]))
