"""The studies that fill the documents: functions that return numbers and draw a figure.

An experiment is one module `ganzoo/experiments/<name>.py`. The first line of its docstring is its
title; the rest says which section of which document it fills, its protocol and its budget. It has

    run(output, seeds=(0, 1, 2), **budget)

which prints its progress, writes `<output>/results/<name>.csv` and, where there is something to
see, `<output>/figures/<name>.png` (see `ganzoo.experiments.records`) and returns the rows of the
former as a list of dicts. The command passes the seeds 0, 1 and 2 unless it is told others. These
and the defaults of the budget are those of the published numbers, but where the document that shows
the numbers gives a command with seeds or a budget of its own.
"""

import ast
import functools
import pathlib
from typing import NamedTuple


class Experiment(NamedTuple):
    """What a file says about its experiment."""

    module: str
    title: str
    settings: tuple  # names of the budget


@functools.cache
def index():
    """Names of the experiments -> `Experiment`, read from the files without running them."""
    found = {}
    for path in sorted(pathlib.Path(__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "run":
                title = ast.get_docstring(tree).splitlines()[0].removesuffix(".")
                names = [argument.arg for argument in node.args.args + node.args.kwonlyargs]
                settings = tuple(name for name in names if name not in ("output", "seeds"))
                found[path.stem] = Experiment(f"{__name__}.{path.stem}", title, settings)
    return found
