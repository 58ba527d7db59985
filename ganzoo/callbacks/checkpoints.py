"""Checkpoints that survive being killed."""

import json
import shutil
import zipfile
from pathlib import Path

import keras

from ganzoo.callbacks.atomic import replace

STATE = "training.json"


class Checkpoints(keras.callbacks.Callback):
    """Keeps the model of the last complete epoch, and of the best one by a logged score.

    `last.keras` is replaced after every epoch, `best.keras` when the score improves. Each is an
    ordinary Keras file with one more member, `training.json`, which holds the epoch, the iteration
    and the best score so far: weights and epoch are one file, so they cannot disagree, whenever the
    process is killed. Put this callback after all that write files of the epoch: then the file
    stands for a complete epoch.

    Args:
        directory: where the two files go.
        monitor: name of a logged score, or None to keep no best model. Epochs that do not log it
            are passed over.
        mode: "min" or "max", which scores are better.
    """

    def __init__(self, directory, monitor=None, mode="min"):
        super().__init__()
        if mode not in ("min", "max"):
            raise ValueError(f'mode must be "min" or "max", got {mode!r}.')
        self.last = Path(directory) / "last.keras"
        self.best = Path(directory) / "best.keras"
        self.monitor = monitor
        self.mode = mode

    def on_train_begin(self, logs=None):
        self._best = None
        self._started = False
        self._complete()

    def on_epoch_begin(self, epoch, logs=None):
        if not self._started:
            self._started = True
            state = read_state(self.last)
            if state and state["epoch"] == epoch:
                self._best = state["best"]

    def on_epoch_end(self, epoch, logs=None):
        if getattr(self.model, "stop_reason", None):
            return
        if self._improves((logs or {}).get(self.monitor)):
            self._best = {"epoch": epoch + 1, "name": self.monitor, "value": logs[self.monitor]}
        state = {
            "epoch": epoch + 1,
            "iteration": int(self.model.iteration.numpy()),
            "best": self._best,
        }
        replace(self.last, lambda temporary: self._save(temporary, state))
        self._complete()

    def _improves(self, value):
        if value is None or value != value:
            return False
        if self._best is None:
            return True
        best = self._best["value"]
        return value < best if self.mode == "min" else value > best

    def _complete(self):
        """Copy last to best if it is the best: again, if a process was killed in between."""
        state = read_state(self.last)
        is_best = state and state["best"] and state["best"]["epoch"] == state["epoch"]
        if is_best and read_state(self.best) != state:
            replace(self.best, lambda temporary: shutil.copyfile(self.last, temporary))

    def _save(self, path, state):
        self.model.save(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(STATE, json.dumps(state))


def read_state(path):
    """What a checkpoint says of the training: a dict of `epoch`, `iteration` and `best`.

    None if there is no such file, or if it is a Keras file that this callback has not written.
    """
    path = Path(path)
    if not path.exists():
        return None
    with zipfile.ZipFile(path) as archive:
        if STATE not in archive.namelist():
            return None
        return json.loads(archive.read(STATE))
