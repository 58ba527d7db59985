import os
import shutil
import zipfile

import keras
import numpy as np
import pytest

from ganzoo.callbacks import Checkpoints, MetricsCsv, NanGuard
from ganzoo.callbacks.checkpoints import read_state


class Score(keras.callbacks.Callback):
    """Logs one given score per epoch; None logs nothing."""

    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def on_epoch_end(self, epoch, logs=None):
        if self.scores[epoch] is not None:
            logs["score"] = self.scores[epoch]


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def load(path, like):
    return keras.models.load_model(path, custom_objects={"Counter": type(like)})


def test_last_and_best(counter, fit, tmp_path):
    model = counter()
    scores = Score([3.0, 1.0, None, float("nan"), 2.0])
    fit(model, [scores, Checkpoints(tmp_path, monitor="score")], epochs=5)
    assert read_state(tmp_path / "last.keras") == {
        "epoch": 5,
        "iteration": 25,
        "best": {"epoch": 2, "name": "score", "value": 1.0},
    }
    assert read_state(tmp_path / "best.keras")["epoch"] == 2
    assert int(load(tmp_path / "last.keras", model).iteration) == 25
    assert int(load(tmp_path / "best.keras", model).iteration) == 10


def test_mode_max(counter, fit, tmp_path):
    fit(
        counter(),
        [Score([3.0, 1.0, 4.0]), Checkpoints(tmp_path, monitor="score", mode="max")],
        epochs=3,
    )
    assert read_state(tmp_path / "best.keras")["epoch"] == 3


def test_wrong_mode():
    with pytest.raises(ValueError, match="mode"):
        Checkpoints("x", mode="least")


def test_resumed_run_remembers_the_best(counter, fit, tmp_path):
    model = counter()
    fit(model, [Score([1.0, 2.0]), Checkpoints(tmp_path, monitor="score")], epochs=2)
    scores = Score([None, None, 1.5, 0.5])
    fit(model, [scores, Checkpoints(tmp_path, monitor="score")], epochs=3, initial_epoch=2)
    assert read_state(tmp_path / "best.keras")["epoch"] == 1
    fit(model, [scores, Checkpoints(tmp_path, monitor="score")], epochs=4, initial_epoch=3)
    assert read_state(tmp_path / "best.keras")["epoch"] == 4


def test_a_new_run_forgets_the_best_of_another(counter, fit, tmp_path):
    fit(counter(), [Score([1.0]), Checkpoints(tmp_path, monitor="score")], epochs=1)
    fit(counter(), [Score([9.0]), Checkpoints(tmp_path, monitor="score")], epochs=1)
    assert read_state(tmp_path / "best.keras")["best"]["value"] == 9.0


@pytest.mark.parametrize("moment", ["save", "replace", "state"])
def test_killed_while_writing_leaves_the_epoch_before(counter, fit, tmp_path, monkeypatch, moment):
    model = counter()
    fit(model, [Checkpoints(tmp_path)], epochs=1)

    def die(*arguments, **options):
        raise Killed

    if moment == "save":

        def half_saved(self, path, *arguments, **options):
            path.write_bytes(b"PK half a file")
            raise Killed

        monkeypatch.setattr(type(model), "save", half_saved)
    elif moment == "state":
        monkeypatch.setattr(zipfile.ZipFile, "writestr", die)
    else:
        monkeypatch.setattr(os, "replace", die)
    with pytest.raises(Killed):
        fit(model, [Checkpoints(tmp_path)], epochs=2, initial_epoch=1)
    monkeypatch.undo()
    assert read_state(tmp_path / "last.keras")["epoch"] == 1
    assert int(load(tmp_path / "last.keras", model).iteration) == 5


def test_killed_between_last_and_best_is_made_good(counter, fit, tmp_path, monkeypatch):
    model = counter()
    fit(model, [Score([2.0]), Checkpoints(tmp_path, monitor="score")], epochs=1)

    def die(*arguments):
        raise Killed

    monkeypatch.setattr(shutil, "copyfile", die)
    callbacks = [Score([2.0, 1.0, 3.0]), Checkpoints(tmp_path, monitor="score")]
    with pytest.raises(Killed):
        fit(model, callbacks, epochs=2, initial_epoch=1)
    monkeypatch.undo()
    assert read_state(tmp_path / "last.keras")["epoch"] == 2
    assert read_state(tmp_path / "best.keras")["epoch"] == 1
    fit(model, callbacks, epochs=3, initial_epoch=2)
    assert read_state(tmp_path / "best.keras")["epoch"] == 2
    assert int(load(tmp_path / "best.keras", model).iteration) == 10


def test_a_diverged_epoch_is_not_written(counter, fit, tmp_path):
    model = counter(break_at=8)
    fit(model, [NanGuard(), MetricsCsv(tmp_path / "m.csv"), Checkpoints(tmp_path)], epochs=3)
    assert read_state(tmp_path / "last.keras")["epoch"] == 1
    restored = load(tmp_path / "last.keras", model)
    np.testing.assert_array_equal(restored.weight, model.weight)
    assert len((tmp_path / "m.csv").read_text().splitlines()) == 2


def test_no_temporary_files_remain(counter, fit, tmp_path):
    fit(counter(), [Score([1.0]), Checkpoints(tmp_path, monitor="score")], epochs=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.keras", "last.keras"]


def test_state_of_a_plain_keras_file(counter, tmp_path):
    counter().save(tmp_path / "plain.keras")
    assert read_state(tmp_path / "plain.keras") is None
    assert read_state(tmp_path / "missing.keras") is None
