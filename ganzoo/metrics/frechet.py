"""Frechet distance between two sets of features, each taken for a Gaussian.

    d(a, b) = |mean_a - mean_b|^2 + tr(cov_a + cov_b - 2 (cov_a cov_b)^(1/2))

Heusel et al. 2017, arXiv:1706.08500. It is the "FID" of the literature only on the features of the
frozen 2015 Inception graph (extractor "inception_v3_2015"). It is biased upward for few samples:
compare values of equal counts only, and give more samples than there are features.
"""

import keras
import numpy as np
import scipy.linalg
import tensorflow as tf

from ganzoo.metrics import checks, names


def moments(features):
    """Returns the mean [F] and the covariance [F, F] (ddof=1) of features [N, F], in float64."""
    features = checks.features(features, "features").astype(np.float64)
    mean = features.mean(axis=0)
    centered = features - mean
    return mean, centered.T @ centered / (len(features) - 1)


def frechet_distance(real, generated):
    """Frechet distance between real [N, F] and generated [M, F] features, a float >= 0."""
    real, generated = checks.feature_pair(real, generated)
    return frechet_distance_of_moments(*moments(real), *moments(generated))


def frechet_distance_of_moments(real_mean, real_covariance, generated_mean, generated_covariance):
    """Frechet distance between two Gaussians.

    Args:
        real_mean, generated_mean: [F].
        real_covariance, generated_covariance: [F, F], symmetric and positive semi-definite; they
            may be singular.

    Raises:
        ValueError: when the shapes do not fit each other or a moment is not finite.
    """
    arrays = [
        np.asarray(value, dtype=np.float64)
        for value in (real_mean, generated_mean, real_covariance, generated_covariance)
    ]
    real_mean, generated_mean, real_covariance, generated_covariance = arrays
    width = real_mean.size
    expected = [(width,), (width,), (width, width), (width, width)]
    if [array.shape for array in arrays] != expected:
        raise ValueError(
            f"means and covariances have shapes {[array.shape for array in arrays]}, but "
            f"{expected} fit together. Compute both with the same extractor."
        )
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(
            "means and covariances must be finite. Check the features for NaN, and give at least "
            "2 samples of each kind."
        )
    # With cov_a = R R', the eigenvalues of R' cov_b R are those of cov_a cov_b, and R' cov_b R is
    # symmetric: no complex square root of a product, whose imaginary part would have to be dropped.
    root = _root(real_covariance)
    product = root.T @ generated_covariance @ root
    eigenvalues = scipy.linalg.eigh(product, eigvals_only=True, check_finite=False)
    trace_of_root = np.sqrt(np.maximum(eigenvalues, 0.0)).sum()
    traces = np.trace(real_covariance) + np.trace(generated_covariance)
    distance = np.sum((real_mean - generated_mean) ** 2) + traces - 2.0 * trace_of_root
    return max(float(distance), 0.0)


def _root(covariance):
    """Returns any R with R R' = covariance."""
    try:
        return scipy.linalg.cholesky(covariance, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        # Singular, as with constant features or fewer samples than features.
        eigenvalues, eigenvectors = scipy.linalg.eigh(covariance, check_finite=False)
        return eigenvectors * np.sqrt(np.maximum(eigenvalues, 0.0))


class FrechetDistance(keras.metrics.Metric):
    """Frechet distance from streamed float64 moments; equals `frechet_distance` on all features.

    Sums, not running means, are kept, because sums of several replicas add up.

    Args:
        num_features: width F of the features.
        extractor: name of the extractor that computes the features; goes into the metric's name.
        num_samples: number of real (and of generated) samples that will be given, or None; goes
            into the metric's name: `frechet_<extractor>_<count>`.
        name: replaces that name.
    """

    def __init__(self, num_features, extractor, num_samples=None, name=None, **kwargs):
        checks.positive_integer(num_features, "num_features")
        super().__init__(name=name or names.score("frechet", extractor, num_samples), **kwargs)
        self.num_features = num_features
        self.extractor = extractor
        self.num_samples = num_samples
        for kind in ("real", "generated"):
            for part, shape in (
                ("count", ()),
                ("sum", (num_features,)),
                ("products", (num_features, num_features)),
            ):
                variable = self.add_variable(
                    shape, keras.initializers.Zeros(), dtype="float64", name=f"{kind}_{part}"
                )
                setattr(self, f"{kind}_{part}", variable)

    def update_state(self, real_features, generated_features, sample_weight=None):
        """Adds a batch: real [N, F] and generated [M, F]; either may be empty."""
        if sample_weight is not None:
            raise ValueError("FrechetDistance takes no sample_weight: every sample counts once.")
        for kind, values in (("real", real_features), ("generated", generated_features)):
            values = tf.cast(values, tf.float64)
            if values.shape.rank != 2 or values.shape[1] != self.num_features:
                raise ValueError(
                    f"{kind}_features must have shape [samples, {self.num_features}], got "
                    f"{tuple(values.shape)}. Set num_features to the width of the extractor."
                )
            getattr(self, f"{kind}_count").assign_add(tf.cast(tf.shape(values)[0], tf.float64))
            getattr(self, f"{kind}_sum").assign_add(tf.reduce_sum(values, axis=0))
            getattr(self, f"{kind}_products").assign_add(
                tf.matmul(values, values, transpose_a=True)
            )

    def result(self):
        """Returns the distance; ValueError with fewer than 2 samples or features that are NaN."""
        real = self._moments("real")
        generated = self._moments("generated")
        distance = tf.numpy_function(
            # A Python float would come back as float32.
            lambda *moments: np.float64(frechet_distance_of_moments(*moments)),
            real + generated,
            tf.float64,
        )
        return tf.ensure_shape(distance, ())

    def _moments(self, kind):
        count = getattr(self, f"{kind}_count").value
        mean = getattr(self, f"{kind}_sum").value / count
        scatter = getattr(self, f"{kind}_products").value - count * tf.tensordot(mean, mean, axes=0)
        return [mean, scatter / (count - 1.0)]

    def get_config(self):
        return {
            **super().get_config(),
            "num_features": self.num_features,
            "extractor": self.extractor,
            "num_samples": self.num_samples,
        }
