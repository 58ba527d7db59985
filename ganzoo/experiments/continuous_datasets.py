"""Continuous data sets, and what their own training examples score.

Section 4.2.1 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431), which is empty in the text. The released code has two-dimensional point sets,
MNIST, CIFAR-10, CelebA and LSUN; here are two mixtures of Gaussians whose modes can be counted, the
8x8 digits of scikit-learn, and Fashion-MNIST, whose published scores are those of the recipes.

Protocol: the floor is what training examples score in the place of samples, the mean over seeds.
Points: 2,500 points of the seed's set, by the 3-sigma rule; it is 1 - exp(-4.5) = 0.9889 for the
distribution itself. Images: the Fréchet distance to all test images in the features of the
classifier of that data set, of as many training images as are taken of samples in the other tables:
all digits, or 10,000 of Fashion-MNIST, drawn without replacement.
"""

import numpy as np

import ganzoo
from ganzoo import metrics
from ganzoo.callbacks.pictures import image_grid
from ganzoo.experiments import continuous, records
from ganzoo.metrics import extractors

DATASETS = {  # name -> what it is
    "ring": "8 Gaussians of standard deviation 0.05 at radius 2",
    "grid": "25 Gaussians of standard deviation 0.0177, 0.7072 apart",
    "digits": "handwritten digits of scikit-learn",
    "fashion_mnist": "articles of clothing",
}
_POINTS = 2500


def run(output, seeds=(0, 1, 2), datasets=tuple(DATASETS)):
    """Describes the data sets.

    Args:
      output: directory; `results/continuous_datasets.csv`, `figures/continuous_datasets.png`.
      seeds: of the points, and of the choice of training images.
      datasets: names of `DATASETS`.

    Returns:
      The rows, as dicts.
    """
    rows = []
    for name in datasets:
        train, test = (ganzoo.data.load(name, split=split) for split in ("train", "test"))
        measure = _high_quality_share if name in metrics.MODES else _frechet
        score, values = measure(name, test, train, seeds)
        rows.append(
            {
                "dataset": name,
                "description": DATASETS[name],
                "shape": "x".join(map(str, train.data_shape)),
                "range": "unbounded" if train.value_range is None else "[-1, 1]",
                "classes": train.num_classes,
                "train_examples": len(train),
                "test_examples": len(test),
                "score": score,
                "floor": f"{np.mean(values):.4f}",
                "floor_std": f"{np.std(values):.4f}",
            }
        )
        print(rows[-1], flush=True)
    rows = records.write_rows(output, "continuous_datasets", rows, seeds)
    records.write_figure(output, "continuous_datasets", _figure(datasets))
    return rows


def _high_quality_share(name, test, train, seeds):
    modes = metrics.MODES[name]
    sets = [ganzoo.data.load(name, seed=seed).scaled(slice(_POINTS)) for seed in seeds]
    shares = [metrics.mode_coverage(points, modes).high_quality_share for points in sets]
    return f"high-quality share of {_POINTS} points", shares


def _frechet(name, test, train, seeds):
    extractor = extractors.load(f"{name}_cnn")
    real = extractor.features(test.scaled())
    count = continuous.NUM_SAMPLES.get(name, len(test))
    distances = []
    for seed in seeds:
        chosen = np.random.default_rng(seed).choice(len(train), count, replace=False)
        features = extractor.features(train.scaled(chosen))
        distances.append(metrics.frechet_distance(real, features))
    return f"Fréchet distance in {extractor.name}, {count} to {len(test)} images", distances


def _figure(datasets):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.0 * len(datasets), 3.2), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(datasets), squeeze=False).flat, datasets):
        data = ganzoo.data.load(name)
        if len(data.data_shape) == 1:
            axes.scatter(*data.scaled(slice(_POINTS)).T, s=1, color="#0072b2")
            axes.set_aspect("equal")
            axes.tick_params(labelsize=8)
        else:
            axes.imshow(image_grid(data.scaled(slice(64)), 8), cmap="gray")
            axes.axis("off")
        axes.set_title(f"{name}, {'x'.join(map(str, data.data_shape))}", fontsize=10)
    return figure
