"""Trains models on point sets whose distribution is known and scores what they learned.

    python launchers/toy_bench.py --bench=ring --seeds=0,1,2
    python launchers/toy_bench.py --bench=grid --seeds=0,1,2
    python launchers/toy_bench.py --bench=gaussian_1d --seeds=0,1,2

Every run is a row of `docs/results/<bench>.csv`; a row of the same model, settings and seed is
replaced. Ring and grid also draw `docs/figures/<bench>.png`, the samples of the first seed.
"""

import csv
import json
from pathlib import Path

import numpy as np
from absl import app, flags, logging

import ganzoo
from ganzoo import data
from ganzoo.cli import environment
from ganzoo.metrics import modes

_ROOT = Path(__file__).resolve().parent.parent
_KEY = ("model", "settings", "seed", "steps")
_SAMPLES = 2000
_STEPS_AN_EPOCH = 500

# Model, its settings beside the recipe's for vectors, generator steps. The unregularized losses are
# the negative control: they are expected to lose modes. Under R1 the last weights swing between
# sharp and blurred samples from one hundred steps to the next, which averaging takes out.
RING = (
    ("nsgan", {}, 2500),
    ("nsgan", {"r1_weight": 0.1}, 2500),
    ("nsgan", {"r1_weight": 1.0}, 2500),
    ("nsgan", {"r1_weight": 1.0, "averaging": 0.99}, 2500),
    ("lsgan", {}, 2500),
    ("lsgan", {"r1_weight": 1.0}, 2500),
    ("lsgan", {"r1_weight": 1.0, "averaging": 0.99}, 2500),
    ("gan", {"r1_weight": 0.1}, 2500),
    ("bgan", {"r1_weight": 1.0}, 2500),
    ("wgan", {}, 2000),
    ("wgan_gp", {}, 1500),
    ("cgan", {}, 1500),
    ("ml_gan", {"r1_weight": 1.0}, 3000),
    ("relativistic_gan", {}, 2500),
    ("relativistic_gan", {"r1_weight": 1.0}, 2500),
    ("pacgan", {}, 2500),
    ("unrolled_gan", {}, 8000),
    ("feature_matching_gan", {}, 2500),
    ("presgan", {}, 2500),
    ("bayesian_gan", {}, 2500),
    ("sngan", {}, 1500),
    ("dragan", {}, 2500),
    ("cramer_gan", {}, 1000),
    ("mmd_gan", {}, 3000),
    ("relaxed_wgan", {"potential": "squared_euclidean"}, 2000),
    ("ebgan", {}, 2000),
    ("magan", {}, 2000),
    ("stein_gan", {}, 1500),
    ("infogan", {}, 2500),
    ("wcgan", {}, 1000),
    ("lscgan", {}, 1500),
    ("acgan", {}, 1500),
    ("projection_gan", {}, 1500),
)

# The grid has three times as many modes, at less than half of the distance.
GRID = tuple((name, settings, 2 * steps) for name, settings, steps in RING)

_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}
# Five discriminator steps: with one, D is flat at 1/2 while the standard deviation is still wrong.
GAUSSIAN_1D = (
    (
        "nsgan",
        {
            "latent_dim": 1,
            "discriminator_steps": 5,
            "generator": {"units": (32,)},
            "discriminator": {"units": (32, 32)},
            "generator_optimizer": _ADAM,
            "discriminator_optimizer": _ADAM,
        },
        3000,
    ),
)


def trained(name, dataset, seed, steps, **settings):
    """A model after `steps` train steps at batch 256 on the 25,600 points of a toy set."""
    points = data.load(dataset)
    model = ganzoo.create(
        name,
        points.data_shape,
        num_classes=points.num_classes,
        seed=seed,
        **{"jit_compile": True, "steps_per_execution": 100, **settings},
    )
    model.fit(
        points.scaled(),
        points.labels,
        batch_size=256,
        epochs=steps // _STEPS_AN_EPOCH,
        steps_per_epoch=_STEPS_AN_EPOCH,
        verbose=0,
    )
    return model


def mode_scores(model, bench):
    """2,000 samples of a model, and how they cover the ring or the grid."""
    mixture = modes.MODES[bench]
    samples = model.generate(_SAMPLES, seed=0).numpy()
    coarse = modes.toy_bench_coverage(samples, mixture)
    strict = modes.mode_coverage(samples, mixture)
    scores = {
        "modes": coarse.num_modes,
        "high_quality_share": coarse.high_quality_share,
        "reverse_kl": coarse.reverse_kl,
        "modes_3_sigma": strict.num_modes,
        "share_3_sigma": strict.high_quality_share,
    }
    if model.uses_labels:
        distances = np.linalg.norm(samples[:, None] - mixture.centers, axis=2)
        scores["label_match"] = float(
            np.mean(distances.argmin(axis=1) == model.labels_for(_SAMPLES))
        )
    return samples, scores


