"""Squared maximum mean discrepancy between two sets of features.

With x, x' real and y, y' generated,

    MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y)

where the unbiased estimate leaves out the pairs of a sample with itself, and can be negative.
`kernel_distance` is the KID of Binkowski et al. 2018, arXiv:1801.01401: k(a, b) = (a'b / F + 1)^3.
`gaussian_mmd` takes k(a, b) = exp(-|a - b|^2 / (2 bandwidth^2)).
"""

import keras
import numpy as np
import tensorflow as tf

from ganzoo.metrics import checks, names, pairs


def kernel_distance(real, generated, num_subsets=50, subset_size=1000, seed=0):
    """Mean and standard deviation over random subsets of the unbiased cubic-kernel MMD^2.

    Args:
        real: [N, F]. generated: [M, F].
        num_subsets: number of pairs of subsets.
        subset_size: samples in each, drawn without replacement; all of the smaller set when it
            has fewer.
        seed: of the drawing.

    Returns:
        (mean, standard deviation over the subsets). The mean is unbiased, and negative about half
        of the time for two samples of one distribution; it is not clipped.
    """
    real, generated = checks.feature_pair(real, generated)
    checks.positive_integer(num_subsets, "num_subsets")
    checks.positive_integer(subset_size, "subset_size")
    size = min(subset_size, len(real), len(generated))
    if size < 2:
        raise ValueError(f"subset_size must be at least 2, got {subset_size}.")
    random = np.random.default_rng(seed)
    estimates = []
    for _ in range(num_subsets):
        x = real[random.choice(len(real), size, replace=False)]
        y = generated[random.choice(len(generated), size, replace=False)]
        estimates.append(_unbiased_cubic(x, y))
    return float(np.mean(estimates)), float(np.std(estimates))


def _unbiased_cubic(x, y):
    """Unbiased MMD^2 with the cubic kernel between x [N, F] and y [M, F]."""

    def kernel(a, b):
        values = a @ b.T
        values /= a.shape[1]
        values += 1.0
        return values * values * values

    def mean_of_others(a):
        values = kernel(a, a)
        total = values.sum(dtype=np.float64) - np.trace(values, dtype=np.float64)
        return total / (len(a) * (len(a) - 1))

    return mean_of_others(x) + mean_of_others(y) - 2.0 * kernel(x, y).mean(dtype=np.float64)


def gaussian_mmd(real, generated, bandwidth=None, unbiased=True, seed=0):
    """Squared MMD with a Gaussian kernel, a float.

    Args:
        real: [N, F]. generated: [M, F].
        bandwidth: standard deviation of the kernel; None: `median_distance`.
        unbiased: leaves out the pairs of a sample with itself; then the result can be negative,
            otherwise it cannot.
        seed: of the sample from which the median distance is taken.
    """
    real, generated = checks.feature_pair(real, generated)
    if bandwidth is None:
        bandwidth = median_distance(real, generated, seed=seed)
    if not np.isfinite(bandwidth) or bandwidth <= 0.0:
        raise ValueError(
            f"bandwidth must be a positive number, got {bandwidth}. (The median heuristic gives 0 "
            "when most samples are equal: then give a bandwidth.)"
        )

    def total(a, b):
        scale = -0.5 / bandwidth**2
        return sum(
            np.exp(scale * np.maximum(distances, 0.0)).sum(dtype=np.float64)
            for _, distances in pairs.squared_distances(a, b)
        )

    def mean(a):
        # A sample has distance 0 to itself, hence kernel 1.
        count = len(a)
        if unbiased:
            return (total(a, a) - count) / (count * (count - 1))
        return total(a, a) / count**2

    between = total(real, generated) / (len(real) * len(generated))
    return mean(real) + mean(generated) - 2.0 * between


def median_distance(real, generated, num_samples=1000, seed=0):
    """Median distance between distinct samples of both sets pooled: the "median heuristic".

    Taken from at most `num_samples` random samples of each set.
    """
    real, generated = checks.feature_pair(real, generated)
    random = np.random.default_rng(seed)
    pooled = np.concatenate(
        [
            a[random.choice(len(a), min(num_samples, len(a)), replace=False)]
            for a in (real, generated)
        ]
    )
    squares = np.concatenate([block for _, block in pairs.squared_distances(pooled, pooled)])
    squares = np.maximum(squares[np.triu_indices(len(pooled), k=1)], 0.0)
    return float(np.median(np.sqrt(squares)))


class KernelDistance(keras.metrics.Metric):
    """Mean over batches of the unbiased cubic-kernel MMD^2: KID whose subsets are the batches.

    Args:
        extractor: name of the extractor that computes the features; goes into the metric's name.
        num_samples: number of real (and of generated) samples that will be given, or None; goes
            into the metric's name: `kernel_<extractor>_<count>`.
        name: replaces that name.
    """

    def __init__(self, extractor, num_samples=None, name=None, **kwargs):
        super().__init__(name=name or names.score("kernel", extractor, num_samples), **kwargs)
        self.extractor = extractor
        self.num_samples = num_samples
        self.total = self.add_variable(
            (), keras.initializers.Zeros(), dtype="float64", name="total"
        )
        self.count = self.add_variable(
            (), keras.initializers.Zeros(), dtype="float64", name="count"
        )

    def update_state(self, real_features, generated_features, sample_weight=None):
        """Adds the estimate of one batch: real [N, F] and generated [M, F], N and M >= 2."""
        if sample_weight is not None:
            raise ValueError("KernelDistance takes no sample_weight: every sample counts once.")
        real_features = tf.convert_to_tensor(real_features)
        generated_features = tf.convert_to_tensor(generated_features)
        shapes = [real_features.shape, generated_features.shape]
        if any(shape.rank != 2 for shape in shapes) or shapes[0][1] != shapes[1][1]:
            raise ValueError(
                "real_features and generated_features must be [samples, features] of one width, "
                f"got {tuple(shapes[0])} and {tuple(shapes[1])}. Use one extractor for both."
            )
        if any(shape[0] is not None and shape[0] < 2 for shape in shapes):
            raise ValueError(
                f"KernelDistance needs batches of at least 2, got {shapes[0][0]} real and "
                f"{shapes[1][0]} generated samples. Raise the batch size or drop the remainder."
            )
        features = [tf.cast(real_features, tf.float64), tf.cast(generated_features, tf.float64)]
        self.total.assign_add(tf.numpy_function(_unbiased_cubic, features, tf.float64))
        self.count.assign_add(1.0)

    def result(self):
        return tf.math.divide_no_nan(self.total.value, self.count.value)

    def get_config(self):
        return {
            **super().get_config(),
            "extractor": self.extractor,
            "num_samples": self.num_samples,
        }
