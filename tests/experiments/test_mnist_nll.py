import keras
import numpy as np
import pytest

import ganzoo
from ganzoo import registry
from ganzoo.data.data import Data
from ganzoo.experiments import mnist_nll
from ganzoo.experiments.mnist_nll import Method
from ganzoo.metrics import likelihood


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
        "iwae k=2": Method("iwae", {**small, "num_samples": 2}, 85.0, 3, bound_samples=20),
        "iwae k=3": Method(
            "iwae",
            {**small, "num_samples": 3},
            84.0,
            2,
            learning_rate=1e-6,
            optimizer="Muon",
            start="iwae k=2",
        ),
        "iwae k=3 bfloat16": Method(
            "iwae",
            {**small, "num_samples": 3},
            84.0,
            2,
            bound_samples=20,
            start="iwae k=2",
            precision="mixed_bfloat16",
        ),
        "fvsbn": Method("fvsbn", {}, 97.45, 3, binarized="static"),
        "rbm": Method("rbm", {"rbm": {"units": 4}}, 86.34, 3, binarized="static", optimizer="SGD"),
    }
    monkeypatch.setattr(mnist_nll, "METHODS", methods)
    return methods


@pytest.mark.thorough
def test_rows_name_their_estimate_and_a_second_call_trains_nothing(
    small_mnist, tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(mnist_nll._ANNEALING, "num_distributions", 200)
    budget = {"methods": ("iwae k=2", "fvsbn", "rbm"), "images": 30}
    rows = mnist_nll.run(tmp_path, seeds=(0,), runs=tmp_path / "runs", **budget)
    assert [row["estimate"] for row in rows] == [
        "bound of 20 samples",
        "exact",
        "annealed log Z (100 chains of 200)",
    ]
    assert [row["binarized"] for row in rows] == ["dynamic", "static", "static"]
    for row in rows:
        # Positive, as of any mass function; a fair coin for each pixel has 44.4.
        assert 0.0 < float(row["negative_log_likelihood"]) < 48.0
        assert row["paper"] and row["hardware"] and int(row["images"]) == 30
    assert "Epoch 3/3" in capsys.readouterr().out
    exported = ganzoo.load(tmp_path / "runs" / "iwae_k=2_0" / "export")
    assert exported.manifest["training"]["dataset"] == "mnist"
    value = exported.manifest["scores"]["negative_log_likelihood"]
    assert f"{value:.3f}" == rows[0]["negative_log_likelihood"]
    again = mnist_nll.run(tmp_path, seeds=(0,), runs=tmp_path / "runs", **budget)
    assert "Epoch" not in capsys.readouterr().out
    assert again[0]["negative_log_likelihood"] == rows[0]["negative_log_likelihood"]


def test_a_machine_of_few_hidden_units_gets_its_exact_likelihood(
    small_mnist, tmp_path, monkeypatch
):
    monkeypatch.setitem(mnist_nll._ANNEALING, "num_distributions", 1000)
    model = mnist_nll.train("rbm", 0, tmp_path)
    values, facts = mnist_nll.log_likelihood(model, small_mnist["rbm"], 30, tmp_path)
    weights = [w.numpy() for w in model.rbm.get_layer("machine").weights]
    x = ganzoo.data.load("mnist", split="test", binarized="static").scaled()[:30]
    log_partition = likelihood.exact_log_partition(*weights)
    exact = -likelihood.free_energy(*weights, x.reshape(30, -1)) - log_partition
    np.testing.assert_allclose(values, exact, atol=0.02)
    assert facts["log_partition"] == pytest.approx(log_partition, abs=0.02)


def test_a_training_goes_on_from_its_last_epoch(small_mnist, tmp_path, capsys, monkeypatch):
    whole = mnist_nll.train("iwae k=2", 0, tmp_path / "whole")
    fit = type(whole).fit

    def one_epoch(self, *args, **kwargs):
        return fit(self, *args, **{**kwargs, "epochs": 1})

    type(whole).fit = one_epoch
    try:
        mnist_nll.train("iwae k=2", 0, tmp_path / "parts")
    finally:
        type(whole).fit = fit
    capsys.readouterr()
    # In a new process nothing has registered the model's class before its recipe is looked up.
    monkeypatch.delitem(keras.saving.get_custom_objects(), "ganzoo>IWAE")
    get = registry.get

    def registering_get(name):
        recipe = get(name)
        monkeypatch.setitem(keras.saving.get_custom_objects(), "ganzoo>IWAE", recipe.model)
        return recipe

    monkeypatch.setattr(registry, "get", registering_get)
    rest = mnist_nll.train("iwae k=2", 0, tmp_path / "parts")
    printed = capsys.readouterr().out
    assert "Epoch 1/3" not in printed and "Epoch 2/3" in printed
    for one, other in zip(whole.get_weights(), rest.get_weights()):
        np.testing.assert_array_equal(one, other)


def test_the_learning_rate_falls_to_zero(small_mnist, tmp_path):
    model = mnist_nll.train("iwae k=2", 0, tmp_path)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.0, abs=1e-6)


def test_a_training_starts_from_another_one(small_mnist, tmp_path, capsys):
    model = mnist_nll.train("iwae k=3", 0, tmp_path)
    assert model.num_samples == 3
    printed = capsys.readouterr().out
    assert "Epoch 3/3" in printed and "Epoch 2/2" in printed
    start = mnist_nll.train("iwae k=2", 0, tmp_path)
    for one, other in zip(start.trainable_weights, model.trainable_weights):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_every_method_names_a_recipe_that_takes_its_settings():
    for name, method in mnist_nll.METHODS.items():
        recipe = registry.get(method.recipe)
        assert recipe.binarized or method.recipe == "vae", name
        model = ganzoo.create(method.recipe, (28, 28, 1), value_range=(0.0, 1.0), **method.settings)
        assert method.optimizer in mnist_nll._OPTIMIZERS and model.built, name


@pytest.mark.thorough
def test_a_training_in_bfloat16_is_evaluated_in_float32(small_mnist, tmp_path):
    name = "iwae k=3 bfloat16"
    [row] = mnist_nll.run(tmp_path, methods=(name,), images=30, runs=tmp_path / "runs")
    trained = mnist_nll.train(name, 0, tmp_path / "runs")
    assert trained.decoder.layers[1].compute_dtype == "bfloat16"
    float32 = ganzoo.create("iwae", (8, 8, 1), seed=1, **small_mnist[name].settings)
    for network in ("encoder", "decoder"):
        getattr(float32, network).set_weights(getattr(trained, network).get_weights())
    x = ganzoo.data.load("mnist", split="test", binarized="static").scaled()[:30]
    expected, rounded = (-likelihood.importance_bound(each, x, 20) for each in (float32, trained))
    assert float(row["negative_log_likelihood"]) == pytest.approx(expected.mean(), abs=6e-4)
    assert 2e-3 < np.abs(rounded - expected).max() < 0.5
    exported = ganzoo.load(tmp_path / "runs" / "iwae_k=3_bfloat16_0" / "export")
    assert exported.manifest["step"] == trained.iteration > 0
