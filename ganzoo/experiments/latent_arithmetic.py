"""Arithmetic of concepts in the latents of a variational autoencoder.

"Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks"
(Radford, Metz and Chintala 2016, arXiv 1511.06434, section 6.3.2) adds and subtracts the mean
latents of three samples of a concept. A GAN has no code of a given image; here an autoencoder
encodes labelled ones, and a concept is the mean code of its class: a - b + c should be to c as a is
to b.

Protocol: `vae` with 50 latents and layers of 500, Fashion-MNIST, the recipe's Gaussian likelihood,
Adam 1e-3, batches of 100. Concepts are mean codes of the test images of a class. Each equation is
applied to the 100 first test images of class c: their codes are moved by a - b, and
`fashion_mnist_cnn` names what is decoded.
"""

import keras
import numpy as np
import tensorflow as tf

import ganzoo
from ganzoo.callbacks.pictures import image_grid
from ganzoo.experiments import records
from ganzoo.metrics import extractors
from ganzoo.metrics.likelihood.batches import over_batches

# a, b, c and what a - b + c should be
EQUATIONS = (
    ("Pullover", "T-shirt/top", "Dress", "Coat"),
    ("Ankle boot", "Sneaker", "Sandal", "Ankle boot"),
    ("T-shirt/top", "Pullover", "Coat", "Dress"),
)
_UNITS = {"units": (500, 500)}
_IMAGES = 100
_SHOWN = 8


def run(output, seeds=(0, 1, 2), epochs=20):
    """Trains an autoencoder for every seed and applies the equations.

    Args:
      output: directory. `results/latent_arithmetic.csv` has a row for each equation and seed,
        `figures/latent_arithmetic.png` two rows of the first seed for each: reconstructions of
        class c, and the same moved.
      seeds: of weights, noise and order of the data.
      epochs: passes over the training images.

    Returns:
      The rows, as dicts.
    """
    data = ganzoo.data.load("fashion_mnist")
    test = ganzoo.data.load("fashion_mnist", split="test")
    extractor = extractors.load("fashion_mnist_cnn")
    table = records.Table(output, "latent_arithmetic")
    pictures = []
    for seed in seeds:
        if table.has(seed=seed, epochs=epochs):
            continue
        model = train(data, seed, epochs)
        codes = encode(model, test.scaled())
        means = concepts(codes, test)
        for equation in EQUATIONS:
            a, b, c, expected = equation
            starts = codes[test.labels == test.class_names.index(c)][:_IMAGES]
            moved = model.decode(solved(starts, means[a], means[b])).numpy()
            _, probabilities = extractor.features_and_probabilities(moved)
            named = np.argmax(probabilities, axis=1)
            counts = np.bincount(named, minlength=len(test.class_names))
            most = int(np.argmax(counts))
            row = {
                "equation": f"{a} - {b} + {c}",
                "expected": expected,
                "seed": seed,
                "epochs": epochs,
                "expected_share": f"{counts[test.class_names.index(expected)] / len(named):.2f}",
                "most_frequent": test.class_names[most],
                "most_frequent_share": f"{counts[most] / len(named):.2f}",
            }
            print(row, flush=True)
            table.add(row)
            if seed == seeds[0]:
                pictures += [model.decode(starts[:_SHOWN]).numpy(), moved[:_SHOWN]]
    if pictures:
        picture = image_grid(np.concatenate(pictures), _SHOWN, data.value_range)
        records.write_picture(output, "latent_arithmetic", picture.convert("L").quantize(32))
    return table.rows


def train(data, seed, epochs):
    """The autoencoder of the protocol."""
    model = ganzoo.create(
        "vae",
        data.data_shape,
        seed=seed,
        latent_dim=50,
        value_range=data.value_range,
        encoder=_UNITS,
        decoder=_UNITS,
        optimizer=keras.optimizers.Adam(1e-3),
    )
    model.fit(
        data.dataset(100, seed, with_labels=False),
        epochs=epochs,
        steps_per_epoch=len(data) // 100,
        verbose=2,
    )
    return model


def encode(model, images):
    """Means of q(z|x), float32 [N, d]."""
    return over_batches(
        lambda _, part: model.encode(tf.constant(part))["mean"].numpy(), (images,), 1000
    )


def solved(codes, a, b):
    """Codes [N, d] of which each is to one of `codes` as the concept a [d] is to b [d]."""
    return codes + a - b


def concepts(codes, data):
    """Mean code [d] of every class, by its name."""
    return {
        name: codes[data.labels == label].mean(axis=0)
        for label, name in enumerate(data.class_names)
    }
