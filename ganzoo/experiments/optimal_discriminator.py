"""The optimal discriminator and the value of the game at it.

Proposition 1 and theorem 1 of "Generative Adversarial Nets" (Goodfellow et al. 2014, arXiv
1406.2661): before a generator with density p_g the best discriminator is D*(x) = p / (p + p_g), and

    V(D*, G) = E_p log D* + E_{p_g} log(1 - D*) = -log 4 + 2 JS(p, p_g),

with JS = 1/2 KL(p||m) + 1/2 KL(p_g||m), m = (p + p_g) / 2; -log 4 and D* = 1/2 where p_g = p.

Protocol: data N(0, 1), samples N(m, 1). The closed forms by quadrature; beside them the
discriminator of `nsgan`, 1-32-32-1, after 2,000 updates of Adam 1e-3 at 256 new points while the
generator stands still: its mean error on [-2, 3], and its value on 100,000 new points of both.
"""

import numpy as np
from scipy import integrate, special, stats

from ganzoo.experiments import frozen_gaussian, records

MEANS = (0.0, 0.5, 1.0, 2.0)
PLACES = np.linspace(-2.0, 3.0, 101)
_POINTS = 100_000
_SETTINGS = {
    "discriminator": {"units": (32, 32)},
    "discriminator_optimizer": {"class_name": "Adam", "config": {"learning_rate": 1e-3}},
}


def run(output, seeds=(0, 1, 2), means=MEANS, steps=2000):
    """Closed forms and trained discriminators for every mean m of the samples.

    Args:
      output: directory. `results/optimal_discriminator.csv` has a row for each mean and seed,
        `figures/optimal_discriminator.png` the first seed's discriminators on the optimal ones.
      seeds: of weights and points.
      means: m.
      steps: updates.

    Returns:
      The rows, as dicts.
    """
    table = records.Table(output, "optimal_discriminator")
    curves = {}
    for mean in means:
        for seed in seeds:
            discriminator = frozen_gaussian.trained_critic(
                "nsgan", 0.0, mean, seed, steps, **_SETTINGS
            )
            logits, _ = frozen_gaussian.values_and_slopes(discriminator, PLACES)
            curves.setdefault(mean, special.expit(logits))
            divergence = jensen_shannon(mean)
            row = {
                "mean": mean,
                "seed": seed,
                "steps": steps,
                "jensen_shannon": f"{divergence:.10f}",
                "optimal_value": f"{-np.log(4) + 2 * divergence:.10f}",
                "value": f"{value(discriminator, mean, seed):.4f}",
                "mean_error": f"{np.abs(special.expit(logits) - optimal(PLACES, mean)).mean():.4f}",
            }
            print(row, flush=True)
            if not table.has(mean=mean, seed=seed, steps=steps):
                table.add(row)
    _draw(output, curves)
    return table.rows


def optimal(x, mean):
    """D*(x) for data N(0, 1) and samples N(mean, 1): the sigmoid of mean^2 / 2 - mean x."""
    return special.expit(0.5 * mean**2 - mean * np.asarray(x))


def jensen_shannon(mean):
    """JS of N(0, 1) and N(mean, 1) in nats, by quadrature."""

    def density(x):
        p, q = stats.norm.pdf(x), stats.norm.pdf(x, mean)
        return 0.5 * (special.rel_entr(p, 0.5 * (p + q)) + special.rel_entr(q, 0.5 * (p + q)))

    return integrate.quad(density, -12.0, 12.0 + mean, epsabs=1e-12, limit=200)[0]


def value(discriminator, mean, seed):
    """V(D, G) on new points of N(0, 1) and N(mean, 1)."""
    draws = np.random.default_rng([seed, 1]).standard_normal((2, _POINTS, 1)).astype("float32")
    real, fake = (
        np.float64(discriminator.predict(points, 10_000, verbose=0))
        for points in (draws[0], draws[1] + np.float32(mean))
    )
    return -np.logaddexp(0.0, -real).mean() - np.logaddexp(0.0, fake).mean()


def _draw(output, curves):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.4), layout="constrained")
    panel = figure.subplots()
    for color, (mean, curve) in enumerate(curves.items()):
        panel.plot(PLACES, curve, color=f"C{color}", label=f"samples N({mean:g}, 1)")
        panel.plot(PLACES, optimal(PLACES, mean), ":", color=f"C{color}")
    panel.plot([], [], ":", color="black", label="optimum")
    panel.set_xlabel("x")
    panel.set_ylabel("D(x)")
    panel.legend(fontsize=8)
    records.write_figure(output, "optimal_discriminator", figure)
