import types

import numpy as np
import pytest
from PIL import Image

import ganzoo
from ganzoo.data import bits
from ganzoo.experiments import bars_and_stripes, modal_analysis


def test_variance_parts_add_up():
    p = np.random.default_rng(0).random((7, 3, 2))
    parts = modal_analysis.variance_parts(p)
    mean = p.mean(axis=0)
    assert parts["pixel_variance"] == pytest.approx(np.mean(mean * (1 - mean)), rel=1e-12)
    within = parts["within_share"] * parts["pixel_variance"]
    assert within == pytest.approx(np.mean(p * (1 - p)), rel=1e-12)


def test_variance_parts_of_the_extremes():
    of_hard = modal_analysis.variance_parts(np.float32([[0, 1], [1, 1]]))
    assert of_hard == {"pixel_variance": 0.125, "within_share": 0.0}
    of_one = modal_analysis.variance_parts(np.full((4, 3), 0.5))
    assert of_one == {"pixel_variance": 0.25, "within_share": 1.0}
    assert modal_analysis.variance_parts(np.ones((4, 3)))["within_share"] == 0.0


def test_entropy_sums_over_pixels():
    p = np.array([[[0.5], [0.5], [0.5]], [[0.0], [1.0], [0.2]]])
    last = -0.2 * np.log(0.2) - 0.8 * np.log(0.8)
    np.testing.assert_allclose(
        modal_analysis.bernoulli_entropy(p), [3 * np.log(2), last], rtol=1e-12
    )


def test_mode_parts_by_hand():
    """Two modes and what is none (2); ten samples of each of three latents."""
    modes = np.array([[0] * 9 + [2], [0] * 5 + [1] * 5, [2] * 10]).T
    parts = modal_analysis.mode_parts(modes, 2)
    marginal = np.array([14, 5, 11]) / 30
    of_latents = [-0.9 * np.log(0.9) - 0.1 * np.log(0.1), np.log(2), 0.0]
    assert parts["valid_share"] == pytest.approx(19 / 30)
    assert parts["modes_hit"] == 2
    assert parts["mode_entropy"] == pytest.approx(-np.sum(marginal * np.log(marginal)))
    assert parts["entropy_given_latent"] == pytest.approx(np.mean(of_latents))
    assert parts["unimodal_share"] == pytest.approx(1 / 3)  # the last has no mode of the data
    np.testing.assert_allclose(parts["mode_shares"], marginal[:2])
    np.testing.assert_allclose(parts["largest_shares"], [0.9, 0.5, 0.0])


def test_a_mode_is_hit_from_a_tenth_of_its_share_on():
    modes = np.array([[0] * 95 + [1] * 5]).T  # a tenth of 100 / 2
    assert modal_analysis.mode_parts(modes, 2)["modes_hit"] == 2
    modes = np.array([[0] * 96 + [1] * 4]).T
    assert modal_analysis.mode_parts(modes, 2)["modes_hit"] == 1


def test_patterns_are_told_apart():
    patterns = bits.bars_and_stripes_patterns()
    np.testing.assert_array_equal(modal_analysis.pattern_of(patterns), range(30))
    flipped = patterns.copy()
    flipped[:, 5] = 1 - flipped[:, 5]
    np.testing.assert_array_equal(modal_analysis.pattern_of(flipped), [30] * 30)


