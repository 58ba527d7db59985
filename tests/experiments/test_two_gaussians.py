import numpy as np
import pytest

from ganzoo.experiments import frozen_gaussian, two_gaussians


def test_closed_forms():
    assert two_gaussians.optimal_logit(2.0) == pytest.approx(-12.0)
    slopes = two_gaussians.generator_slopes(3.0)
    assert slopes["minimax"] == pytest.approx(9.14e-8, rel=1e-3)
    assert slopes["non-saturating"] == pytest.approx(6.0, rel=1e-6)
    assert slopes["wasserstein"] == 1.0


def test_players(tmp_path):
    rows = two_gaussians.run(tmp_path, seeds=(0,))
    of = {row["player"]: row for row in rows}
    assert float(of["nsgan"]["correlation_with_optimum"]) > 0.98
    for name, lowest, highest in (("wgan_gp", 1.15, 1.5), ("wgan", 5e-5, 2e-3)):
        assert lowest < float(of[name]["smallest_slope"]), name
        assert float(of[name]["largest_slope"]) < highest, name
    assert (tmp_path / "figures" / "two_gaussians.png").exists()


def test_the_discriminator_is_sure_on_both_sides():
    critic = frozen_gaussian.trained_critic(
        "nsgan", -3.0, 3.0, 1, 2000, **two_gaussians.PLAYERS["nsgan"]
    )
    logits, _ = frozen_gaussian.values_and_slopes(critic, np.array([-4.0, -2.0, 2.0, 4.0]))
    probabilities = 1.0 / (1.0 + np.exp(-logits))
    assert probabilities[:2].min() > 0.997
    assert probabilities[2:].max() < 0.003


def test_a_penalized_critic_on_a_line_may_keep_the_wrong_sign():
    slopes = np.linspace(-2.0, 2.0, 4001)
    objective = 6.0 * slopes - 10.0 * (np.abs(slopes) - 1.0) ** 2
    peaks = slopes[1:-1][(objective[1:-1] > objective[:-2]) & (objective[1:-1] > objective[2:])]
    np.testing.assert_allclose(peaks, [-0.7, 1.3], atol=1e-6)
