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

    A joint objective is a sum over the 64 pixels, and so is the squared gradient that a control
    variate descends: their steps are smaller for the same stability.
    """
    sums = ("optimizer", "control_variate_optimizer")
    return {
        name: keras.optimizers.SGD(0.001 if name in sums else 0.05)
        for name in model.optimizer_names
    }


def examples(name, count=32, shape=IMAGE_SHAPE):
    """Images [count, 8, 8, 1] that are no constant, as the recipe takes them, and labels.

    Every other label is unknown where the model learns from unlabelled examples.
    """
    x = np.random.default_rng(0).normal(size=(count, *shape)).astype("float32")
    low, high = registry.get(name).settings.get("value_range", (-1.0, 1.0))
    gray = low + (high - low) * (np.tanh(x) + 1.0) / 2.0
    x = (x > 0.0).astype("float32") if is_discrete(name) else gray
    y = np.arange(count) % NUM_CLASSES
    return x, np.where(y % 2, -1, y) if registry.get(name).model.unlabelled else y


def is_discrete(name):
    """Whether the recipe takes data in {0, 1} rather than in [-1, 1]."""
    return registry.get(name).binarized is not None


def is_running(path):
    """Whether a weight is what a pass keeps: moving statistics, a singular vector."""
    return "moving" in path or "vector_u" in path


def named(network):
    """All weights, statistics included, by place and path: two members may have equal paths."""
    return {f"{place} {weight.path}": weight for place, weight in enumerate(network.weights)}


def weights(network):
    """Copies of all weights, by name."""
    return {name: weight.numpy().copy() for name, weight in named(network).items()}


def changed(before, after):
    """Names of the weights that differ."""
    return {name for name in before if not np.array_equal(before[name], after[name])}
