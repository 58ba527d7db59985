"""Trains a model of the zoo: `python launchers/train.py --help`."""

import sys

from ganzoo.cli import flags, train

if __name__ == "__main__":
    sys.exit(flags.run(train.main, sys.argv[1:]))
