"""`evaluate`, `sample` and `export` on a run directory, its checkpoints and its export."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from ganzoo.__main__ import main
from ganzoo.interpolation import interpolate


@pytest.fixture(params=["run", "checkpoint", "export"])
def trained(request, uninterrupted):
    """The same weights in the three forms that the commands take."""
    paths = {"run": ".", "checkpoint": "checkpoints/best.keras", "export": "export"}
    return str(uninterrupted / paths[request.param])


def test_scores_are_those_of_the_training(uninterrupted, tmp_path, capsys):
    expected = json.loads((uninterrupted / "scores.json").read_text())["scores"]
    for source in ("export", "."):
        output = tmp_path / "scores.json"
        command = ["evaluate", f"--model={uninterrupted / source}", "--extractor=pixels"]
        assert main([*command, f"--output={output}"]) == 0
        report = json.loads(output.read_text())
        assert report["scores"] == pytest.approx(expected, rel=1e-5, abs=1e-6)
        assert report["floor"]["frechet_pixels_355"] < expected["frechet_pixels_355"]
        assert report["protocol"]["extractor"] == "pixels"
    assert "frechet_pixels_355" in capsys.readouterr().out


def test_scores_as_csv_and_a_data_set_by_name(uninterrupted, tmp_path, capsys):
    model = f"--model={uninterrupted}/checkpoints/last.keras"
    assert main(["evaluate", model, f"--output={tmp_path}/scores.csv"]) == 2
    assert "--dataset is missing" in capsys.readouterr().err
    command = ["evaluate", model, "--dataset=digits", f"--output={tmp_path}/scores.csv"]
    assert main(command) == 0
    with open(tmp_path / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["extractor"] == "digits_cnn"
    assert float(rows[0]["generated"]) > float(rows[0]["floor"])


def test_data_of_another_shape_are_refused(uninterrupted, tmp_path, capsys):
    model = f"--model={uninterrupted}"
    output = f"--output={tmp_path}/scores.json"
    assert main(["evaluate", model, "--dataset=ring", output]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_samples_are_the_same_in_every_form(trained, uninterrupted, tmp_path):
    command = ["--num=5", "--seed=3", f"--output={tmp_path}/samples.npz"]
    assert main(["sample", f"--model={trained}", *command]) == 0
    samples = np.load(tmp_path / "samples.npz")["samples"]
    assert samples.shape == (5, 8, 8, 1)
    assert main(["sample", f"--model={uninterrupted}", *command]) == 0
    np.testing.assert_allclose(np.load(tmp_path / "samples.npz")["samples"], samples, atol=1e-5)


def test_interpolation(trained, tmp_path):
    command = ["sample", f"--model={trained}", "--what=interpolation", "--num=3", "--steps=4"]
    assert main([*command, "--path=lerp", f"--output={tmp_path}/walk.npz"]) == 0
    arrays = np.load(tmp_path / "walk.npz")
    assert arrays["samples"].shape == (4, 3, 8, 8, 1)
    ends = arrays["latents"]
    line = interpolate(ends[0], ends[-1], 4, "lerp")
    np.testing.assert_allclose(ends, line, atol=1e-6)
    assert main([*command, f"--output={tmp_path}/walk.gif"]) == 0
    with Image.open(tmp_path / "walk.gif") as animation:
        assert animation.n_frames == 6
    assert main([*command, f"--output={tmp_path}/walk.png"]) == 0
    with Image.open(tmp_path / "walk.png") as picture:
        assert picture.width > picture.height


def test_grid_picture(uninterrupted, tmp_path):
    command = ["sample", f"--model={uninterrupted}", "--checkpoint=last", "--num=6", "--columns=3"]
    assert main([*command, f"--output={tmp_path}/grid.png"]) == 0
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.size == (4 * 26, 4 * 17)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [("--output=grid.jpg", ".png"), ("--label=3 --output=grid.png", "not conditional")],
)
def test_wrong_sample_is_refused(uninterrupted, wrong, message, capsys):
    assert main(["sample", f"--model={uninterrupted}", *wrong.split()]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_export(uninterrupted, tmp_path, capsys):
    command = ["export", f"--output={tmp_path}/served"]
    assert main([*command, f"--model={uninterrupted}"]) == 0
    manifest = json.loads((tmp_path / "served" / "1" / "manifest.json").read_text())
    assert manifest["scores"]["frechet_pixels_355"] > 0
    assert main([*command, f"--model={uninterrupted}", "--checkpoint=last"]) == 0
    assert json.loads((tmp_path / "served" / "2" / "manifest.json").read_text())["epoch"] == 48
    assert main([*command, f"--model={tmp_path}/served"]) == 2
    assert "exported already" in capsys.readouterr().err
