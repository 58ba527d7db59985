import pytest

from ganzoo.metrics import names


def test_names_state_extractor_and_counts():
    assert names.score("frechet", "pixels") == "frechet_pixels"
    assert names.score("frechet", "pixels", 10_000, 10_000) == "frechet_pixels_10k"
    assert names.score("frechet", "pixels", 10_000, 1_500) == "frechet_pixels_10k_1500"


def test_fid_is_reserved():
    assert names.score("fid", "inception_v3_2015", 50_000) == "fid_inception_v3_2015_50k"
    with pytest.raises(ValueError, match="not FID"):
        names.score("FID", "fashion_mnist_cnn", 10_000)
