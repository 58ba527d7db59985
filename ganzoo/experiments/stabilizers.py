"""What stabilizers of adversarial training change on the ring and on digits.

For docs/stabilizers.md. One setting of each stabilizer, the paper's or a usual one, nothing tuned:
the table says what each does here, not which is best.

Protocol. Ring: `nsgan` at the settings of recipes for points, `steps` iterations at batch 256 (64
under minibatch discrimination, whose cost is quadratic, with a row of its own to compare with);
2,000 samples, a mode counts from 20 samples within 0.2 of its center on. Digits: `dcgan` at width
16 on 8x8 images, batch 64, `iterations` iterations on all training images or on the first 200 of
them; the Fréchet distance of 2,500 samples to the test images in features of `digits_cnn`.
"""

import numpy as np

import ganzoo
from ganzoo.callbacks import FreezeWhenAhead
from ganzoo.experiments import continuous, records
from ganzoo.metrics import modes
from ganzoo.regularizers import HistoricalAveraging

_FEW = 200
_WIDTH = {"generator": {"width": 16}, "discriminator": {"width": 16}}
_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}
_SLOW_ADAM = {**_ADAM, "config": {**_ADAM["config"], "learning_rate": 1e-3 / 3}}


def _averaged():
    return HistoricalAveraging(_copy(_ADAM), weight=1.0)


def _copy(optimizer):
    return {**optimizer, "config": dict(optimizer["config"])}


# name -> recipe, settings (made anew, because an optimizer belongs to one model), batch size
RING = {
    "none": ("nsgan", dict, 256),
    "labels 0.9 and 0": ("nsgan", lambda: {"real_target": 0.9}, 256),
    "discriminator frozen when ahead": ("nsgan", dict, 256),
    "feature matching": ("feature_matching_gan", dict, 256),
    "historical averaging": (
        "nsgan",
        lambda: {"generator_optimizer": _averaged(), "discriminator_optimizer": _averaged()},
        256,
    ),
    "R1, gamma 0.1": ("nsgan", lambda: {"r1_weight": 0.1}, 256),
    "R2, gamma 0.1": ("nsgan", lambda: {"r2_weight": 0.1}, 256),
    "generator 3 times slower": ("nsgan", lambda: {"generator_optimizer": _copy(_SLOW_ADAM)}, 256),
    "none, batch 64": ("nsgan", dict, 64),
    "minibatch discrimination, batch 64": (
        "nsgan",
        lambda: {"discriminator": {"minibatch_kernels": 16}},
        64,
    ),
}
# name -> settings, how many training images
DIGITS = {
    "none": (_WIDTH, None),
    "virtual batch normalization": (
        {**_WIDTH, "generator": {"width": 16, "normalization": "virtual"}},
        None,
    ),
    "none, 200 images": (_WIDTH, _FEW),
    "DiffAugment, 200 images": (
        {
            **_WIDTH,
            "discriminator": {"width": 16, "augmentation": ("color", "translation", "cutout")},
        },
        _FEW,
    ),
}


def run(
    output,
    seeds=(0, 1, 2),
    steps=1500,
    iterations=400,
    ring=tuple(RING),
    digits=tuple(DIGITS),
):
    """Trains every stabilizer once for each seed and scores its samples.

    Args:
      output: directory; `results/stabilizers.csv` has a row for each training and is resumed,
        `figures/stabilizers.png` shows the scores.
      seeds: of weights, noise and order of the data.
      steps: iterations on the ring.
      iterations: on digits.
      ring, digits: names of `RING` and `DIGITS`.

    Returns:
      The rows, as dicts.
    """
    table = records.Table(output, "stabilizers")
    for seed in seeds:
        for name in ring:
            key = {"data": "ring", "stabilizer": name, "seed": seed, "iterations": steps}
            if not table.has(**key):
                table.add({**key, **ring_scores(name, seed, steps)})
                print(table.rows[-1], flush=True)
        for name in digits:
            key = {"data": "digits", "stabilizer": name, "seed": seed, "iterations": iterations}
            if not table.has(**key):
                table.add({**key, **digits_scores(name, seed, iterations)})
                print(table.rows[-1], flush=True)
    records.write_figure(output, "stabilizers", _figure(table.rows))
    return table.rows


def ring_scores(name, seed, steps):
    """Scores of one training on the ring, as columns of the table."""
    recipe, settings, batch_size = RING[name]
    points = ganzoo.data.load("ring")
    model = ganzoo.create(
        recipe, points.data_shape, seed=seed, steps_per_execution=10, **settings()
    )
    frozen = "frozen" in name
    rule = FreezeWhenAhead("discriminator", "discriminator_accuracy", 0.75, 0.6)
    model.fit(
        points.scaled(),
        batch_size=batch_size,
        steps_per_epoch=steps,
        callbacks=[rule] if frozen else [],
        verbose=0,
    )
    samples = model.generate(2000, seed=seed).numpy()
    coverage = modes.toy_bench_coverage(samples, modes.MODES["ring"])
    updates = int(model.discriminator_optimizer.iterations)
    return {
        "modes": coverage.num_modes,
        "high_quality_share": f"{coverage.high_quality_share:.4f}",
        "frechet": "",
        "discriminator_updates": updates,
    }


def digits_scores(name, seed, iterations):
    """Scores of one training on digits, as columns of the table."""
    settings, count = DIGITS[name]
    digits = ganzoo.data.load("digits")
    model = ganzoo.create("dcgan", digits.data_shape, seed=seed, steps_per_execution=10, **settings)
    model.fit(digits.scaled()[:count], batch_size=64, steps_per_epoch=iterations, verbose=0)
    samples = model.generate(2500, seed=seed).numpy()
    return {
        "modes": "",
        "high_quality_share": "",
        "frechet": continuous.scores(digits, samples)["frechet"],
        "discriminator_updates": int(model.discriminator_optimizer.iterations),
    }


def _figure(rows):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 4.2), layout="constrained")
    panels = figure.subplots(1, 3, gridspec_kw={"width_ratios": [1, 1, 1]})
    columns = [("ring", "modes"), ("ring", "high_quality_share"), ("digits", "frechet")]
    titles = ["modes of 8 on the ring", "share within 0.2 of a mode", "Fréchet distance on digits"]
    for axes, (data, column), title in zip(panels, columns, titles):
        known = RING if data == "ring" else DIGITS
        names = [name for name in known if any(row["stabilizer"] == name for row in rows)][::-1]
        for height, name in enumerate(names):
            values = [
                float(row[column])
                for row in rows
                if row["data"] == data and row["stabilizer"] == name
            ]
            axes.plot(values, [height] * len(values), "o", color="#0072b2", alpha=0.5)
            axes.plot(
                np.mean(values), height, "|", color="#d55e00", markersize=16, markeredgewidth=2
            )
        axes.set_yticks(range(len(names)), names, fontsize=8)
        axes.set_xlim(left=0)
        axes.set_title(title, fontsize=10)
        axes.grid(axis="x", color="#eeeeee", linewidth=0.6)
    panels[1].set_yticklabels([])
    return figure
