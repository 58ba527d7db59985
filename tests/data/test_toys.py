import numpy as np
import pytest

import ganzoo.data
from ganzoo.data import toys


def test_embedded_sets_have_the_documented_shapes():
    expected = {
        "digits": (1442, (8, 8, 1), 10),
        "iris": (150, (2,), 3),
        "bars_and_stripes": (25_600, (16,), None),
        "four_bits": (25_600, (4,), None),
        "gaussian_1d": (25_600, (1,), None),
        "grid": (25_600, (2,), 25),
        "ring": (25_600, (2,), 8),
        "sphere": (25_600, (3,), None),
        "swiss_roll": (25_600, (3,), None),
    }
    assert set(ganzoo.data.EMBEDDED) == {*expected, "python_topics"}
    for name, (size, shape, num_classes) in expected.items():
        data = ganzoo.data.load(name)
        assert (len(data), data.data_shape, data.num_classes) == (size, shape, num_classes), name
        assert (data.labels is None) == (num_classes is None)
        ranges = {
            "digits": (-1.0, 1.0),
            "bars_and_stripes": (0.0, 1.0),
            "four_bits": (0.0, 1.0),
        }
        assert data.value_range == ranges.get(name)
        assert data.scaled(slice(2)).dtype == np.float32


def test_ring_centers_are_eight_distinct_points_at_radius_two():
    assert np.allclose(np.linalg.norm(toys.RING_CENTERS, axis=-1), 2)
    gaps = np.linalg.norm(np.roll(toys.RING_CENTERS, 1, axis=0) - toys.RING_CENTERS, axis=-1)
    assert np.allclose(gaps, 4 * np.sin(np.pi / 8))


def test_grid_centers_cover_five_by_five():
    sides = np.array([-4, -2, 0, 2, 4]) / 2.828
    assert np.array_equal(np.unique(toys.GRID_CENTERS[:, 0]), sides)
    assert len(np.unique(toys.GRID_CENTERS, axis=0)) == 25


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_mixture_points_belong_to_their_mode(name):
    data = ganzoo.data.load(name)
    centers = {"ring": toys.RING_CENTERS, "grid": toys.GRID_CENTERS}[name]
    sigma = {"ring": toys.RING_SIGMA, "grid": toys.GRID_SIGMA}[name]
    distances = np.linalg.norm(data.examples[:, None] - centers, axis=-1)
    assert np.array_equal(distances.argmin(axis=-1), data.labels)
    # in two dimensions 1 - exp(-4.5) = 98.889 % of the points are within three sigma
    assert abs(np.mean(distances.min(axis=-1) < 3 * sigma) - 0.98889) < 0.003
    counts = np.bincount(data.labels) / len(data)
    assert np.all(np.abs(counts * len(centers) - 1) < 0.15)


def test_toy_moments():
    normal = ganzoo.data.load("gaussian_1d").examples
    assert abs(normal.mean() - 4) < 0.02 and abs(normal.std() - 0.5) < 0.01
    sphere = ganzoo.data.load("sphere").examples
    assert np.allclose(np.linalg.norm(sphere, axis=-1), 1, atol=1e-6)
    assert np.all(np.abs(sphere.mean(axis=0)) < 0.02)
    roll = ganzoo.data.load("swiss_roll").examples
    assert np.all(np.abs(roll.mean(axis=0)) < 0.03)
    assert np.all(np.abs(roll.std(axis=0) - 1) < 0.02)


def test_swiss_roll_lies_on_the_spiral():
    roll = ganzoo.data.load("swiss_roll").examples
    # undo the standardization with the moments of t cos t and t sin t over t in [1.5, 4.5] pi
    t = np.linspace(1.5 * np.pi, 4.5 * np.pi, 100_001)
    curve = np.stack([t * np.cos(t), t * np.sin(t)], axis=-1)
    deviation = np.sqrt(curve.var(axis=0) + toys.SWISS_ROLL_NOISE**2)
    points = roll[:500, [0, 2]] * deviation + curve.mean(axis=0)
    distance = np.linalg.norm(points[:, None] - curve[::50], axis=-1).min(axis=-1)
    # the distance to the curve is |noise across it|, whose mean is sigma sqrt(2 / pi)
    assert abs(distance.mean() - 0.25 * np.sqrt(2 / np.pi)) < 0.03


def test_iris_is_standardized_petals():
    data = ganzoo.data.load("iris")
    assert np.allclose(data.examples.mean(axis=0), 0, atol=1e-6)
    assert np.allclose(data.examples.std(axis=0), 1, atol=1e-6)
    setosa = data.examples[data.labels == data.class_names.index("setosa")]
    assert np.all(setosa[:, 0] < -0.7)


def test_seed_and_split_select_independent_points():
    first = ganzoo.data.load("ring", seed=1).examples
    assert np.array_equal(first, ganzoo.data.load("ring", seed=1).examples)
    assert not np.array_equal(first, ganzoo.data.load("ring", seed=2).examples)
    test = ganzoo.data.load("ring", split="test", seed=1).examples
    assert len(test) == 6_400
    assert len(np.unique(np.concatenate([first, test]), axis=0)) == 25_600 + 6_400


def test_digits_split_is_stratified_and_complete():
    train, test = ganzoo.data.load("digits"), ganzoo.data.load("digits", split="test")
    assert len(train) + len(test) == 1797
    share = np.bincount(test.labels) / (np.bincount(train.labels) + np.bincount(test.labels))
    assert np.all(np.abs(share - 0.2) < 0.01)
    assert train.examples.dtype == np.uint8
    assert train.examples.max() == 255 and train.examples.min() == 0
    assert len(np.unique(train.examples)) == 17
    assert np.array_equal(test.labels, ganzoo.data.load("digits", split="test").labels)


def test_bad_split_names_the_splits():
    with pytest.raises(ValueError, match=r"split='valid'.*'train' and 'test'"):
        ganzoo.data.load("ring", split="valid")
    with pytest.raises(ValueError, match=r"split='test': iris has 'train'"):
        ganzoo.data.load("iris", split="test")


def test_image_options_on_vectors_are_refused():
    with pytest.raises(ValueError, match="ring holds vectors"):
        ganzoo.data.load("ring", image_size=8)
    with pytest.raises(ValueError, match="binarized='static' is for uint8 images"):
        ganzoo.data.load("ring", binarized="static")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"image_size": 0}, "image_size=0 must be a positive integer"),
        ({"crop": 1.5}, "crop=1.5 must be a positive integer"),
        ({"channels": 2}, r"channels=2 must be 1 \(grey\), 3 \(colour\)"),
        ({"binarized": "yes"}, "binarized='yes' must be 'static', 'dynamic'"),
        ({"crop": 9}, r"crop=9 is larger than digits \(8x8\)"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ganzoo.data.load("digits", **arguments)
