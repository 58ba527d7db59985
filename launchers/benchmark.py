"""Measures the speed of training: `python launchers/benchmark.py --help`."""

import sys

from ganzoo.cli import benchmark, flags

if __name__ == "__main__":
    sys.exit(flags.run(benchmark.main, sys.argv[1:]))
