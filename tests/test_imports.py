"""The direction of the imports inside the package, and what importing it costs."""

import ast
import pathlib
import subprocess
import sys

import pytest

PACKAGE = pathlib.Path(__file__).parents[1] / "ganzoo"

# part of the package -> parts that it may import beside itself; what is not listed may import all
MAY_IMPORT = {
    "processor": set(),
    "layers": {"processor"},
    "losses": set(),
    "optimizers": set(),
    "regularizers": set(),
    "stochastic": set(),
    "networks": {"layers", "losses", "regularizers", "stochastic"},
    "data": set(),
    "interpolation": set(),
    "metrics": {"data"},
    "callbacks": {"data", "metrics"},
    "models": {
        "layers",
        "losses",
        "optimizers",
        "regularizers",
        "stochastic",
        "networks",
        "data",
        "registry",  # to register their recipes
    },
    "registry": {"networks", "models"},
    "export": {"data", "models", "registry"},
}
# `GenerativeModel.export` is the verb of Keras; the module it opens is loaded when it is called.
EXCEPTIONS = {("models/base.py", "export")}


def part_of(module):
    """Part of the package that a module name belongs to; None for the package itself or others."""
    names = module.split(".")
    return names[1] if names[0] == "ganzoo" and len(names) > 1 else None


def imports(path):
    """Parts of the package that the file at `path` imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            modules = [node.module]
            if node.module == "ganzoo":
                modules = [f"ganzoo.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {part for module in modules if (part := part_of(module))}
    return found


def files(part):
    single = PACKAGE / f"{part}.py"
    return [single] if single.exists() else sorted((PACKAGE / part).rglob("*.py"))


def violations(part):
    """Imports of a part that its layer does not allow, as "file imports part"."""
    allowed = MAY_IMPORT[part] | {part}
    return [
        f"{name} imports {other}"
        for path in files(part)
        for name in [path.relative_to(PACKAGE).as_posix()]
        for other in sorted(imports(path) - allowed)
        if (name, other) not in EXCEPTIONS
    ]


@pytest.mark.parametrize("part", list(MAY_IMPORT))
def test_imports_point_one_way(part):
    assert violations(part) == []


def test_every_part_has_its_place():
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    parts -= {"__init__", "__main__", "__pycache__"}
    # The commands stand above everything; benchmarks and experiments use what a user uses.
    assert parts - set(MAY_IMPORT) <= {"cli", "benchmarks", "experiments"}


def test_nothing_below_imports_the_commands():
    for part in MAY_IMPORT:
        for path in files(part):
            assert not imports(path) & {"cli", "benchmarks", "experiments"}, path


@pytest.mark.parametrize("part", ["data", "metrics", "callbacks"])
def test_data_metrics_and_callbacks_know_no_models(part):
    for path in files(part):
        assert not imports(path) & {"models", "registry", "export"}, path


def test_the_reader_of_imports_reads_all_forms(tmp_path):
    path = tmp_path / "file.py"
    path.write_text(
        "import ganzoo.losses.vectors\nfrom ganzoo import data as d, registry\n"
        "def f():\n    from ganzoo.models.base import held\n    import keras, ganzoo\n"
    )
    assert imports(path) == {"losses", "data", "registry", "models"}


@pytest.mark.parametrize(
    "code",
    [
        "import ganzoo",
        "import ganzoo; ganzoo.registry.index()",
        "import ganzoo; ganzoo.data.names()",
        "import ganzoo.experiments; ganzoo.experiments.index()",
        "import ganzoo.__main__",
    ],
)
def test_names_are_there_without_tensorflow(code):
    loaded = "sorted({m.partition('.')[0] for m in sys.modules} & {'tensorflow', 'keras'})"
    result = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print({loaded})"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert result.stdout.strip() == "[]"
