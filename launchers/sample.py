"""Draws samples of a trained model: `python launchers/sample.py --help`."""

import sys

from ganzoo.cli import flags, sample

if __name__ == "__main__":
    sys.exit(flags.run(sample.main, sys.argv[1:]))
