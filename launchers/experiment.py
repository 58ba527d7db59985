"""Repeats a study of the documents: `python launchers/experiment.py --help`."""

import sys

from ganzoo.cli import experiment, flags

if __name__ == "__main__":
    sys.exit(flags.run(experiment.main, sys.argv[1:]))
