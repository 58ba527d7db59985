import numpy as np
import pytest

import ganzoo
from ganzoo.data.data import Data
from ganzoo.experiments import flow_gan_objectives

BUDGET = {"steps": 10, "units": (8,), "critic_width": 2, "critic_steps": 1, "batch_size": 10}


@pytest.fixture
def noise(monkeypatch):
    """Gray noise in the place of MNIST."""
    images = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), np.uint8)
    data = Data("mnist", images, value_range=(-1.0, 1.0))
    monkeypatch.setattr(ganzoo.data, "load", lambda name, split="train": data)


@pytest.mark.thorough
def test_every_lambda_has_a_row_and_pictures(noise, tmp_path, capsys):
    lambdas = (0.0, 0.1, np.inf)
    rows = flow_gan_objectives.run(tmp_path, seeds=(0,), lambdas=lambdas, images=30, **BUDGET)
    assert [float(row["lambda"]) for row in rows] == list(lambdas)
    for row in rows:
        nats = float(row["negative_log_likelihood"])
        bits = nats / (784 * np.log(2)) + 8
        assert float(row["bits_per_dimension"]) == pytest.approx(bits, abs=1e-3)
        assert float(row["frechet"]) > 0.0
    for name in ("flow_gan_objectives", "flow_gan_samples"):
        assert (tmp_path / "figures" / f"{name}.png").stat().st_size > 1000
    capsys.readouterr()
    again = flow_gan_objectives.run(tmp_path, seeds=(0,), lambdas=lambdas, images=30, **BUDGET)
    assert "Wasserstein" not in capsys.readouterr().out
    assert [row["frechet"] for row in again] == [row["frechet"] for row in rows]


@pytest.mark.parametrize(
    ("weight", "adversarial", "of_likelihood"), [(0.0, 1.0, 0.0), (0.1, 1.0, 0.1), (np.inf, 0, 1)]
)
def test_infinity_is_likelihood_alone(noise, weight, adversarial, of_likelihood):
    data = ganzoo.data.load("mnist")
    model = flow_gan_objectives._train(data, 0, weight, 10, (8,), 2, 1, 10)
    assert (model.adversarial_weight, model.likelihood_weight) == (adversarial, of_likelihood)
