"""Collects scores in docs/results and README.md: `python launchers/results.py --help`."""

import sys

from ganzoo.cli import flags, results

if __name__ == "__main__":
    sys.exit(flags.run(results.main, sys.argv[1:]))