def gaussian_1d_scores(model, bench):
    """Moments of 2,000 samples, and how far D is from 1/2 within 1.5 deviations of the mean."""
    samples = model.generate(_SAMPLES, seed=0).numpy()
    mean, std = data.toys.GAUSSIAN_1D_MEAN, data.toys.GAUSSIAN_1D_SIGMA
    grid = np.linspace(mean - 1.5 * std, mean + 1.5 * std, 61, dtype="float32")[:, None]
    logits = model.discriminator(grid).numpy().astype("float64")
    return samples, {
        "mean": float(samples.mean(dtype="float64")),
        "std": float(samples.std(dtype="float64")),
        "discriminator_gap": float(np.abs(1 / (1 + np.exp(-logits)) - 0.5).max()),
    }


BENCHES = {
    "ring": (RING, mode_scores),
    "grid": (GRID, mode_scores),
    "gaussian_1d": (GAUSSIAN_1D, gaussian_1d_scores),
}


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"unexpected arguments {argv[1:]}: every option is a --flag")
    bench = flags.FLAGS.bench
    runs, scores_of = BENCHES[bench]
    only = flags.FLAGS.models
    runs = [run for run in runs if not only or run[0] in only]
    if not runs:
        raise app.UsageError(f"--models={','.join(only)}: {bench} has {_names(BENCHES[bench][0])}")
    seeds = [int(seed) for seed in flags.FLAGS.seeds]
    path = Path(flags.FLAGS.results) / f"{bench}.csv"
    pictures, commit = [], environment.commit()
    for number, (name, settings, steps) in enumerate(runs):
        for seed in seeds:
            model = trained(name, bench, seed, steps, **settings)
            samples, scores = scores_of(model, bench)
            logging.info(
                "%d/%d %s %s seed %d: %s", number + 1, len(runs), name, settings, seed, scores
            )
            row = dict(zip(_KEY, (name, json.dumps(settings), str(seed), str(steps))))
            row.update({key: f"{value:.5g}" for key, value in scores.items()})
            _write(path, {**row, "batch_size": 256, "samples": _SAMPLES, "commit": commit})
            if bench in modes.MODES and seed == seeds[0]:
                pictures.append((_title(name, settings, scores), samples))
    if pictures:
        _draw(pictures, Path(flags.FLAGS.figures) / f"{bench}.png", modes.MODES[bench].centers)


def _names(runs):
    return ", ".join(sorted({name for name, _, _ in runs}))


def _title(name, settings, scores):
    penalty = f", R1 {settings['r1_weight']:g}" if "r1_weight" in settings else ""
    averaged = ", averaged" if "averaging" in settings else ""
    share = scores["high_quality_share"]
    return f"{name}{penalty}{averaged}\n{scores['modes']} modes, {share:.0%} near"


def _write(path, row):
    """Adds a row to a table, in place of the one of the same run."""
    rows = []
    if path.exists():
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    rows = [old for old in rows if any(old[key] != row[key] for key in _KEY)] + [row]
    rows.sort(key=lambda each: [each[key] for key in _KEY])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        columns = list(dict.fromkeys(key for each in rows for key in each))
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _draw(pictures, path, centers):
    """The samples of every run over the true centers, as a palette image."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    from PIL import Image

    columns = min(6, len(pictures))
    rows = -(-len(pictures) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(2.1 * columns, 2.4 * rows), squeeze=False, layout="constrained"
    )
    for axis in axes.flat[len(pictures) :]:
        axis.set_visible(False)
    for axis, (title, samples) in zip(axes.flat, pictures):
        axis.plot(*samples.T, ",", color="#1f5fa8", alpha=0.6)
        axis.plot(*centers.T, "+", color="#d1495b", markersize=5)
        axis.set(xlim=(-2.7, 2.7), ylim=(-2.7, 2.7), aspect="equal", xticks=[], yticks=[])
        axis.set_title(title, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    plt.close(figure)
    Image.open(path).convert("RGB").quantize(16).save(path, optimize=True)


if __name__ == "__main__":
    flags.DEFINE_enum("bench", "ring", sorted(BENCHES), "What to learn.")
    flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds of the weights, the order and the noise.")
    flags.DEFINE_list("models", None, "Only these models of the bench; none: all.")
    flags.DEFINE_string("results", str(_ROOT / "docs/results"), "Where the tables are.")
    flags.DEFINE_string("figures", str(_ROOT / "docs/figures"), "Where the figures go.")
    app.run(main)
