"""Small image classifiers whose penultimate features and class probabilities measure samples.

Their weights come with the package (`ganzoo/metrics/weights/<name>.npz`, written by
`launchers/train_classifier.py`), so scores can be computed where ImageNet weights are not at hand.
Training data, accuracy and seed of each are recorded in `docs/results/classifiers.csv`.
"""

import dataclasses
from pathlib import Path

import keras
import numpy as np

WEIGHTS_FOLDER = Path(__file__).parent / "weights"


@dataclasses.dataclass(frozen=True)
class Architecture:
    """Sizes of one classifier: the last of `widths` is the number of its features."""

    dataset: str
    data_shape: tuple
    num_classes: int
    stem_strides: int
    widths: tuple


ARCHITECTURES = {
    # The stem halves the side at once: convolutions at 28x28 would take most of the training time.
    "fashion_mnist_cnn": Architecture("fashion_mnist", (28, 28, 1), 10, 2, (64, 128)),
    "mnist_cnn": Architecture("mnist", (28, 28, 1), 10, 2, (64, 128)),
    # 64 features, because the whole data set is 1,797 images: a covariance needs more images
    # than features to have full rank.
    "digits_cnn": Architecture("digits", (8, 8, 1), 10, 1, (32, 64)),
}


def classifier(architecture, dropout_rate=0.2):
    """Returns an untrained network: images [N, H, W, C] in [-1, 1] -> (features, logits).

    A 5x5 convolution is followed by one stage of two 3x3 convolutions for each width; max pooling
    halves the side between stages, and batch normalization follows every convolution. Features,
    [N, widths[-1]], are the spatial mean of the last stage (after ReLU, so never negative); logits
    are [N, num_classes].
    """
    image = keras.Input(architecture.data_shape, name="image")
    hidden = _convolution(image, 32, 5, architecture.stem_strides, "stem")
    for stage, width in enumerate(architecture.widths):
        if stage > 0:
            hidden = keras.layers.MaxPooling2D(name=f"pool_{stage}")(hidden)
        hidden = _convolution(hidden, width, 3, 1, f"stage_{stage}_0")
        hidden = _convolution(hidden, width, 3, 1, f"stage_{stage}_1")
    features = keras.layers.GlobalAveragePooling2D(name="features")(hidden)
    kept = keras.layers.Dropout(dropout_rate, name="dropout")(features)
    logits = keras.layers.Dense(architecture.num_classes, name="logits")(kept)
    return keras.Model(image, (features, logits))


def _convolution(x, width, kernel_size, strides, name):
    x = keras.layers.Conv2D(
        width, kernel_size, strides, padding="same", use_bias=False, name=f"{name}_convolution"
    )(x)
    x = keras.layers.BatchNormalization(name=f"{name}_normalization")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def weights_path(name):
    """Path of the shipped weights of the classifier `name`."""
    return WEIGHTS_FOLDER / f"{name}.npz"


def save_weights(network, path):
    """Writes every weight of `network` to `path` as float16, keyed by "layer/variable"."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {v.path: keras.ops.convert_to_numpy(v).astype(np.float16) for v in _state(network)}
    np.savez_compressed(path, **arrays)


def load_weights(network, path):
    """Fills `network` with what `save_weights` wrote.

    Raises:
        ValueError: when there is no such file, or it holds other variables, or other shapes, than
            the network.
    """
    if not Path(path).is_file():
        raise ValueError(
            f"there are no weights at {path}. Train them with launchers/train_classifier.py."
        )
    variables = {v.path: v for v in _state(network)}
    with np.load(path, allow_pickle=False) as arrays:
        if set(arrays.files) != set(variables):
            unequal = sorted(set(arrays.files) ^ set(variables))
            raise ValueError(
                f"{path} does not fit this classifier: {unequal} are in only one of them. "
                "Train the classifier again with launchers/train_classifier.py."
            )
        for key, variable in variables.items():
            if arrays[key].shape != tuple(variable.shape):
                raise ValueError(
                    f"{path} holds {key} of shape {arrays[key].shape}, the classifier needs "
                    f"{tuple(variable.shape)}. Train it again with launchers/train_classifier.py."
                )
            variable.assign(arrays[key].astype(np.float32))


def _state(network):
    """The variables that inference needs: weights and moving statistics, no dropout seeds."""
    return [v for v in network.weights if "seed" not in v.path]
