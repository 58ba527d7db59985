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
        """The model: a `GenerativeModel`, or an `Export` with the same ways to draw samples."""
        return load_checkpoint(self.file) if self.file else Export(self.path)


class Export:
    """An exported model with the names that a `GenerativeModel` has for drawing samples."""

    def __init__(self, path):
        import ganzoo

        self._exported = ganzoo.load(path)
        self._manifest = self._exported.manifest
        self.value_range = self._manifest["value_range"]
        self.generate = self._exported.generate

    def sample_latents(self, num_samples, seed):
        """Latents [num_samples, latent_dim] from the prior."""
        from ganzoo.models import latents

        distribution, size = self._manifest["latent_distribution"], self._manifest["latent_dim"]
        return latents.sample(distribution, num_samples, size, seed)

    def labels_for(self, num_samples, label=None):
        """Labels int32 [num_samples] of a conditional model; None of another one."""
        from ganzoo.models import latents

        return latents.labels_for(self._manifest["num_classes"], num_samples, label)

    def decode(self, codes, labels=None):
        """Samples [N, ...] for latents [N, latent_dim]."""
        import tensorflow as tf

        inputs = {"latent": tf.constant(codes)}
        if labels is not None:
            inputs["label"] = tf.constant(labels)
        return self._exported.endpoints["serving_default"](**inputs)["image"]


def _manifest(path):
    """The manifest of the newest version of an exported model; None if there is none."""
    versions = [p for p in path.glob("*/manifest.json") if p.parent.name.isdigit()]
    files = [p for p in (path / "manifest.json",) if p.exists()] or sorted(
        versions, key=lambda p: int(p.parent.name)
    )
    return json.loads(files[-1].read_text(encoding="utf-8")) if files else None
