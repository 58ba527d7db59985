"""The closed forms of the two Gaussians, and players that were trained beside them.

The slope of the clipped critic, 0.00102 for all three seeds, is above the 1e-4 to 7e-4 that the
calibration of this toy gave: with nearly all weights at the bound the slope of 1-32-32-1 is near
32 * 32 * 0.01^3 = 0.001024, and training puts them there.
"""

import numpy as np
import pytest
import tensorflow as tf

from ganzoo.experiments import frozen_gaussian, optimal_discriminator, two_gaussians
from ganzoo.losses import cross_entropy, wasserstein

ONE_FAST = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]


def test_closed_forms():
    assert two_gaussians.optimal_logit(2.0) == pytest.approx(-12.0)
    slopes = two_gaussians.generator_slopes(3.0)
    assert slopes["minimax"] == pytest.approx(9.14e-8, rel=1e-3)
    assert slopes["non-saturating"] == pytest.approx(6.0, rel=1e-6)
    distance = two_gaussians.FAKE_MEAN - two_gaussians.REAL_MEAN
    assert distance == 6.0  # W_1, which the critic f*(x) = -x attains
    assert optimal_discriminator.jensen_shannon(distance) == pytest.approx(0.6892979330, abs=1e-9)


@pytest.mark.parametrize("place", [-1.0, 0.2, 3.0])
def test_slopes_are_those_of_the_losses_before_the_optimal_players(place):
    x = tf.Variable([[place]], dtype=tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        logit = two_gaussians.optimal_logit(x)
        losses = {
            "minimax": cross_entropy.minimax_generator_loss(logit),
            "non-saturating": cross_entropy.non_saturating_generator_loss(logit),
            "wasserstein": wasserstein.generator_loss(-x),
        }
    found = {name: float(tape.gradient(loss, x)[0, 0]) for name, loss in losses.items()}
    assert two_gaussians.generator_slopes(place) == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize("seed", ONE_FAST[:2])
def test_players(tmp_path, seed):
    """Not of seed 2, whose penalized critic slopes the wrong way, by -0.61 to -0.76.

    See docs/results/two_gaussians.csv, and the last test here for the reason.
    """
    rows = two_gaussians.run(tmp_path, seeds=(seed,))
    of = {row["player"]: row for row in rows}
    assert float(of["nsgan"]["correlation_with_optimum"]) > 0.98
    for name, lowest, highest in (("wgan_gp", 1.15, 1.5), ("wgan", 5e-5, 2e-3)):
        assert lowest < float(of[name]["smallest_slope"]), name
        assert float(of[name]["largest_slope"]) < highest, name
    assert (tmp_path / "figures" / "two_gaussians.png").exists()


@pytest.mark.parametrize("seed", ONE_FAST)
def test_the_discriminator_is_sure_on_both_sides(seed):
    critic = frozen_gaussian.trained_critic(
        "nsgan", -3.0, 3.0, seed, 2000, **two_gaussians.PLAYERS["nsgan"]
    )
    logits, _ = frozen_gaussian.values_and_slopes(critic, np.array([-4.0, -2.0, 2.0, 4.0]))
    probabilities = 1.0 / (1.0 + np.exp(-logits))
    assert probabilities[:2].min() > 0.9999
    # At 2 the optimum is 6e-6; the seeds give 9e-6, 1e-3 and 7e-5, the calibration under 3e-4.
    assert probabilities[2:].max() < 0.002


def test_a_penalized_critic_on_a_line_may_keep_the_wrong_sign():
    slopes = np.linspace(-2.0, 2.0, 4001)
    objective = 6.0 * slopes - 10.0 * (np.abs(slopes) - 1.0) ** 2
    peaks = slopes[1:-1][(objective[1:-1] > objective[:-2]) & (objective[1:-1] > objective[2:])]
    np.testing.assert_allclose(peaks, [-0.7, 1.3], atol=1e-6)
