"""Tiny runs on embedded data; digits of 8x8 pixels, enlarged, are in the place of MNIST."""

import numpy as np
import pytest
from PIL import Image

import ganzoo
from ganzoo import metrics
from ganzoo.experiments import discrete_generation, fresh_critics
from ganzoo.experiments.discrete_generation import FLOOR

TINY = {
    "images_seen": 40,
    "width": 4,
    "text_width": 4,
    "num_samples": 2,
    "batch_size": 8,
    "critic_images": 128,
}


def digits(name, split):
    binarized = "dynamic" if split == "train" else "static"
    return ganzoo.data.load("digits", split=split, image_size=28, binarized=binarized)


@pytest.fixture
def enlarged_digits(monkeypatch):
    real = discrete_generation.load
    monkeypatch.setattr(
        discrete_generation,
        "load",
        lambda name, split: (digits if name == "mnist" else real)(name, split),
    )


@pytest.fixture
def bgan_alone(monkeypatch):
    """One method, because compiling takes most of the time."""
    monkeypatch.setattr(discrete_generation, "METHODS", ("bgan_discrete",))


@pytest.fixture
def wgan_alone(monkeypatch):
    monkeypatch.setattr(discrete_generation, "METHODS", ("wgan_gp_discrete",))


def values(rows, **columns):
    return [
        float(row["value"])
        for row in rows
        if all(row[key] == value for key, value in columns.items())
    ]


@pytest.mark.thorough
def test_characters(tmp_path, capsys, bgan_alone):
    rows = discrete_generation.run(tmp_path, seeds=(3,), data=("python_topics",), **TINY)
    assert [row["method"] for row in rows] == [FLOOR] * 4 + ["bgan_discrete"] * 4
    for n in (1, 2, 3, 4):
        [floor] = values(rows, method=FLOOR, measure=f"ngram_js_{n}")
        [value] = values(rows, method="bgan_discrete", measure=f"ngram_js_{n}")
        assert 2 * floor < value <= np.log(2)
    train, test = [discrete_generation.load("python_topics", s) for s in ("train", "test")]
    order = np.random.default_rng(3).permutation(len(train))[-len(test) :]
    expected = metrics.ngram_jensen_shannon(test.examples, train.examples[order], 2)
    [floor] = values(rows, method=FLOOR, measure="ngram_js_2")
    assert floor == pytest.approx(expected, abs=1e-4)
    lines = capsys.readouterr().out.splitlines()
    first = "".join(test.symbols[index] for index in test.examples[0])
    assert lines[lines.index("test data") + 1] == first
    assert len(lines[lines.index("bgan_discrete") + 1]) == 32


@pytest.mark.thorough
def test_digits_and_critics(tmp_path, enlarged_digits, wgan_alone, monkeypatch):
    monkeypatch.setattr(fresh_critics, "DIVERGENCES", ("jensen_shannon",))
    rows = discrete_generation.run(tmp_path, seeds=(0, 1), data=("mnist",), **TINY)
    assert len(rows) == 2 * (3 + 2)
    measure = "critic_jensen_shannon"
    assert [row["seed"] for row in rows if row["measure"] == measure] == [0] * 2 + [1] * 2
    first, second = values(rows, measure=measure, method="wgan_gp_discrete")
    assert first != second
    # Samples after few steps are noise, which a critic tells from digits at once.
    assert min(first, second) > 0.2
    assert max(values(rows, measure=measure, method=FLOOR)) < 0.05
    [floor] = values(rows, method=FLOOR, measure="frechet_mnist_cnn")
    [distance] = values(rows, method="wgan_gp_discrete", measure="frechet_mnist_cnn")
    assert distance > 3 * floor
    for name in ("discrete_generation_mnist", "discrete_generation"):
        assert Image.open(tmp_path / "figures" / f"{name}.png").mode == "P"


@pytest.mark.thorough
def test_what_is_there_is_not_trained_again(tmp_path, bgan_alone, monkeypatch):
    budget = {**TINY, "images_seen": 16, "batch_size": 2}
    rows = discrete_generation.run(tmp_path, seeds=(0,), data=("photographs",), **budget)
    floor, bgan = [values(rows, method=m, measure="ngram_js_1") for m in (FLOOR, "bgan_discrete")]
    assert floor < bgan
    monkeypatch.setattr(discrete_generation, "_train", None)
    again = discrete_generation.run(tmp_path, seeds=(0,), data=("photographs",), **budget)
    assert [row["value"] for row in again] == [row["value"] for row in rows]
    with pytest.raises(TypeError):
        discrete_generation.run(tmp_path, seeds=(1,), data=("photographs",), **budget)
