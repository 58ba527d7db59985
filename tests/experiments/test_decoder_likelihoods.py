import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import multivariate_normal

import ganzoo
from ganzoo.data.data import Data
from ganzoo.experiments import decoder_likelihoods


class Linear:
    """G(z) = A z on two pixels in [-1, 1]."""

    data_shape = (2,)
    latent_dim = 1
    sampler = keras.Sequential()
    slope = np.array([[0.3, -0.2]], np.float32)

    def __call__(self, z, training=False):
        return z @ self.slope

    def generate(self, count, seed):
        z = np.random.default_rng(seed).standard_normal((count, 1)).astype(np.float32)
        return tf.constant(self(z))


@pytest.mark.thorough
def test_estimates_are_in_the_unit_of_pixels_in_zero_to_one():
    model = Linear()
    generator = np.random.default_rng(1)
    test, validation = (0.3 * generator.standard_normal((n, 2)).astype("f") for n in (20, 10))
    row = decoder_likelihoods.evaluate(
        model, test, validation, (0.01, 1.0), (500, 16), 20, 2000, seed=0
    )
    assert row["variance"] == 0.01
    # In [0, 1] the decoder is (1 + A z) / 2, and its noise has the variance 0.01.
    covariance = 0.25 * model.slope.T @ model.slope + 0.01 * np.eye(2)
    exact = multivariate_normal([0.5, 0.5], covariance).logpdf(0.5 * (test + 1.0)).mean()
    assert float(row["annealed"]) == pytest.approx(exact, abs=0.1)
    assert abs(float(row["gap"])) < 0.1
    assert float(row["parzen"]) < exact


def test_dequantized_images_stay_in_their_level():
    images = np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1)
    data = Data("levels", images, value_range=(-1.0, 1.0))
    values = decoder_likelihoods.dequantized(data, seed=0)
    np.testing.assert_array_equal(np.floor(128.0 * (values + 1.0) + 1e-4), images)
    assert np.std(128.0 * (values + 1.0) - images) == pytest.approx(1 / math.sqrt(12), rel=0.1)


@pytest.mark.thorough
def test_every_decoder_has_a_row(tmp_path, monkeypatch):
    digits = ganzoo.data.load("digits")
    data = Data("mnist", digits.examples[:1100], value_range=(-1.0, 1.0))
    monkeypatch.setattr(ganzoo.data, "load", lambda name, split="train": data)
    small = {"units": (8,)}
    monkeypatch.setattr(
        decoder_likelihoods, "METHODS", {"vae": {"encoder": small, "decoder": small}}
    )
    budget = {"epochs": 1, "images": 4, "num_distributions": 8, "num_chains": 2}
    rows = decoder_likelihoods.run(
        tmp_path, methods=("vae",), latent_dims=(2,), variances=(0.05,), parzen_samples=50, **budget
    )
    assert [(row["method"], row["latent_dim"]) for row in rows] == [("vae", 2)]
    assert (tmp_path / "figures" / "decoder_likelihoods.png").exists()
    again = decoder_likelihoods.run(
        tmp_path, methods=("vae",), latent_dims=(2,), variances=(0.05,), parzen_samples=50, **budget
    )
    assert again[0]["annealed"] == rows[0]["annealed"]
