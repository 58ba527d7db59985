import numpy as np
import pytest

from ganzoo.metrics.likelihood import bits_per_dimension


def test_by_hand():
    assert bits_per_dimension(0.0, 784) == 8.0
    assert bits_per_dimension(3 * np.log(2), 3) == pytest.approx(9.0, abs=1e-12)
    values = bits_per_dimension([-2 * np.log(2), np.log(4)], 2)
    np.testing.assert_allclose(values, [7.0, 9.0], atol=1e-12)


def test_code_length_of_levels_that_a_density_of_steps_spells_out():
    """The density is 256 P(v) on each cell: its bits are the entropy of the gray levels."""
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(256))
    levels = rng.choice(256, (500, 4), p=probabilities)
    nats = -np.log(256 * probabilities[levels]).sum(axis=1)
    expected = -np.log2(probabilities[levels]).mean(axis=1)
    np.testing.assert_allclose(bits_per_dimension(nats, 4), expected, atol=1e-12)


@pytest.mark.parametrize("dimensions", [0, -3, 2.5])
def test_dimensions_are_checked(dimensions):
    with pytest.raises(ValueError, match="dimensions"):
        bits_per_dimension(1.0, dimensions)
