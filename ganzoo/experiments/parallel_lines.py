"""Distances between two parallel lines: which of them has a slope.

Example 1 and figure 1 of "Wasserstein GAN" (Arjovsky, Chintala and Bottou 2017, arXiv 1701.07875),
which the summary of three papers retells: P_0 is uniform on {0} x [0, 1], P_theta on {theta} x
[0, 1]. The supports do not meet unless theta = 0, and then

    W_1 = |theta|,   JS = log 2,   KL = infinity both ways,   TV = 1   (all 0 at theta = 0).

JS has the factor 1/2 of each term, JS = 1/2 KL(P||M) + 1/2 KL(Q||M) with M = 1/2 P + 1/2 Q; the
paper's text defines it without, which would make it 2 log 2, and plots log 2.

Protocol: beside each closed form stands an estimate from points. W_1 by optimal matching of as many
points of each line; JS, KL and TV from histograms of the first coordinate, which alone differs.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from ganzoo.experiments import records

DISTANCES = ("wasserstein", "jensen_shannon", "kullback_leibler", "total_variation")

THETAS = tuple(tenth / 10 for tenth in range(-10, 11))


def run(output, seeds=(0, 1, 2), thetas=THETAS, points=200):
    """Closed forms and estimates for every theta, averaged over the seeds.

    Args:
      output: directory. `results/parallel_lines.csv` has a row for each theta,
        `figures/parallel_lines.png` the four curves.
      seeds: of the points.
      thetas: places of the second line.
      points: of each line.

    Returns:
      The rows, as dicts.
    """
    rows = []
    for theta in thetas:
        closed = closed_forms(theta)
        estimated = [estimates(theta, points, seed) for seed in seeds]
        row = {"theta": theta, "points": points}
        for name in DISTANCES:
            row[name] = f"{closed[name]:.6f}"
            row[f"{name}_estimate"] = f"{np.mean([values[name] for values in estimated]):.6f}"
        rows.append(row)
    _draw(output, rows)
    return records.write_rows(output, "parallel_lines", rows, seeds)


def closed_forms(theta):
    """The distances between P_0 and P_theta, by name; KL is the same both ways."""
    apart = float(theta != 0.0)
    return {
        "wasserstein": abs(theta),
        "jensen_shannon": apart * np.log(2.0),
        "kullback_leibler": np.inf if apart else 0.0,
        "total_variation": apart,
    }


def estimates(theta, points, seed):
    """The same from `points` draws of each line."""
    generator = np.random.default_rng(seed)
    heights = generator.random((2, points))
    first = np.stack([np.zeros(points), heights[0]], axis=1)
    second = np.stack([np.full(points, theta), heights[1]], axis=1)
    # Heights have the same law on both lines, so the first coordinates hold all that differs.
    values, places = np.unique(np.concatenate([first[:, 0], second[:, 0]]), return_inverse=True)
    p, q = (
        np.bincount(part, minlength=len(values)) / points for part in np.split(places.ravel(), 2)
    )
    middle = 0.5 * (p + q)
    return {
        "wasserstein": earth_movers_distance(first, second),
        "jensen_shannon": 0.5 * _divergence(p, middle) + 0.5 * _divergence(q, middle),
        "kullback_leibler": _divergence(p, q),
        "total_variation": 0.5 * np.abs(p - q).sum(),
    }


def earth_movers_distance(first, second):
    """W_1 of as many points [N, d] each, all equally heavy, by the cheapest matching."""
    costs = np.linalg.norm(first[:, None] - second[None], axis=-1)
    return costs[linear_sum_assignment(costs)].mean()


def _divergence(p, q):
    """KL(p||q) of probabilities on the same points."""
    if np.any((p > 0.0) & (q == 0.0)):
        return np.inf
    positive = p > 0.0
    return float(np.sum(p[positive] * np.log(p[positive] / q[positive])))


def _draw(output, rows):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.6), layout="constrained")
    panels = figure.subplots(1, len(DISTANCES))
    theta = np.array([row["theta"] for row in rows])
    for name, panel in zip(DISTANCES, panels):
        values = np.array([float(row[name]) for row in rows])
        apart = theta != 0.0
        if name == "wasserstein":
            panel.plot(theta, values)
        elif name == "kullback_leibler":
            panel.text(0.5, 0.5, "infinite for θ ≠ 0", ha="center", transform=panel.transAxes)
            panel.set_xlim(theta[0], theta[-1])
        else:
            for side in (theta < 0.0, theta > 0.0):
                panel.plot(theta[side], values[side], color="C0")
        if name != "wasserstein":
            panel.plot(theta[~apart], values[~apart], "o", color="C0")
        panel.set_ylim(-0.05, 1.05)
        panel.set_title(name.replace("_", " "), fontsize=9)
        panel.set_xlabel("θ")
    records.write_figure(output, "parallel_lines", figure)
