"""The smallest form of every recipe, and data that it takes."""

import keras
import numpy as np

import ganzoo
from ganzoo import registry

IMAGE_SHAPE = (8, 8, 1)
NUM_CLASSES = 3


def tiny(name, seed=1, **overrides):
    """A compiled model of the recipe's tiny form for `IMAGE_SHAPE`."""
    settings = {**registry.get(name).tiny, **overrides}
    return ganzoo.create(name, IMAGE_SHAPE, num_classes=NUM_CLASSES, seed=seed, **settings)


def sgd(model):
    """Optimizers whose updates are linear in the gradients, so that replicas can be compared.

    A joint objective is a sum over the 64 pixels: its step is smaller for the same stability.
    """
    rate = 0.001 if model.joint else 0.05
    return {name: keras.optimizers.SGD(rate) for name in model.optimizer_names}


def examples(count=32, seed=0):
    """Images [count, 8, 8, 1] in [-1, 1] that are no constant, and labels."""
    rng = np.random.default_rng(seed)
    x = np.tanh(rng.normal(size=(count, *IMAGE_SHAPE))).astype("float32")
    return x, np.arange(count) % NUM_CLASSES


def weights(network):
    """Copies of all weights, statistics included, by path."""
    return {w.path: w.numpy().copy() for w in network.weights}


def changed(before, after):
    """Names of the weights that differ."""
    return {name for name in before if not np.array_equal(before[name], after[name])}
