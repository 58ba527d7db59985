"""Feature extractors by name: images in, features and class probabilities out.

A score is meaningful only with the name of its extractor, so each way of computing features has a
name of its own and none is a default.
"""

import keras
import numpy as np
import tensorflow as tf

from ganzoo.metrics import classifiers, inception

_BATCH_SIZE = 500

NAMES = (*classifiers.ARCHITECTURES, "pixels", "inception_v3_2015", "inception_v3_keras")


class Extractor:
    """A frozen network that turns samples into features.

    Args:
        name: goes into the name of every score.
        outputs: batch of samples -> (features [B, F], probabilities [B, C] or None).
        image_shape: (H, W, C) of the images it takes, None for a free side or channel count;
            None: anything of shape [N, ...], with values of any range.
        batch_size: samples per call of `outputs`.
    """

    def __init__(self, name, outputs, image_shape=None, batch_size=_BATCH_SIZE):
        self.name = name
        self.image_shape = image_shape
        self.batch_size = batch_size
        self._outputs = outputs

    def features_and_probabilities(self, samples):
        """Returns float32 features [N, F] and class probabilities [N, C] (or None).

        Args:
            samples: images [N, H, W, C] in [-1, 1]; for "pixels" anything of shape [N, ...].

        Raises:
            ValueError: for another shape or range, and for NaN.
        """
        samples = self._check(samples)
        batches = [
            self._outputs(samples[start : start + self.batch_size])
            for start in range(0, len(samples), self.batch_size)
        ]
        features, probabilities = zip(*batches)
        if probabilities[0] is None:
            return np.concatenate(features), None
        return np.concatenate(features), np.concatenate(probabilities)

    def features(self, samples):
        """Returns float32 features [N, F] of samples, see `features_and_probabilities`."""
        return self.features_and_probabilities(samples)[0]

    def probabilities(self, samples):
        """Returns class probabilities [N, C] of samples, or None if it is no classifier."""
        return self.features_and_probabilities(samples)[1]

    def _check(self, samples):
        samples = np.asarray(samples, dtype=np.float32)
        if samples.ndim < 2 or len(samples) == 0:
            raise ValueError(
                f"{self.name} takes samples of shape [N, ...] with N >= 1, got {samples.shape}."
            )
        if not np.isfinite(samples).all():
            raise ValueError(
                f"{self.name} was given NaN or infinite values. Look for the training step at "
                "which the generator diverged."
            )
        if self.image_shape is None:
            return samples
        fits = samples.ndim == 4 and all(
            wanted in (None, given) for wanted, given in zip(self.image_shape, samples.shape[1:])
        )
        if not fits:
            raise ValueError(
                f"{self.name} takes images of shape [N, {', '.join(map(_side, self.image_shape))}],"
                f" got {samples.shape}. Use the extractor of your data set, or 'pixels'."
            )
        # Resizing and averaged weights overshoot a little; uint8 images or [0, 255] do not pass.
        if samples.min() < -1.01 or samples.max() > 1.01:
            raise ValueError(
                f"{self.name} takes images in [-1, 1], got values in [{samples.min():.4g}, "
                f"{samples.max():.4g}]. Scale uint8 images with images / 127.5 - 1."
            )
        return samples


def _side(size):
    return "any" if size is None else str(size)


def load(name, path=None):
    """Returns the `Extractor` called `name`.

    - "fashion_mnist_cnn", "mnist_cnn", "digits_cnn": classifiers shipped with this package;
    - "pixels": the flattened values themselves, without probabilities;
    - "inception_v3_2015": the frozen graph of the FID and Inception Score papers; `path` is the
      file classify_image_graph_def.pb (inside inception-2015-12-05.tgz of download.tensorflow.org);
    - "inception_v3_keras": ImageNet weights of keras.applications, downloaded unless `path` is
      their .h5 file (with the classification layer).

    Raises:
        ValueError: for an unknown name, a path that is missing, needless or not a file, and
            weights that cannot be downloaded.
    """
    if name in classifiers.ARCHITECTURES or name == "pixels":
        if path is not None:
            raise ValueError(f"{name} takes no path, got {path!r}: it comes with the package.")
        return Extractor("pixels", _flatten) if name == "pixels" else _shipped(name)
    if name == "inception_v3_2015":
        outputs, shape = inception.load_2015(path), (None, None, None)
    elif name == "inception_v3_keras":
        outputs, shape = inception.load_keras(path), (None, None, None)
    else:
        raise ValueError(f"there is no extractor {name!r}. Choose one of {', '.join(NAMES)}.")
    # At 299x299, 500 images would take gigabytes.
    return Extractor(name, outputs, shape, batch_size=50)


def _flatten(samples):
    return samples.reshape(len(samples), -1), None


def _shipped(name):
    architecture = classifiers.ARCHITECTURES[name]
    network = classifiers.classifier(architecture)
    classifiers.load_weights(network, classifiers.weights_path(name))

    @tf.function(reduce_retracing=True)
    def run(images):
        features, logits = network(images, training=False)
        return features, keras.ops.softmax(logits)

    def outputs(images):
        return tuple(value.numpy() for value in run(tf.constant(images)))

    return Extractor(name, outputs, architecture.data_shape)
