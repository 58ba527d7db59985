"""Exports a trained model as a SavedModel: `python launchers/export.py --help`."""

import sys

from ganzoo.cli import export, flags

if __name__ == "__main__":
    sys.exit(flags.run(export.main, sys.argv[1:]))
