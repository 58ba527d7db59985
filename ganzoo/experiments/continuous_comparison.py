"""The boundary-seeking generator beside other GANs, over learning rates and under stress.

Section 4.2.4 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431), which is empty in the text. The released code compares `bgan`, with and without
log Z, with `gan`, `lsgan` and `wgan` over learning rates; the published text claims that a
boundary-seeking generator stays stable when it is updated five times for each update of the
discriminator.

Protocol: the methods, networks and scores of `ganzoo.experiments.continuous`, three seeds, and one
budget of generator updates; `wgan` with five critic steps sees five times the data. The blocks are

    learning rates   the ring at 1e-4, 1e-3 and 1e-2 for both optimizers;
    digits           the 8x8 digits at 1e-3;
    stress           both at 1e-3 with five generator updates for each update of the discriminator.

The five are made by `gradient_accumulation_steps=5` in the optimizer of the discriminator, which
then moves once in five iterations, on the mean gradient of five minibatches, while the generator
moves in each: the discriminator is behind, but it sees as much data as it otherwise would. `wgan`
with five critic steps is left out of the last two blocks: its five and the five of the stress would
cancel. No discriminator has a penalty; `docs/results/ring.csv` has the ring with R1.

Rates were fixed beforehand and none is chosen afterwards. A training has diverged or collapsed by
the criterion of `continuous.scores`, which was fixed before the first of them: samples that are not
finite or beyond 100, fewer than four modes of the ring, or classes of digits as uneven as five of
ten. The budget is short, minutes of one core for all trainings: what is slow counts as bad.
"""

import itertools

import numpy as np

import ganzoo
from ganzoo.experiments import continuous, records
from ganzoo.registry import unknown

BLOCKS = ("learning rates", "digits", "stress")
STRESS = 5
_NO_STRESS = "wgan, 5 critic steps"
_RATE = 1e-3


def run(
    output,
    seeds=(0, 1, 2),
    methods=tuple(continuous.METHODS),
    blocks=BLOCKS,
    learning_rates=(1e-4, 1e-3, 1e-2),
    iterations=800,
):
    """Trains every method in every block; what the table holds already is not trained again.

    Args:
      output: directory; `results/continuous_comparison.csv` has a row for each training,
        `figures/continuous_comparison.png` draws them.
      seeds: of weights, noise and order of the data.
      methods: names of `METHODS`.
      blocks: names of `BLOCKS`.
      learning_rates: of the first block.
      iterations: generator updates.

    Returns:
      The rows, as dicts.
    """
    for block in blocks:
        if block not in BLOCKS:
            raise ValueError(unknown("block", block, BLOCKS))
    table = records.Table(output, "continuous_comparison")
    data = {name: ganzoo.data.load(name) for name in ("ring", "digits")}
    for block in blocks:
        for dataset, method, generator_steps in _cases(block, methods):
            rates = learning_rates if block == "learning rates" else (_RATE,)
            missing = []
            for seed, rate in itertools.product(seeds, rates):
                protocol = {
                    "block": block,
                    "dataset": dataset,
                    "method": method,
                    "learning_rate": rate,
                    "generator_steps": generator_steps,
                    "iterations": iterations,
                    "seed": seed,
                }
                if not table.has(**protocol):
                    missing.append(protocol)
            if not missing:
                continue
            trainings = continuous.Trainings(method, data[dataset], iterations, generator_steps)
            for protocol in missing:
                samples = trainings.run(protocol["seed"], protocol["learning_rate"])
                scores = continuous.scores(data[dataset], samples)
                table.add({**protocol, **scores, "num_samples": len(samples)})
                print(table.rows[-1], flush=True)
    records.write_figure(output, "continuous_comparison", _figure(table.rows))
    return table.rows


def _cases(block, methods):
    """(data set, method, generator steps) of a block."""
    if block == "learning rates":
        return [("ring", method, 1) for method in methods]
    stressed = [method for method in methods if method != _NO_STRESS]
    if block == "digits":
        return [("digits", method, 1) for method in stressed]
    return [(data, method, STRESS) for data in ("ring", "digits") for method in stressed]


def _figure(rows):
    """One mark for each training: the ring over learning rates, then the stress."""
    from matplotlib import ticker
    from matplotlib.figure import Figure

    methods = [name for name in continuous.METHODS if any(row["method"] == name for row in rows)]
    figure = Figure(figsize=(11, 7.5), layout="constrained")
    panels = figure.subplots(2, 2, sharey=True).flat
    groups = sorted({float(row["learning_rate"]) for row in rows})
    rates = {f"learning rate {rate:g}": {"learning_rate": rate} for rate in groups}
    sweep = [row for row in rows if row["block"] == "learning rates"]
    _draw(next(panels), methods, sweep, rates, "modes", "ring: modes covered, of 8")
    _draw(next(panels), methods, sweep, rates, "high_quality_share", "ring: high-quality share")
    steps = {
        "1 generator update": {"generator_steps": 1},
        "5 generator updates": {"generator_steps": STRESS},
    }
    plain = [row for row in rows if _is(row, learning_rate=_RATE)]
    ring = [row for row in plain if row["dataset"] == "ring"]
    digits = [row for row in plain if row["dataset"] == "digits"]
    _draw(next(panels), methods, ring, steps, "high_quality_share", "ring: high-quality share")
    axes = next(panels)
    _draw(axes, methods, digits, steps, "frechet", "digits: Fréchet distance in digits_cnn")
    if digits:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 3)))
        axes.xaxis.set_major_formatter(ticker.ScalarFormatter())
        axes.xaxis.set_minor_formatter(ticker.NullFormatter())
    axes.set_yticks(range(len(methods)), methods)
    axes.set_ylim(len(methods) - 0.5, -0.5)
    figure.supxlabel("a mark for each seed; hollow: collapsed; missing: diverged", fontsize=10)
    return figure


def _is(row, **numbers):
    return all(float(row[name]) == value for name, value in numbers.items())


def _draw(axes, methods, rows, groups, score, title):
    """`groups`: label -> the columns of its rows; hollow marks have collapsed."""
    for place, (label, columns) in enumerate(groups.items()):
        color, offset = f"C{place}", 0.22 * (place - 0.5 * (len(groups) - 1))
        axes.scatter([], [], color=color, label=label, s=24)
        for row in rows:
            if _is(row, **columns) and row[score] != "":
                face = color if row["outcome"] == "trained" else "none"
                height = methods.index(row["method"]) + offset
                axes.scatter(float(row[score]), height, edgecolors=color, facecolors=face, s=24)
    axes.set_title(title, fontsize=10)
    axes.set_axisbelow(True)
    axes.hlines(
        np.arange(1, len(methods)) - 0.5,
        0,
        1,
        color="#eeeeee",
        linewidth=0.6,
        transform=axes.get_yaxis_transform(),
    )
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.legend(fontsize=8, loc="best")
