"""Trains the small classifier whose features measure the samples of a data set.

    python launchers/train_classifier.py --dataset=fashion_mnist

Writes `ganzoo/metrics/weights/<dataset>_cnn.npz` and appends the accuracy, measured on held-out
images after the weights were read back from that file, to `docs/results/classifiers.csv`.
"""

import csv
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags, logging

from ganzoo import data
from ganzoo.cli import environment
from ganzoo.metrics import classifiers

_ROOT = Path(__file__).resolve().parent.parent
# A mirrored garment is the same garment; a mirrored digit is not a digit.
_MIRRORED = ("fashion_mnist",)
_EPOCHS = {"fashion_mnist": 10, "mnist": 5, "digits": 60}
_LARGEST_SHIFT = 1

FLAGS = flags.FLAGS
flags.DEFINE_enum("dataset", "fashion_mnist", sorted(_EPOCHS), "What to learn to classify.")
flags.DEFINE_integer("epochs", None, "Passes over the training images; None: the data set's.", 1)
flags.DEFINE_integer("batch_size", 128, "Images per training step.", 1)
flags.DEFINE_float("learning_rate", 0.1, "Largest learning rate, decayed along a cosine.", 0.0)
flags.DEFINE_float("weight_decay", 5e-4, "Decoupled weight decay.", 0.0)
flags.DEFINE_integer("seed", 0, "Seed of the weights, the shuffling and the augmentation.")
flags.DEFINE_string("weights", None, "Where to write; None: the package's own weights file.")
flags.DEFINE_string(
    "results", str(_ROOT / "docs/results/classifiers.csv"), "Table to append the result to."
)


def augment(images, mirrored, largest_shift):
    """Moves every image by its own whole number of pixels, and mirrors half of them.

    Args:
        images: [N, H, W, C] in [-1, 1]; uncovered edges take the background, -1.
        mirrored: whether a random half of the images is flipped left to right.
        largest_shift: largest shift, in pixels, along each axis.
    """
    shape = tf.shape(images)
    count, height, width = shape[0], shape[1], shape[2]
    margin = [largest_shift, largest_shift]
    images = tf.pad(images, [[0, 0], margin, margin, [0, 0]], constant_values=-1.0)
    shifts = tf.random.uniform([2, count, 1], maxval=2 * largest_shift + 1, dtype=tf.int32)
    rows = shifts[0] + tf.range(height)
    columns = shifts[1] + tf.range(width)
    if mirrored:
        flipped = tf.random.uniform([count, 1]) < 0.5
        columns = tf.where(flipped, columns[:, ::-1], columns)
    images = tf.gather(images, rows, axis=1, batch_dims=1)
    images = tf.transpose(images, [0, 2, 1, 3])
    images = tf.gather(images, columns, axis=1, batch_dims=1)
    return tf.transpose(images, [0, 2, 1, 3])


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"unexpected arguments {argv[1:]}: every option is a --flag")
    dataset = FLAGS.dataset
    name = f"{dataset}_cnn"
    epochs = FLAGS.epochs or _EPOCHS[dataset]
    path = Path(FLAGS.weights) if FLAGS.weights else classifiers.weights_path(name)
    train = data.load(dataset, split="train")
    test = data.load(dataset, split="test")
    logging.info("%s: %d images to train on, %d to test", dataset, len(train), len(test))

    keras.utils.set_random_seed(FLAGS.seed)
    architecture = classifiers.ARCHITECTURES[name]
    network = classifiers.classifier(architecture)
    training = keras.Model(network.input, network.get_layer("logits").output)
    batches = (
        tf.data.Dataset.from_tensor_slices((train.scaled(), train.labels))
        .shuffle(len(train), seed=FLAGS.seed)
        .batch(FLAGS.batch_size, drop_remainder=True)
        .map(
            lambda x, y: (augment(x, dataset in _MIRRORED, _LARGEST_SHIFT), y),
            num_parallel_calls=1,
        )
        .prefetch(4)
    )
    steps = epochs * len(batches)
    warmup = min(len(batches), steps - 1)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.01 * FLAGS.learning_rate,
        steps - warmup,
        warmup_target=FLAGS.learning_rate,
        warmup_steps=warmup,
    )
    training.compile(
        keras.optimizers.SGD(
            schedule, momentum=0.9, nesterov=True, weight_decay=FLAGS.weight_decay
        ),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    started = time.perf_counter()
    training.fit(batches, epochs=epochs, verbose=2)
    seconds = time.perf_counter() - started

    classifiers.save_weights(network, path)
    restored = classifiers.classifier(architecture)
    classifiers.load_weights(restored, path)
    _, logits = restored.predict(test.scaled(), batch_size=500, verbose=0)
    accuracy = float(np.mean(np.argmax(logits, axis=-1) == test.labels))
    result = {
        "classifier": name,
        "dataset": dataset,
        "train_images": len(train),
        "test_images": len(test),
        "test_accuracy": f"{accuracy:.4f}",
        "epochs": epochs,
        "batch_size": FLAGS.batch_size,
        "learning_rate": FLAGS.learning_rate,
        "weight_decay": FLAGS.weight_decay,
        "seed": FLAGS.seed,
        "parameters": restored.count_params(),
        "features": architecture.widths[-1],
        "weights_dtype": "float16",
        "weights_bytes": path.stat().st_size,
        "seconds": f"{seconds:.0f}",
        "hardware": environment.hardware(),
        "commit": environment.commit(),
    }
    _append(Path(FLAGS.results), result)
    print(f"{name}: test accuracy {accuracy:.4f} after {epochs} epochs in {seconds:.0f} s, {path}")


def _append(path, row):
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row), lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    app.run(main)
