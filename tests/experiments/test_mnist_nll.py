import numpy as np
import pytest

import ganzoo
from ganzoo.data.data import Data
from ganzoo.experiments import mnist_nll


@pytest.fixture
def small_mnist(monkeypatch):
    """A data set of 8x8 digits in the place of MNIST, and small networks."""
    digits = ganzoo.data.load("digits")

    def load(name, split="train", binarized=None):
        assert name == "mnist"
        return Data(
            "mnist",
            digits.examples[:200] if split == "train" else digits.examples[200:230],
            value_range=(0.0, 1.0),
            dynamic_binarization=True,
        )

    monkeypatch.setattr(ganzoo.data, "load", load)
    units = {"units": (8,)}
    small = {"latent_dim": 2, "encoder": units, "decoder": units, "jit_compile": False}
    methods = {
        "iwae k=2": ("iwae", {**small, "num_samples": 2}, {}, 85.0),
        "fvsbn": ("fvsbn", {}, {"binarized": "static"}, 97.45),
    }
    monkeypatch.setattr(mnist_nll, "METHODS", methods)
    return methods


def test_rows_name_their_estimate_and_a_second_call_trains_nothing(small_mnist, tmp_path, capsys):
    budget = {"methods": tuple(small_mnist), "epochs": 3, "images": 30, "bound_samples": 20}
    rows = mnist_nll.run(tmp_path, seeds=(0,), runs=tmp_path / "runs", **budget)
    assert [row["estimate"] for row in rows] == ["bound of 20 samples", "exact"]
    assert [row["binarized"] for row in rows] == ["dynamic", "static"]
    for row in rows:
        # Positive, as of any mass function; a fair coin for each pixel has 44.4.
        assert 0.0 < float(row["negative_log_likelihood"]) < 48.0
        assert row["paper"] and row["hardware"] and int(row["images"]) == 30
    assert "Epoch 3/3" in capsys.readouterr().out
    again = mnist_nll.run(tmp_path, seeds=(0,), runs=tmp_path / "runs", **budget)
    assert "Epoch" not in capsys.readouterr().out
    assert again[0]["negative_log_likelihood"] == rows[0]["negative_log_likelihood"]


def test_a_training_goes_on_from_its_last_epoch(small_mnist, tmp_path, capsys):
    recipe, settings, own, _ = small_mnist["iwae k=2"]
    plan = {**mnist_nll._TRAINING, **own, "epochs": 3}
    whole = mnist_nll._train(recipe, settings, plan, 0, tmp_path / "whole")
    interrupted = {"count": 0}
    fit = type(whole).fit

    def until_the_second(self, *args, **kwargs):
        interrupted["count"] += 1
        return fit(self, *args, **{**kwargs, "epochs": 1})

    type(whole).fit = until_the_second
    try:
        mnist_nll._train(recipe, settings, plan, 0, tmp_path / "parts")
    finally:
        type(whole).fit = fit
    capsys.readouterr()
    rest = mnist_nll._train(recipe, settings, plan, 0, tmp_path / "parts")
    printed = capsys.readouterr().out
    assert "Epoch 1/3" not in printed and "Epoch 2/3" in printed
    for one, other in zip(whole.get_weights(), rest.get_weights()):
        np.testing.assert_array_equal(one, other)


def test_the_learning_rate_falls_to_a_tenth(small_mnist, tmp_path):
    recipe, settings, _, _ = small_mnist["iwae k=2"]
    plan = {**mnist_nll._TRAINING, "epochs": 1}
    model = mnist_nll._train(recipe, settings, plan, 0, tmp_path)
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-4, rel=1e-3)
