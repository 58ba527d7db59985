"""Estimators of discrete generators on bars and stripes.

The exact toy of sections 4.1.1 and 4.1.3 of "Reweighted Generative Adversarial Networks" (Hjelm et
al. 2017, the first text of arXiv 1702.08431): 4x4 pixels in {0, 1}, of whose 2^16 states 30 are
valid and equally likely, so that validity, coverage and evenness need no classifier. The draft
reports no numbers for it.

Protocol: one budget of iterations for all, a minibatch of data in each; the perceptrons of the
recipes (generator 128-128-128, discriminator 128-128, 8 latents from U(-1, 1)), Adam at 1e-3
with beta_1 0.5 for both, the recipes' own optimizer (Adam at 1e-2) for control variates; M samples
of each latent in the four forms of bgan_discrete, one in the others; the slope of the annealed
straight-through estimator grows linearly from 1 to 5 in 2000 iterations; the temperature of
Gumbel-softmax is the recipe's, which falls from 3 to 0.5 in as many. An iteration of
wgan_gp_discrete is one update of its generator after five of its critic, so it sees five times the
data; its Adam has beta_2 0.9, and its samples are the most probable states, as are those of the
deterministic straight-through estimator. No setting was chosen by its result. The row "data" has
draws from the data in the place of samples.
"""

import math

import numpy as np
import scipy.special

import ganzoo
from ganzoo import metrics
from ganzoo.data import bits
from ganzoo.experiments import records
from ganzoo.stochastic.schedules import LinearToCeiling

METHODS = {  # name in the table -> recipe, its settings
    "bgan per latent": ("bgan_discrete", {"estimator": "per_latent"}),
    "bgan global": ("bgan_discrete", {"estimator": "global"}),
    "bgan reinforce": ("bgan_discrete", {"estimator": "reinforce"}),
    "bgan vimco": ("bgan_discrete", {"estimator": "vimco"}),
    "reinforce, no baseline": ("reinforce_gan", {"baseline_decay": None}),
    "reinforce, moving average": ("reinforce_gan", {}),
    "nvil": ("nvil_gan", {}),
    "muprop": ("muprop_gan", {}),
    "rebar": ("rebar_gan", {}),
    "relax": ("relax_gan", {}),
    "straight-through, step": ("straight_through_gan", {"step": "deterministic"}),
    "straight-through, sampled": ("straight_through_gan", {}),
    "straight-through, annealed": (
        "straight_through_gan",
        {"slope": LinearToCeiling(initial=1.0, rate=0.002, ceiling=5.0)},
    ),
    "gumbel, soft": ("gumbel_gan", {}),
    "gumbel, straight-through": ("gumbel_gan", {"hard": True}),
    "wgan-gp": ("wgan_gp_discrete", {}),
}
FLOOR = "data"
NUM_SAMPLES = 10_000
_STEPS_OF_A_CALL = 100


def run(
    output, seeds=(0, 1, 2), methods=tuple(METHODS), iterations=3000, batch_size=64, num_samples=20
):
    """Trains every method on every seed; what the table holds already is not trained again.

    Args:
      output: directory; `results/bars_and_stripes.csv`, `figures/bars_and_stripes.png`.
      seeds: of weights, noise and order of the data.
      methods: names of `METHODS`.
      iterations: updates of the generator.
      batch_size: minibatch m.
      num_samples: M of bgan_discrete.

    Returns:
      The rows, as dicts: the `scores` of each training.
    """
    table = records.Table(output, "bars_and_stripes")
    data = ganzoo.data.load("bars_and_stripes")
    budget = {"iterations": iterations, "batch_size": batch_size, "num_samples": num_samples}
    if not table.has(method=FLOOR):
        draws, _ = bits.bars_and_stripes(np.random.default_rng(0), NUM_SAMPLES)
        blank = dict.fromkeys(("seed", *budget), "")
        table.add({"method": FLOOR, **blank, **_rounded(scores(draws))})
    for method in methods:
        for seed in seeds:
            protocol = {"method": method, "seed": seed, **budget}
            if table.has(**protocol):
                continue
            model = train(method, seed, data, **budget)
            samples = model.generate(NUM_SAMPLES, seed=seed).numpy()
            table.add({**protocol, **_rounded(scores(samples))})
            print(table.rows[-1], flush=True)
    _draw(output, table.rows)
    return table.rows


def scores(samples):
    """What samples [N, 16] in {0, 1} say about the distribution that they come from.

    Returns:
      Dict: `valid_share` of the samples; `patterns_covered`, which occur, and `patterns_frequent`,
      which occur a third as often as they should, N / 90 times, of 30; `entropy` in nats of the
      valid samples' distribution over the patterns, at most log 30 = 3.401, NaN without any.
    """
    patterns = bits.bars_and_stripes_patterns()
    index = metrics.state_index(patterns)
    counts = np.bincount(metrics.state_index(samples), minlength=2**16)[index]
    shares = counts[counts > 0] / max(1, counts.sum())
    return {
        "valid_share": metrics.valid_share(samples, patterns),
        "patterns_covered": metrics.patterns_covered(samples, patterns),
        "patterns_frequent": int(np.sum(3 * len(patterns) * counts >= len(samples))),
        "entropy": float(np.sum(scipy.special.entr(shares))) if len(shares) else math.nan,
    }


def _rounded(values):
    return {k: f"{v:.4f}" if isinstance(v, float) else v for k, v in values.items()}


def train(method, seed, data, iterations, batch_size, num_samples):
    """A trained model of one of `METHODS`."""
    recipe, settings = METHODS[method]
    if recipe == "bgan_discrete":
        settings = {**settings, "num_samples": num_samples}
    steps = math.gcd(_STEPS_OF_A_CALL, iterations)
    model = ganzoo.create(recipe, data.data_shape, seed=seed, steps_per_execution=steps, **settings)
    model.fit(
        data.dataset(batch_size, seed),
        epochs=iterations // steps,
        steps_per_epoch=steps,
        verbose=0,
    )
    return model


def _draw(output, rows):
    """Valid share and covered patterns of every method, a dot for each seed."""
    from matplotlib.figure import Figure

    rows = [row for row in rows if row["method"] != FLOOR]
    methods = list(dict.fromkeys(row["method"] for row in rows))
    figure = Figure(figsize=(9, 0.6 + 0.27 * len(methods)), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    columns = {
        "valid_share": ("valid share of samples", 1.0),
        "patterns_covered": ("patterns covered, of 30", 30.0),
        "patterns_frequent": ("with a third of their share or more", 30.0),
    }
    for panel, (column, (label, most)) in zip(panels, columns.items()):
        for place, method in enumerate(methods):
            values = [float(row[column]) for row in rows if row["method"] == method]
            panel.plot(values, [place] * len(values), "o", color="C0", alpha=0.6, clip_on=False)
            panel.plot(np.mean(values), place, "|", color="black", markersize=12, clip_on=False)
        panel.set(xlabel=label, xlim=(0.0, most))
        panel.grid(alpha=0.3)
    panels[0].set_yticks(range(len(methods)), methods)
    panels[0].invert_yaxis()
    records.write_figure(output, "bars_and_stripes", figure)
