import numpy as np
import pytest

from ganzoo.interpolation import interpolate, lerp, slerp


@pytest.fixture
def ends():
    generator = np.random.default_rng(0)
    start, end = generator.normal(size=(2, 5, 16))
    length = np.linalg.norm(start, axis=-1, keepdims=True)
    return start, end / np.linalg.norm(end, axis=-1, keepdims=True) * length


@pytest.mark.parametrize("path", ["slerp", "lerp"])
def test_ends_are_exact(path, ends):
    points = interpolate(*ends, steps=7, path=path)
    assert points.shape == (7, 5, 16)
    np.testing.assert_array_equal(points[0], ends[0])
    np.testing.assert_array_equal(points[-1], ends[1])


def test_slerp_keeps_the_norm_and_moves_at_constant_angle(ends):
    points = interpolate(*ends, steps=9)
    norms = np.linalg.norm(points, axis=-1)
    np.testing.assert_allclose(norms, np.broadcast_to(norms[0], norms.shape), rtol=1e-12)
    cosines = np.sum(points[1:] * points[:-1], axis=-1) / norms[0] ** 2
    np.testing.assert_allclose(cosines, np.broadcast_to(cosines[0], cosines.shape), rtol=1e-9)


def test_slerp_quarter_circle():
    point = slerp([1.0, 0.0], [0.0, 1.0], 1 / 3)
    np.testing.assert_allclose(point, [np.cos(np.pi / 6), np.sin(np.pi / 6)])


def test_lerp_is_the_straight_line():
    np.testing.assert_allclose(lerp([1.0, 0.0], [0.0, 1.0], 0.25), [0.75, 0.25])


def test_slerp_of_parallel_latents_is_the_line():
    np.testing.assert_allclose(slerp([1.0, 1.0], [3.0, 3.0], 0.5), [2.0, 2.0])


def test_slerp_of_nearly_parallel_latents_keeps_its_digits():
    start, end = np.array([1.0, 0.0]), np.array([np.cos(1e-5), np.sin(1e-5)])
    middle = slerp(start, end, 0.5)
    np.testing.assert_allclose(middle, [np.cos(5e-6), np.sin(5e-6)], rtol=1e-9)


@pytest.mark.parametrize(
    ("end", "message"), [([-1.0, 0.0], "opposite"), ([0.0, 0.0], "other than zero")]
)
def test_slerp_without_a_path(end, message):
    with pytest.raises(ValueError, match=message):
        slerp([1.0, 0.0], end, 0.5)


def test_wrong_path_and_steps(ends):
    with pytest.raises(ValueError, match="slerp, lerp"):
        interpolate(*ends, steps=3, path="cubic")
    with pytest.raises(ValueError, match="at least 2"):
        interpolate(*ends, steps=1)
