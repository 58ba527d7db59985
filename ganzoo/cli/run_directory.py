"""What a training leaves on the disk, and whether it may go on there."""

import json
import os
import shutil
from pathlib import Path

from ganzoo.cli.flags import UsageError


class RunDirectory:
    """Paths of one training's files.

    config.json              the resolved settings
    metrics.csv              one row per epoch
    samples/                 epoch_0001.png, ..., training.gif
    tensorboard/             event files
    checkpoints/             last.keras, best.keras
    scores.json              scores of the exported model
    export/1/                SavedModel with its manifest; written last
    """

    def __init__(self, path):
        self.path = Path(path)
        self.config = self.path / "config.json"
        self.metrics = self.path / "metrics.csv"
        self.samples = self.path / "samples"
        self.tensorboard = self.path / "tensorboard"
        self.checkpoints = self.path / "checkpoints"
        self.last = self.checkpoints / "last.keras"
        self.best = self.checkpoints / "best.keras"
        self.scores = self.path / "scores.json"
        self.export = self.path / "export"

    def read_config(self):
        """The settings of the training in this directory; None if there is none."""
        if not self.config.exists():
            return None
        return json.loads(self.config.read_text(encoding="utf-8"))

    def write_config(self, config):
        """Store the settings of the training."""
        from ganzoo.callbacks.atomic import replace_text

        replace_text(self.config, json.dumps(config, indent=2) + "\n")

    def check_config(self, config):
        """Refuse settings that differ from those of the training in this directory.

        More epochs than before are no difference: the training is extended.

        Raises:
            UsageError: says what differs, or that the directory holds something else.
        """
        before = self.read_config()
        if before is None:
            if self.path.is_dir() and any(self.path.glob("[!.]*")):
                raise UsageError(
                    f"--output={self.path} has files but no config.json: give another directory"
                )
            return
        differences = _differences(before["settings"], config["settings"])
        if config["epochs"] < before["epochs"]:
            differences.append(f"epochs was {before['epochs']}, now {config['epochs']}")
        if differences:
            raise UsageError(
                f"--output={self.path} holds a training with other settings "
                f"({'; '.join(differences)}): give them again, or another --output"
            )

    def exported_epochs(self):
        """The number of epochs after which the model was exported; None if it was not."""
        manifest = self.export / "1" / "manifest.json"
        if not manifest.exists() or not self.scores.exists():
            return None
        return json.loads(self.scores.read_text(encoding="utf-8"))["epochs"]

    def replace_export(self, model, metadata):
        """Export the model; a directory that is not whole never has the final name."""
        temporary = self.path / ".export.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        model.export(temporary, metadata=metadata)
        shutil.rmtree(self.export, ignore_errors=True)
        os.rename(temporary, self.export)


def _differences(before, now, prefix=""):
    found = []
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            found += _differences(old, new, f"{prefix}{name}.")
        elif old != new:
            found.append(f"{prefix}{name} was {old!r}, now {new!r}")
    return found
