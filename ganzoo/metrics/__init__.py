"""Scores of generated samples, and the feature extractors they are computed with.

Features are matrices [N, F]. Every score is named after its extractor and its counts, such as
`frechet_fashion_mnist_cnn_10k`: scores of other extractors or counts do not compare.
"""

from ganzoo.metrics import extractors, likelihood
from ganzoo.metrics.evaluation import evaluate_samples
from ganzoo.metrics.extractors import Extractor
from ganzoo.metrics.frechet import (
    FrechetDistance,
    frechet_distance,
    frechet_distance_of_moments,
    moments,
)
from ganzoo.metrics.kernel import KernelDistance, gaussian_mmd, kernel_distance
from ganzoo.metrics.manifold import ManifoldScores, manifold_scores
from ganzoo.metrics.memorization import nearest_neighbor_ratio
from ganzoo.metrics.modes import MODES, ModeCoverage, Modes, mode_coverage, toy_bench_coverage
from ganzoo.metrics.ngrams import ngram_jensen_shannon
from ganzoo.metrics.pairs import nearest_distances
from ganzoo.metrics.probabilities import (
    InceptionScore,
    class_histogram,
    class_total_variation,
    confident_share,
    inception_score,
    label_accuracy,
)
from ganzoo.metrics.states import kl_divergence, patterns_covered, state_index, valid_share
from ganzoo.metrics.wasserstein import sliced_wasserstein

__all__ = [
    "MODES",
    "Extractor",
    "FrechetDistance",
    "InceptionScore",
    "KernelDistance",
    "ManifoldScores",
    "ModeCoverage",
    "Modes",
    "class_histogram",
    "class_total_variation",
    "confident_share",
    "evaluate_samples",
    "extractors",
    "frechet_distance",
    "frechet_distance_of_moments",
    "gaussian_mmd",
    "inception_score",
    "kernel_distance",
    "kl_divergence",
    "label_accuracy",
    "likelihood",
    "manifold_scores",
    "mode_coverage",
    "moments",
    "nearest_distances",
    "nearest_neighbor_ratio",
    "ngram_jensen_shannon",
    "patterns_covered",
    "sliced_wasserstein",
    "state_index",
    "toy_bench_coverage",
    "valid_share",
]
