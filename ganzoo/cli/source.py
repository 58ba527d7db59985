"""Trained models by their path: a run directory, a checkpoint, or an exported SavedModel."""

import json
from pathlib import Path

from ganzoo.cli.checkpoint import load_checkpoint
from ganzoo.cli.flags import UsageError
from ganzoo.cli.run_directory import RunDirectory

CHECKPOINTS = ("best", "last")


class Source:
    """Where a trained model is; checked without TensorFlow.

    Attributes:
        path: the given path.
        run: the `RunDirectory`, or None.
        file: the `.keras` file to load, or None for a SavedModel.
        settings: the settings of the training, empty if they are not known.

    Args:
        path: run directory, `.keras` file, or exported directory (with its version or without).
        checkpoint: "best" or "last" of a run directory; None takes the best if there is one.

    Raises:
        UsageError: no such path, or there is no model in it.
    """

    def __init__(self, path, checkpoint=None):
        if path is None:
            raise UsageError(
                "--model is missing: give a run directory, a .keras file or an exported directory"
            )
        self.path = Path(path).expanduser()
        self.run = self.file = None
        self.settings = {}
        if not self.path.exists():
            raise UsageError(f"--model={path} does not exist")
        if self.path.is_file() and self.path.suffix == ".keras":
            self.file = self.path
        elif (self.path / "config.json").exists():
            self.run = RunDirectory(self.path)
            self.settings = self.run.read_config()["settings"]
            files = {"best": self.run.best, "last": self.run.last}
            if checkpoint is None:
                checkpoint = "best" if self.run.best.exists() else "last"
            self.file = files[checkpoint]
            if not self.file.exists():
                raise UsageError(f"{self.path} has no {checkpoint} checkpoint yet")
        elif manifest := _manifest(self.path):
            self.settings = manifest.get("training", {})
        else:
            raise UsageError(
                f"--model={path} is no run directory, no .keras file and no exported model"
            )

    def load(self):
        """A `GenerativeModel`, or an `ExportedModel` with the same ways to draw samples."""
        import ganzoo

        return load_checkpoint(self.file) if self.file else ganzoo.load(self.path)


def _manifest(path):
    """The manifest of the newest version of an exported model; None if there is none."""
    versions = [p for p in path.glob("*/manifest.json") if p.parent.name.isdigit()]
    files = [p for p in (path / "manifest.json",) if p.exists()] or sorted(
        versions, key=lambda p: int(p.parent.name)
    )
    return json.loads(files[-1].read_text(encoding="utf-8")) if files else None
