"""Boundary-seeking generators of continuous data, with and without log Z.

Section 4.2.3 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431), which is empty in the text: samples, and how much of the data they cover.

Protocol: `bgan` as printed, log Z = 0, and with the running log Z of the released code, each
without and with an R1 penalty of the discriminator, on two mixtures of Gaussians and on 8x8 digits;
the networks and scores of `ganzoo.experiments.continuous`, both optimizers at 1e-3. Scores are
those of the last iteration. This is the method at toy size: the released code trains convolutional
networks on images of up to 64x64.
"""

import ganzoo
from ganzoo.callbacks.pictures import image_grid
from ganzoo.experiments import continuous, records

METHODS = ("bgan", "bgan, log Z")
LEARNING_RATE = 1e-3


def run(
    output,
    seeds=(0, 1, 2),
    datasets=("ring", "grid", "digits"),
    r1_weights=(0.0, 1.0),
    iterations=3000,
):
    """Trains both forms; data sets whose trainings the table holds are not trained again.

    Args:
      output: directory; `results/continuous_generation.csv` has a row for each training,
        `figures/continuous_generation_<data set>.png` samples of the first seed.
      seeds: of weights, noise and order of the data.
      datasets: names of data sets of points, or "digits".
      r1_weights: gamma of the penalty.
      iterations: generator updates.

    Returns:
      The rows, as dicts.
    """
    table = records.Table(output, "continuous_generation")
    for dataset in datasets:
        cases = [
            {
                "dataset": dataset,
                "method": method,
                "r1_weight": r1_weight,
                "learning_rate": LEARNING_RATE,
                "iterations": iterations,
            }
            for r1_weight in r1_weights
            for method in METHODS
        ]
        if all(table.has(**case, seed=seed) for case in cases for seed in seeds):
            continue
        data = ganzoo.data.load(dataset)
        rows, pictures = [], {}
        for case in cases:
            method, r1_weight = case["method"], case["r1_weight"]
            trainings = continuous.Trainings(method, data, iterations, r1_weight=r1_weight)
            for seed in seeds:
                samples = trainings.run(seed, LEARNING_RATE)
                scores = continuous.scores(data, samples)
                rows.append({**case, "seed": seed, **scores, "num_samples": len(samples)})
                print(rows[-1], flush=True)
                pictures.setdefault(f"{method}, R1 {r1_weight:g}", samples)
        new = [row for row in rows if not table.has(**row)]
        table.add(*new)
        records.write_figure(output, f"continuous_generation_{dataset}", _figure(data, pictures))
    return table.rows


def _figure(data, pictures):
    """Training examples, then samples of each title."""
    from matplotlib.figure import Figure

    examples = data.scaled(slice(1500))
    figure = Figure(figsize=(2.2 * (1 + len(pictures)), 2.5), layout="constrained")
    panels = figure.subplots(1, 1 + len(pictures))
    for axes, (title, samples) in zip(panels, {"training data": examples, **pictures}.items()):
        if samples.ndim == 2:
            axes.scatter(*samples[:1500].T, s=0.8, color="#d55e00" if title in pictures else "#888")
            low, high = 1.25 * examples.min(axis=0), 1.25 * examples.max(axis=0)
            axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
            axes.tick_params(labelsize=7)
        else:
            axes.imshow(image_grid(samples[:64], 8), cmap="gray")
            axes.axis("off")
        axes.set_title(title, fontsize=10)
    return figure
