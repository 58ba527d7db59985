import numpy as np
import pytest

from ganzoo import data
from ganzoo.metrics import (
    MODES,
    evaluate_samples,
    extractors,
    frechet_distance,
    gaussian_mmd,
    inception_score,
    kernel_distance,
    manifold_scores,
    nearest_neighbor_ratio,
)


def test_images_get_every_score():
    train = data.load("digits", split="train").scaled()
    real = data.load("digits", split="test").scaled()[:100]
    generated = train[:80]
    extractor = extractors.load("digits_cnn")
    scores = evaluate_samples(real, generated, extractor, seed=3, train=train)
    real_features, features = extractor.features(real), extractor.features(generated)
    counts = "digits_cnn_100_80"
    assert scores[f"frechet_{counts}"] == frechet_distance(real_features, features)
    kernel = kernel_distance(real_features, features, seed=3)
    assert (scores[f"kernel_{counts}"], scores[f"kernel_std_{counts}"]) == kernel
    assert scores[f"gaussian_mmd_{counts}"] == gaussian_mmd(real_features, features, seed=3)
    manifold = manifold_scores(real_features, features)
    assert scores[f"precision_{counts}"] == manifold.precision
    assert scores[f"recall_{counts}"] == manifold.recall
    assert scores[f"density_{counts}"] == manifold.density
    assert scores[f"coverage_{counts}"] == manifold.coverage
    expected = inception_score(extractor.probabilities(generated))
    assert scores["inception_score_digits_cnn_80"] == pytest.approx(expected[0], rel=1e-6)
    assert scores["sliced_wasserstein_pixels_80"] > 0.0
    # The "generated" samples are training samples.
    assert scores["nearest_neighbor_ratio_pixels_100_80"] == 0.0
    assert scores["nearest_neighbor_ratio_digits_cnn_100_80"] == 0.0
    assert all(type(value) is float for value in scores.values())
    assert scores == evaluate_samples(real, generated, "digits_cnn", seed=3, train=train)


def test_points_get_mode_coverage():
    modes = MODES["ring"]
    random = np.random.default_rng(0)
    real, train, generated = (
        modes.centers[random.integers(8, size=400)] + modes.std * random.standard_normal((400, 2))
        for _ in range(3)
    )
    scores = evaluate_samples(real, generated, "pixels", train=train, modes=modes)
    assert scores["modes_400"] == 8.0
    assert scores["toy_bench_modes_400"] == 8.0
    assert 0.95 < scores["high_quality_share_400"] < 1.0
    assert scores["toy_bench_high_quality_share_400"] > 0.99
    assert 0.7 < scores["nearest_neighbor_ratio_pixels_400"] < 1.4
    expected = nearest_neighbor_ratio(generated, real, train)
    assert scores["nearest_neighbor_ratio_pixels_400"] == pytest.approx(expected, rel=1e-6)
    assert not any(name.startswith("inception") for name in scores)


def test_worse_samples_score_worse():
    real = data.load("digits", split="test").scaled()
    noise = np.random.default_rng(0).uniform(-1, 1, (100, 8, 8, 1)).astype(np.float32)
    good = evaluate_samples(real[:100], real[100:200], "digits_cnn")
    bad = evaluate_samples(real[:100], noise, "digits_cnn")
    for measure in ("frechet", "kernel", "gaussian_mmd"):
        assert bad[f"{measure}_digits_cnn_100"] > 5.0 * good[f"{measure}_digits_cnn_100"]
    for measure in ("precision", "recall", "density", "coverage"):
        assert bad[f"{measure}_digits_cnn_100"] < 0.5 * good[f"{measure}_digits_cnn_100"]


def test_wrong_samples():
    images = np.zeros((10, 8, 8, 1), np.float32)
    with pytest.raises(ValueError, match="image size and channels"):
        evaluate_samples(images, np.zeros((10, 28, 28, 1), np.float32), "pixels")
    with pytest.raises(ValueError, match="NaN"):
        evaluate_samples(images, images * np.nan, "digits_cnn")
    with pytest.raises(ValueError, match="at least 2"):
        evaluate_samples(images, images[:1], "digits_cnn")
