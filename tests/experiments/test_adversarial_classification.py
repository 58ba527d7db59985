import csv

import numpy as np
import pytest

from ganzoo import data
from ganzoo.data import Data
from ganzoo.experiments import adversarial_classification
from ganzoo.losses.f_divergence import DIVERGENCES

METHODS = (("cross_entropy", ""), ("per_latent", "kl"), ("wgan", ""))


def two_classes(name, split):
    """Color images of noise that is dark or bright, 32x32 as those of CIFAR-10."""
    assert name == "cifar10"
    generator = np.random.default_rng(0 if split == "train" else 1)
    labels = np.arange(240 if split == "train" else 60, dtype=np.int32) % 2
    images = (
        generator.integers(0, 128, (len(labels), 32, 32, 3)) + 127 * labels[:, None, None, None]
    )
    return Data(
        name=name,
        examples=images.astype(np.uint8),
        labels=labels,
        num_classes=2,
        value_range=(-1.0, 1.0),
    )


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    output = tmp_path_factory.mktemp("experiment")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "load", two_classes)
        patch.setattr(adversarial_classification, "METHODS", METHODS)
        rows = adversarial_classification.run(
            output,
            seeds=(0, 1),
            dataset="cifar10",
            train_images=200,
            width=2,
            samples_per_image=3,
            epochs=2,
            batch_size=10,
        )
    return output, rows


def test_methods():
    assert (
        ("cross_entropy", ""),
        *[("per_latent", divergence) for divergence in DIVERGENCES],
        *[("reinforce", divergence) for divergence in DIVERGENCES],
        ("wgan", ""),
    ) == adversarial_classification.METHODS


@pytest.mark.thorough
def test_every_method_has_a_row(result):
    _, rows = result
    assert tuple((row["method"], row["divergence"]) for row in rows) == METHODS
    assert {row["train_images"] for row in rows} == {200}
    assert {row["test_images"] for row in rows} == {60}


def test_errors_are_percentages_with_mean_and_deviation(result):
    _, rows = result
    for row in rows:
        errors = [float(error) for error in row["test_errors"].split()]
        assert len(errors) == 2 and all(0 <= error <= 100 for error in errors)
        assert float(row["test_error"]) == pytest.approx(np.mean(errors), abs=0.011)
        assert float(row["test_error_std"]) == pytest.approx(np.std(errors), abs=0.011)


def test_likelihood_learns_brightness(result):
    _, rows = result
    assert float(rows[0]["test_error"]) < 10


def test_files_hold_the_rows(result):
    output, rows = result
    with (output / "results/adversarial_classification.csv").open() as file:
        written = list(csv.DictReader(file))
    assert [row["test_errors"] for row in written] == [row["test_errors"] for row in rows]
    assert {row["seeds"] for row in written} == {"0 1"}
    assert (output / "figures/adversarial_classification.png").stat().st_size > 1000
