"""Training from the command line: what it leaves, and that no interruption changes it."""

import csv
import json
import os
import signal
import time

import numpy as np
import pytest
from PIL import Image

from ganzoo import registry
from ganzoo.__main__ import main
from ganzoo.callbacks.checkpoints import read_state
from ganzoo.cli.checkpoint import load_checkpoint
from tests.launchers.conftest import SMALLEST, run, start, weights


def rows_without_speed(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        del row["images_per_second"]
    return rows


def wait_until(condition, process, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.0005)


def test_run_directory(uninterrupted):
    config = json.loads((uninterrupted / "config.json").read_text())
    assert config["epochs"] == 48
    assert config["settings"]["batch_size"] == 128
    assert config["hardware"].startswith(f"{os.cpu_count()} cores")
    assert config["settings"]["overrides"]["generator"] == {"width": 2}
    rows = rows_without_speed(uninterrupted / "metrics.csv")
    assert [row["epoch"] for row in rows] == [str(epoch) for epoch in range(1, 49)]
    scores = [row["frechet_pixels_355"] for row in rows]
    assert all(scores[1::2])
    assert not any(scores[::2])
    best = read_state(uninterrupted / "checkpoints" / "best.keras")
    assert float(scores[best["epoch"] - 1]) == min(float(score) for score in scores if score)
    assert list((uninterrupted / "tensorboard").glob("events*"))
    manifest = json.loads((uninterrupted / "export" / "1" / "manifest.json").read_text())
    assert manifest["scores"]["frechet_pixels_355"] > 0
    assert manifest["epoch"] == best["epoch"]
    assert manifest["training"]["dataset"] == "digits"


def test_killed_and_interrupted_training_ends_with_the_same_bytes(uninterrupted, tmp_path):
    output = tmp_path / "run"
    command = ["train", *SMALLEST, "--epochs=48", "--threads=1", f"--output={output}"]
    last = output / "checkpoints" / "last.keras"

    process = start(*command)
    wait_until(last.exists, process)
    writing = last.parent / ".last.tmp.keras"
    # In the middle of a checkpoint if one is seen, but early enough for an interruption after it.
    wait_until(lambda: writing.exists() or read_state(last)["epoch"] >= 12, process)
    process.kill()
    process.communicate()
    first = read_state(last)["epoch"]
    assert first >= 1

    process = start(*command)
    wait_until(lambda: read_state(last)["epoch"] > first, process)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert f"Going on after epoch {first} of 48." in out
    second = read_state(last)["epoch"]
    assert f"Interrupted: epoch {second} is kept. The same command goes on" in error
    assert first < second < 48

    code, out, error = run(*command)
    assert code == 0, error
    assert f"Going on after epoch {second} of 48." in out
    for name in ("last", "best"):
        expected = weights(uninterrupted / "checkpoints" / f"{name}.keras")
        got = weights(output / "checkpoints" / f"{name}.keras")
        assert expected.keys() == got.keys()
        for key, value in expected.items():
            np.testing.assert_array_equal(got[key], value, err_msg=key)
        assert read_state(last) == read_state(uninterrupted / "checkpoints" / "last.keras")
    for name in ("metrics.csv",):
        assert rows_without_speed(output / name) == rows_without_speed(uninterrupted / name)
    assert len(list((output / "samples").glob("epoch_*.png"))) == 48
    for number in (1, 12, 48):
        picture = f"samples/epoch_{number:04d}.png"
        assert (output / picture).read_bytes() == (uninterrupted / picture).read_bytes()
    with Image.open(output / "samples" / "training.gif") as animation:
        assert animation.n_frames == 48
    scores = json.loads((output / "scores.json").read_text())
    assert scores == json.loads((uninterrupted / "scores.json").read_text())


def test_finished_training_says_so(uninterrupted, capsys):
    before = (uninterrupted / "checkpoints" / "last.keras").read_bytes()
    assert main(["train", *SMALLEST, "--epochs=48", f"--output={uninterrupted}"]) == 0
    assert "is finished" in capsys.readouterr().out
    assert (uninterrupted / "checkpoints" / "last.keras").read_bytes() == before


def test_changed_settings_are_refused(uninterrupted, capsys):
    changed = ["--seed=1", "--epochs=4", "--set=generator.width=3", f"--output={uninterrupted}"]
    assert main(["train", *SMALLEST, *changed]) == 2
    error = capsys.readouterr().err
    assert "seed was 0, now 1" in error
    assert "epochs was 48, now 4" in error
    assert "overrides.generator.width was 2, now 3" in error
    assert error.count("\n") == 1


def test_foreign_directory_is_refused(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("")
    assert main(["train", *SMALLEST, f"--output={tmp_path}"]) == 2
    assert "no config.json" in capsys.readouterr().err


def test_wrong_values_are_refused_in_one_line(tmp_path, capsys):
    for wrong, message in {
        "--set=generator.widht=3": "width",
        "--set=averaging=2": "averaging",
        "--batch_size=2000": "1442",
        "--crop=9": "crop",
        "--steps_per_execution=5": "--steps_per_execution=5: it must divide the 12 steps",
        "--split=training": "'train'",
        "--extractor=fashion_mnist_cnn": "fashion_mnist_cnn takes images",
    }.items():
        assert main(["train", *SMALLEST, wrong, f"--output={tmp_path}/run"]) == 2, wrong
        error = capsys.readouterr().err
        assert message in error, error
        assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_vectors_more_epochs_and_optimizer_settings(tmp_path, capsys):
    command = ["train", "--model=nsgan", "--dataset=iris", f"--output={tmp_path}/run"]
    command += ["--batch_size=50", "--set=generator_optimizer.learning_rate=0.01"]
    assert main([*command, "--epochs=1"]) == 0
    assert main([*command, "--epochs=2"]) == 0
    assert "Going on after epoch 1 of 2." in capsys.readouterr().out
    assert len(list(tmp_path.glob("run/samples/*.png"))) == 2
    manifest = json.loads((tmp_path / "run/export/1/manifest.json").read_text())
    assert manifest["epochs"] == 2
    assert manifest["protocol"]["real"] == "train"


def test_one_setting_of_an_optimizer_leaves_the_others_as_they_are_for_vectors(tmp_path):
    command = ["train", "--model=ml_gan", "--dataset=iris", f"--output={tmp_path}/run"]
    command += ["--batch_size=50", "--epochs=1", "--set=discriminator_optimizer.learning_rate=0.01"]
    assert main(command) == 0
    optimizer = load_checkpoint(tmp_path / "run/checkpoints/last.keras").discriminator_optimizer
    recipe = registry.get("ml_gan")
    of_vectors, of_images = (
        each["discriminator_optimizer"]["config"] for each in (recipe.vector, recipe.optimizers)
    )
    assert optimizer.beta_2 == of_vectors["beta_2"] != of_images.get("beta_2", 0.999)
    assert float(optimizer.learning_rate) == pytest.approx(0.01)


def test_diverged_training_keeps_the_last_good_epoch(tmp_path, capsys):
    command = ["train", "--model=nsgan", "--dataset=iris", f"--output={tmp_path}/run"]
    command += ["--batch_size=50", "--epochs=2", "--set=generator_optimizer.learning_rate=1e38"]
    assert main([*command, "--set=discriminator_optimizer.learning_rate=1e38"]) == 1
    assert "Training stopped at" in capsys.readouterr().err
    assert not (tmp_path / "run" / "export").exists()


def test_mirrored_devices(tmp_path):
    devices = ["--strategy=mirrored", "--virtual_devices=2", "--epochs=1", "--eval_every=0"]
    code, _, error = run("train", *SMALLEST, *devices, f"--output={tmp_path}/run")
    assert code == 0, error
    settings = json.loads((tmp_path / "run" / "config.json").read_text())["settings"]
    assert settings["replicas"] == 2
    assert (tmp_path / "run" / "export" / "1" / "manifest.json").exists()


def test_dynamic_binarization(tmp_path):
    binary = ["--binarized=dynamic", "--set=value_range=(0, 1)", "--epochs=1"]
    assert main(["train", *SMALLEST, *binary, f"--output={tmp_path}/run"]) == 0
    assert json.loads((tmp_path / "run/config.json").read_text())["settings"]["binarized"]


def test_categorical_data_are_refused_by_models_of_images(tmp_path, capsys):
    for data in (["--dataset=python_topics"], ["--channels=3", "--colors=4"]):
        assert main(["train", *SMALLEST, *data, f"--output={tmp_path}/run"]) == 2
        error = capsys.readouterr().err
        assert "dcgan takes no texts or palette images" in error
        assert error.count("\n") == 1
    assert main(["train", *SMALLEST, "--colors=1"]) == 2
    assert "--colors=1: give an integer of at least 2" in capsys.readouterr().err
    assert main(["train", *SMALLEST, "--sequence_length=8"]) == 2
    assert "sequence_length=8 is for texts" in capsys.readouterr().err


def test_bits_train_as_vectors(tmp_path):
    command = ["train", "--model=nsgan", "--dataset=four_bits", "--epochs=1", "--eval_every=0"]
    assert main([*command, "--batch_size=6400", f"--output={tmp_path}/run"]) == 0
    settings = json.loads((tmp_path / "run/config.json").read_text())["settings"]
    assert settings["data_shape"] == [4]
    assert settings["colors"] is None and settings["sequence_length"] is None


def test_labels_of_a_few_examples(tmp_path, capsys):
    digits = ["--dataset=digits", "--labels_per_class=5", "--epochs=1", "--eval_every=0"]
    small = ["--set=encoder.units=(8,)", "--set=decoder.units=(8,)", "--set=latent_dim=2"]
    command = ["train", "--model=m2", *digits, *small, f"--output={tmp_path}/run"]
    assert main(command) == 0
    settings = json.loads((tmp_path / "run/config.json").read_text())["settings"]
    assert settings["labels_per_class"] == 5 and settings["binarized"] == "dynamic"
    capsys.readouterr()
    assert main(["train", "--model=cvae", *digits]) == 2
    assert "cvae needs the labels of all examples" in capsys.readouterr().err
    assert main(["train", "--model=m2", "--dataset=digits", "--labels_per_class=0"]) == 2
    assert "--labels_per_class=0: give an integer of at least 1" in capsys.readouterr().err
