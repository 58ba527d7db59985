"""Every score of a set of generated samples at once."""

import numpy as np

from ganzoo.metrics import extractors as extractors_module
from ganzoo.metrics import names
from ganzoo.metrics.frechet import frechet_distance
from ganzoo.metrics.kernel import gaussian_mmd, kernel_distance
from ganzoo.metrics.manifold import manifold_scores
from ganzoo.metrics.memorization import nearest_neighbor_ratio
from ganzoo.metrics.modes import mode_coverage, toy_bench_coverage
from ganzoo.metrics.probabilities import inception_score
from ganzoo.metrics.wasserstein import sliced_wasserstein


def evaluate_samples(real, generated, extractor, seed=0, train=None, modes=None):
    """Returns every score that applies, by a name that states extractor and counts.

    Args:
        real: reference samples, not trained on: images [N, H, W, C] in [-1, 1] or vectors [N, D].
        generated: samples [M, ...] of the same shape.
        extractor: an `Extractor` or the name of one; "pixels" for vectors.
        seed: of the random subsets and directions.
        train: None, or training samples [T, ...] among which copies are looked for.
        modes: None, or for two-dimensional toy data the `Modes` of its mixture.

    Returns:
        dict of floats. Inception Score only where the extractor classifies; the sliced Wasserstein
        distance is taken in pixels, on as many samples as the smaller set has. Larger is better for
        inception_score, precision, recall, density, coverage, modes and high_quality_share; smaller
        for the others, but nearest_neighbor_ratio should be near 1.

    Raises:
        ValueError: for shapes that do not fit each other or the extractor, values outside its
            range, NaN, and fewer samples than the scores need.
    """
    if isinstance(extractor, str):
        extractor = extractors_module.load(extractor)
    real, generated = np.asarray(real), np.asarray(generated)
    if real.shape[1:] != generated.shape[1:]:
        raise ValueError(
            f"real samples have shape {real.shape[1:]} and generated ones {generated.shape[1:]}. "
            "Load the data at the image size and channels that the model generates."
        )
    real_features, _ = extractor.features_and_probabilities(real)
    features, probabilities = extractor.features_and_probabilities(generated)
    counts = len(real), len(generated)
    scores = {}

    def add(measure, value, space=extractor.name, counts=counts):
        scores[names.score(measure, space, *counts)] = float(value)

    add("frechet", frechet_distance(real_features, features))
    mean, deviation = kernel_distance(real_features, features, seed=seed)
    add("kernel", mean)
    add("kernel_std", deviation)
    add("gaussian_mmd", gaussian_mmd(real_features, features, seed=seed))
    for measure, value in manifold_scores(real_features, features)._asdict().items():
        add(measure, value)
    if probabilities is not None:
        mean, deviation = inception_score(probabilities, splits=min(10, len(generated)))
        add("inception_score", mean, counts=counts[1:])
        add("inception_score_std", deviation, counts=counts[1:])

    pixels, real_pixels = generated.reshape(len(generated), -1), real.reshape(len(real), -1)
    both = min(counts)
    add(
        "sliced_wasserstein",
        sliced_wasserstein(
            _choose(real_pixels, both, seed), _choose(pixels, both, seed), seed=seed
        ),
        space="pixels",
        counts=(both,),
    )
    if train is not None:
        train = np.asarray(train)
        ratio = nearest_neighbor_ratio(pixels, real_pixels, train.reshape(len(train), -1))
        add("nearest_neighbor_ratio", ratio, space="pixels")
        if extractor.name != "pixels":
            ratio = nearest_neighbor_ratio(features, real_features, extractor.features(train))
            add("nearest_neighbor_ratio", ratio)
    if modes is not None:
        _add_modes(scores, pixels, modes)
    return scores


def _choose(samples, count, seed):
    """`count` random samples; all of them, in their order, when there are no more."""
    if len(samples) == count:
        return samples
    return samples[np.random.default_rng(seed).choice(len(samples), count, replace=False)]


def _add_modes(scores, samples, modes):
    """The scores of both rules; the toy bench's are named after it."""
    for rule, coverage in (
        ("", mode_coverage(samples, modes)),
        ("toy_bench_", toy_bench_coverage(samples, modes)),
    ):
        suffix = names.count(len(samples))
        scores[f"{rule}modes_{suffix}"] = float(coverage.num_modes)
        scores[f"{rule}high_quality_share_{suffix}"] = coverage.high_quality_share
        scores[f"{rule}reverse_kl_{suffix}"] = coverage.reverse_kl
