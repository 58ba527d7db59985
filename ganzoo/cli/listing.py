"""`list`: the models of the zoo with the papers they come from."""

import ast
from importlib.util import find_spec
from pathlib import Path

from ganzoo import registry
from ganzoo.cli import flags

USAGE = """
List the models of the zoo, with the title of the paper and where it is.

  list
"""


def main(argv):
    """Print a line for each model; returns the exit code."""
    if flags.parse(lambda values: None, argv, USAGE) is None:
        return 0
    papers = {}
    for module in sorted(set(registry.index().values())):
        papers.update(_papers(Path(find_spec(module).origin)))
    width = max(map(len, papers))
    for name in registry.list_models():
        print(f"{name:<{width}}  {papers[name]}")
    return 0


def _papers(path):
    """Recipe name -> "title (paper)" of the recipes in a file, read without running it."""
    papers = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Recipe":
            fields = {keyword.arg: keyword.value for keyword in node.keywords}
            name, title, paper = (ast.literal_eval(fields[f]) for f in ("name", "title", "paper"))
            papers[name] = f"{title} ({paper})"
    return papers
