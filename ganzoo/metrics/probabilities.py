"""Scores from a classifier's probabilities of generated samples.

Inception Score: exp(mean_x KL(p(y|x) || p(y))), between 1 and the number of classes. Salimans et
al. 2016, arXiv:1606.03498. Without the 2015 Inception graph it is the same formula on another
classifier's probabilities, and named after that classifier.
"""

import keras
import numpy as np
import tensorflow as tf

from ganzoo.metrics import checks, names


def inception_score(probabilities, splits=10):
    """Mean and standard deviation of the scores of consecutive splits.

    Args:
        probabilities: class probabilities [N, C] of generated samples, in the order generated.
        splits: number of consecutive parts, each with its own marginal p(y).

    Returns:
        (mean, standard deviation over the splits).
    """
    probabilities = checks.probabilities(probabilities)
    checks.positive_integer(splits, "splits")
    if splits > len(probabilities):
        raise ValueError(
            f"{len(probabilities)} samples cannot be cut into {splits} splits. "
            "Give more samples or fewer splits."
        )
    scores = []
    for part in np.array_split(probabilities, splits):
        negative_entropy = _sum_p_log_p(part).mean()
        scores.append(np.exp(negative_entropy - _sum_p_log_p(part.mean(axis=0))))
    return float(np.mean(scores)), float(np.std(scores))


def _sum_p_log_p(p):
    """sum p log p over the last axis, with 0 log 0 = 0."""
    return np.sum(p * np.log(np.where(p > 0.0, p, 1.0)), axis=-1)


def label_accuracy(probabilities, labels):
    """Share of samples whose most probable class is the label they were generated with.

    Args:
        probabilities: a classifier's class probabilities [N, C] of generated samples.
        labels: integers [N] in [0, C).
    """
    probabilities = checks.probabilities(probabilities)
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu" or labels.shape != (len(probabilities),):
        raise ValueError(
            f"labels must be {len(probabilities)} integers, one for each row of probabilities; got "
            f"{labels.dtype} of shape {labels.shape}. Pass class indices, not one-hot rows."
        )
    num_classes = probabilities.shape[1]
    if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
        raise ValueError(
            f"labels must lie in 0..{num_classes - 1}, got {labels.min()}..{labels.max()}. "
            "Use the classifier of the data set that the labels come from."
        )
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def class_histogram(probabilities):
    """Share [C] of the samples whose most probable class is each of the classes; the sum is 1.

    Args:
        probabilities: a classifier's class probabilities [N, C] of the samples.
    """
    probabilities = checks.probabilities(probabilities)
    counts = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])
    return counts / len(probabilities)


def class_total_variation(probabilities, reference=None):
    """Total variation distance of `class_histogram` from a reference, sum |p - r| / 2.

    Args:
        probabilities: class probabilities [N, C] of the samples.
        reference: probabilities [C] of the classes; None is the uniform distribution.

    Returns:
        0 for equal shares, 1 when they share no class; 1 - 1/C for one class against uniform.
    """
    histogram = class_histogram(probabilities)
    if reference is None:
        reference = np.full(len(histogram), 1.0 / len(histogram))
    reference = checks.distribution(reference, "reference")
    if reference.shape != histogram.shape:
        raise ValueError(
            f"reference has {len(reference)} classes and probabilities {len(histogram)}. Give one "
            "share for each class of the classifier."
        )
    return float(np.abs(histogram - reference).sum() / 2)


def confident_share(probabilities, threshold=0.9):
    """Share of the samples whose largest class probability exceeds `threshold`, in [0, 1].

    Args:
        probabilities: class probabilities [N, C] of the samples.
        threshold: number in [0, 1).
    """
    probabilities = checks.probabilities(probabilities)
    if not 0.0 <= threshold < 1.0:
        raise ValueError(f"threshold must lie in [0, 1), got {threshold!r}.")
    return float(np.mean(probabilities.max(axis=1) > threshold))


class InceptionScore(keras.metrics.Metric):
    """Inception Score of all samples given, as one split.

    Args:
        num_classes: number of classes C.
        extractor: name of the classifier; goes into the metric's name.
        num_samples: number of generated samples that will be given, or None; goes into the
            metric's name: `inception_score_<extractor>_<count>`.
        name: replaces that name.
    """

    def __init__(self, num_classes, extractor, num_samples=None, name=None, **kwargs):
        checks.positive_integer(num_classes, "num_classes")
        name = name or names.score("inception_score", extractor, num_samples)
        super().__init__(name=name, **kwargs)
        self.num_classes = num_classes
        self.extractor = extractor
        self.num_samples = num_samples
        zeros = keras.initializers.Zeros()
        self.count = self.add_variable((), zeros, dtype="float64", name="count")
        self.log_sum = self.add_variable((), zeros, dtype="float64", name="log_sum")
        self.class_sum = self.add_variable((num_classes,), zeros, dtype="float64", name="class_sum")

    def update_state(self, probabilities, sample_weight=None):
        """Adds a batch of class probabilities [N, C]."""
        if sample_weight is not None:
            raise ValueError("InceptionScore takes no sample_weight: every sample counts once.")
        p = tf.cast(probabilities, tf.float64)
        if p.shape.rank != 2 or p.shape[1] != self.num_classes:
            raise ValueError(
                f"probabilities must have shape [samples, {self.num_classes}], got "
                f"{tuple(p.shape)}. Set num_classes to the classifier's number of classes."
            )
        self.count.assign_add(tf.cast(tf.shape(p)[0], tf.float64))
        self.log_sum.assign_add(tf.reduce_sum(tf.math.xlogy(p, p)))
        self.class_sum.assign_add(tf.reduce_sum(p, axis=0))

    def result(self):
        marginal = self.class_sum.value / self.count.value
        negative_entropy = self.log_sum.value / self.count.value
        return tf.exp(negative_entropy - tf.reduce_sum(tf.math.xlogy(marginal, marginal)))

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "extractor": self.extractor,
            "num_samples": self.num_samples,
        }