def test_analysis_of_a_known_generator():
    """A linear critic F = a x - 1 has log Z(z) = sum log(1 - p + p exp(a)) - 1."""
    slopes, count = np.array([1.0, -2.0, 0.5]), modal_analysis.NUM_LATENTS
    p = np.random.default_rng(1).random((count, 3)).astype(np.float32)
    critic = types.SimpleNamespace(predict=lambda x, **_: np.float32(x @ slopes - 1.0)[:, None])
    model = types.SimpleNamespace(
        sample_latents=lambda number, seed: np.arange(number),
        decode=lambda latents: types.SimpleNamespace(numpy=lambda: p[latents]),
        discriminator=critic,
        data_shape=(3,),
    )
    result = modal_analysis.analysis(model, lambda x: x[:, 0].astype(int), 2, seed=0)
    log_z = np.log(1 - p + p * np.exp(slopes)).sum(axis=1) - 1.0
    errors = result["log_z"] - log_z
    assert result["log_z_error"] == pytest.approx(errors.std(), rel=0.15)
    assert result["log_z_error"] < 0.2
    assert result["log_z_mean"] == pytest.approx(log_z.mean(), abs=0.02)
    assert result["log_z_std"] == pytest.approx(log_z.std(), abs=0.02)
    # E[w]^2 / E[w^2], up to the bias of 100 samples.
    second = (1 - p + p * np.exp(2 * slopes)).prod(axis=1) * np.exp(-2.0)
    share = np.mean(np.exp(2 * log_z) / second)
    assert result["effective_share"] == pytest.approx(share, abs=0.03)
    fooled = p[:, 0] * p[:, 2] * (1 - p[:, 1])  # F = 0.5 at 101, else at most 0
    assert result["fooled_rate"] == pytest.approx(fooled.mean(), abs=0.01)
    q = p.mean(axis=0)
    assert result["pixel_variance"] == pytest.approx(np.mean(q * (1 - q)), abs=1e-6)
    assert result["modes_hit"] == 2 and result["valid_share"] == pytest.approx(1.0)
    assert result["mode_shares"][1] == pytest.approx(q[0], abs=0.01)


@pytest.fixture
def untrained(monkeypatch):
    """Trainings of the experiment that are none: with no step there is nothing to compile."""

    def create(data, estimator, seed, **settings):
        return ganzoo.create(
            "bgan_discrete", data.data_shape, seed=seed, estimator=estimator, **settings
        )

    def of_images(weights, seed, data, steps, width, num_samples, batch_size):
        sizes = {"width": width, "dense_units": 8}
        return create(data, weights, seed, generator=sizes, num_samples=num_samples)

    def of_bits(method, seed, data, iterations, batch_size, num_samples):
        _, settings = bars_and_stripes.METHODS[method]
        return create(data, settings["estimator"], seed, num_samples=num_samples)

    monkeypatch.setattr(modal_analysis, "_train_images", of_images)
    monkeypatch.setattr(bars_and_stripes, "train", of_bits)
    monkeypatch.setattr(modal_analysis, "NUM_LATENTS", 50)


@pytest.mark.thorough
def test_run_has_all_rows(tmp_path, untrained):
    rows = modal_analysis.run(tmp_path, (3, 4), images="digits", width=4)
    found = [(row["data"], row["weights"], row["seed"]) for row in rows]
    assert found == [
        *(("digits", "data", ""), ("digits", "per_latent", 3), ("digits", "global", 3)),
        ("bars_and_stripes", "data", ""),
        *(
            ("bars_and_stripes", weights, seed)
            for weights in modal_analysis.ESTIMATORS
            for seed in (3, 4)
        ),
    ]
    for row in rows:
        blank = [name for name in modal_analysis.COLUMNS if row[name] == ""]
        assert bool(blank) == (row["weights"] == "data"), row
    assert rows[0]["modes_hit"] == 10 and 15 < rows[3]["modes_hit"] <= 30
    assert float(rows[3]["pixel_variance"]) == pytest.approx(0.25, abs=0.02)
    picture = tmp_path / "figures" / "modal_analysis.png"
    assert Image.open(picture).mode == "P" and picture.stat().st_size < 150_000


def test_training_on_images():
    data = ganzoo.data.load("digits", binarized="dynamic")
    model = modal_analysis._train_images("global", 0, data, 4, 4, 3, 16)
    assert model.estimator == "global" and model.num_samples == 3
    assert int(model.iteration) == 4
    assert float(model.generator_optimizer.learning_rate) == pytest.approx(1e-3)
