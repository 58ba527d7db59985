"""Trainings on point sets whose distribution is known, their rows and their pictures."""

import json
import math

import numpy as np

import ganzoo
from ganzoo import data
from ganzoo.experiments import records
from ganzoo.metrics import modes
from ganzoo.registry import unknown

BATCH_SIZE = 256
SAMPLES = 2000
_STEPS_AN_EPOCH = 500
_COLUMNS = 6


def table_of(output, dataset, runs, seeds, score, finished=lambda *_: None):
    """`<output>/results/<dataset>.csv` after training what it has no row of.

    Args:
      output: directory.
      dataset: a point set of `ganzoo.data`.
      runs: (recipe, settings beside the recipe's for vectors, generator steps) each.
      seeds: of weights, order and noise.
      score: model to (samples, dict of scores).
      finished: called with (run, seed, samples, scores).

    Returns:
      The rows, as dicts.
    """
    table = records.Table(output, dataset)
    for name, settings, steps in runs:
        for seed in seeds:
            key = {"model": name, "settings": json.dumps(settings), "seed": seed, "steps": steps}
            if table.has(**key):
                continue
            samples, scores = score(trained(name, dataset, seed, steps, **settings))
            texts = {
                column: "" if value is None else f"{value:.5g}" for column, value in scores.items()
            }
            print({**key, **texts}, flush=True)
            table.add({**key, **texts, "batch_size": BATCH_SIZE, "samples": SAMPLES})
            finished((name, settings, steps), seed, samples, scores)
    return table.rows


def trained(name, dataset, seed, steps, **settings):
    """A model after `steps` train steps (500 times an integer, or fewer) on 25,600 points."""
    epochs = records.in_epochs(steps, _STEPS_AN_EPOCH)
    points = data.load(dataset)
    model = ganzoo.create(
        name,
        points.data_shape,
        num_classes=points.num_classes,
        seed=seed,
        **{"jit_compile": True, "steps_per_execution": math.gcd(steps, 100), **settings},
    )
    model.fit(
        points.scaled(),
        points.labels,
        batch_size=BATCH_SIZE,
        verbose=0,
        **epochs,
    )
    return model


def models_of(runs):
    """Names of the recipes of runs."""
    return tuple(dict.fromkeys(name for name, _, _ in runs))


def cover_modes(output, name, runs, models, seeds):
    """Rows and figure of the runs of `models` on a set of `modes.MODES`; those that there are stay.

    Returns:
      The rows, as dicts.

    Raises:
      ValueError: there is no run of a model.
    """
    for model in models:
        if model not in models_of(runs):
            raise ValueError(unknown("model", model, models_of(runs)))
    mixture = modes.MODES[name]
    cells = [_cell(run) for run in runs]
    layout = [cells[start : start + _COLUMNS] for start in range(0, len(cells), _COLUMNS)]
    gallery = records.Gallery(output, name, layout)

    def finished(run, seed, samples, scores):
        if seed == seeds[0]:
            gallery.add(_cell(run), _picture(_title(run, scores), samples, mixture.centers))

    chosen = [run for run in runs if run[0] in models]
    return table_of(
        output, name, chosen, seeds, lambda model: mode_scores(model, mixture), finished
    )


def mode_scores(model, mixture):
    """2,000 samples of a model, and how they cover the modes."""
    samples = model.generate(SAMPLES, seed=0).numpy()
    coarse = modes.toy_bench_coverage(samples, mixture)
    strict = modes.mode_coverage(samples, mixture)
    scores = {
        "modes": coarse.num_modes,
        "high_quality_share": coarse.high_quality_share,
        "reverse_kl": coarse.reverse_kl,
        "modes_3_sigma": strict.num_modes,
        "share_3_sigma": strict.high_quality_share,
        "label_match": None,
    }
    if model.uses_labels:
        distances = np.linalg.norm(samples[:, None] - mixture.centers, axis=2)
        scores["label_match"] = np.mean(distances.argmin(axis=1) == model.labels_for(SAMPLES))
    return samples, scores


def _cell(run):
    name, settings, _ = run
    return "_".join([name, *(f"{setting}_{value}" for setting, value in settings.items())])


def _title(run, scores):
    name, settings, _ = run
    penalty = f", R1 {settings['r1_weight']:g}" if "r1_weight" in settings else ""
    averaged = ", averaged" if "averaging" in settings else ""
    share = scores["high_quality_share"]
    return f"{name}{penalty}{averaged}\n{scores['modes']} modes, {share:.0%} near"


def _picture(title, samples, centers):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.1, 2.4), layout="constrained")
    axes = figure.subplots()
    axes.plot(*samples.T, ",", color="#1f5fa8", alpha=0.6)
    axes.plot(*centers.T, "+", color="#d1495b", markersize=5)
    axes.set(xlim=(-2.7, 2.7), ylim=(-2.7, 2.7), aspect="equal", xticks=[], yticks=[])
    axes.set_title(title, fontsize=8)
    return records.picture_of(figure, dots_per_inch=130, colors=16)
