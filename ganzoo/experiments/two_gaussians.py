"""Two Gaussians apart: a discriminator that is sure, and critics that still have a slope.

Figure 2 of "Wasserstein GAN" (Arjovsky, Chintala and Bottou 2017, arXiv 1701.07875), whose means
and variances the paper does not print; here the data are N(-3, 1) and the samples N(3, 1). Then

    logit D*(x) = -6 x,   W_1 = 6 by the critic f*(x) = -x,   JS = 0.689298 (log 2 = 0.693147),

and what reaches a sample at x = 3 is the slope of log(1 - D*), 6 sigmoid(-18) = 9.1e-8, of -log D*,
6, or of f*, 1.

Protocol: the critic of `nsgan`, `wgan_gp` and `wgan`, 1-32-32-1, trained 2,000 updates at 256 new
points while the generator stands still; Adam 1e-3 for the first two, the recipe's RMSProp and
clipping at 0.01 for the third. Slopes are those on [-4, 4]. The penalized critic's is not 1: a
linear one of slope -s has the objective 6 s - 10 (|s| - 1)^2, which is highest at s = 1.3. It has a
second maximum at s = -0.7: on a line a gradient cannot turn round without passing 0, where the
penalty holds it back, and a critic whose first weights slope the wrong way stays so.
"""

import numpy as np

from ganzoo.experiments import frozen_gaussian, records

REAL_MEAN, FAKE_MEAN = -3.0, 3.0
PLACES = np.linspace(-4.0, 4.0, 161)

_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3}}
_CRITIC = {"critic": {"units": (32, 32), "activation": "tanh"}, "critic_steps": 1}
PLAYERS = {
    "nsgan": {"discriminator": {"units": (32, 32)}, "discriminator_optimizer": _ADAM},
    "wgan_gp": {**_CRITIC, "critic_optimizer": _ADAM, "penalty_weight": 10.0},
    "wgan": {**_CRITIC, "clip_value": 0.01},
}


def run(output, seeds=(0, 1, 2), steps=2000):
    """Trains the three players for every seed.

    Args:
      output: directory. `results/two_gaussians.csv` has a row for each player and seed,
        `figures/two_gaussians.png` the densities and the first seed's players.
      seeds: of weights and points.
      steps: updates.

    Returns:
      The rows, as dicts.
    """
    table = records.Table(output, "two_gaussians")
    curves = {}
    for seed in seeds:
        for name, settings in PLAYERS.items():
            critic = frozen_gaussian.trained_critic(
                name, REAL_MEAN, FAKE_MEAN, seed, steps, **settings
            )
            values, slopes = frozen_gaussian.values_and_slopes(critic, PLACES)
            curves.setdefault(name, values)
            row = {
                "player": name,
                "seed": seed,
                "steps": steps,
                "smallest_slope": f"{-slopes.max():.6f}",
                "largest_slope": f"{-slopes.min():.6f}",
                "correlation_with_optimum": f"{np.corrcoef(values, -PLACES)[0, 1]:.5f}",
                "slope_at_the_samples": f"{-slopes[np.argmin(np.abs(PLACES - FAKE_MEAN))]:.6f}",
            }
            print(row, flush=True)
            if not table.has(player=name, seed=seed, steps=steps):
                table.add(row)
    _draw(output, curves)
    return table.rows


def optimal_logit(x):
    """log p / q of the two densities: -6 x."""
    return 0.5 * (x - FAKE_MEAN) ** 2 - 0.5 * (x - REAL_MEAN) ** 2


def generator_slopes(x):
    """What a sample at x receives before the optimal player: derivatives in x, by loss."""
    fake = 1.0 / (1.0 + np.exp(-optimal_logit(x)))
    slope = REAL_MEAN - FAKE_MEAN  # of the logit
    return {
        "minimax": -fake * slope,
        "non-saturating": -(1.0 - fake) * slope,
        "wasserstein": 1.0,  # of -f*(x) = x
    }


def _draw(output, curves):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.6), layout="constrained")
    panel = figure.subplots()
    for mean, label in ((REAL_MEAN, "data"), (FAKE_MEAN, "samples")):
        density = np.exp(-0.5 * (PLACES - mean) ** 2) / np.sqrt(2 * np.pi)
        panel.fill_between(PLACES, density, alpha=0.3, label=label)
    panel.plot(PLACES, 1.0 / (1.0 + np.exp(-curves["nsgan"])), label="D of nsgan")
    for name in ("wgan_gp", "wgan"):
        centered = curves[name] - curves[name].mean()
        scale = np.abs(centered).max()
        panel.plot(PLACES, centered / scale, label=f"critic of {name} / {scale:.2g}")
    panel.set_xlabel("x")
    panel.legend(fontsize=8)
    records.write_figure(output, "two_gaussians", figure)
