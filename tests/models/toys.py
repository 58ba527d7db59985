"""Training on the toy point sets, at the settings of recipes for vectors."""

import numpy as np

import ganzoo
from ganzoo import data
from ganzoo.metrics import modes


def trained(name, dataset, seed, steps, **settings):
    """A model after `steps` train steps at batch 256 on the 25,600 points of a toy set."""
    points = data.load(dataset)
    model = ganzoo.create(
        name,
        points.data_shape,
        num_classes=points.num_classes,
        seed=seed,
        jit_compile=True,
        steps_per_execution=100,
        **settings,
    )
    model.fit(points.scaled(), points.labels, batch_size=256, steps_per_epoch=steps, verbose=0)
    return model


def ring_coverage(model):
    """How 2,000 samples cover the ring: within 0.2 of a center, 20 samples for a mode."""
    samples = model.generate(2000, seed=0).numpy()
    return modes.toy_bench_coverage(samples, modes.MODES["ring"])


def share_of_own_mode(model):
    """Share of 2,000 samples of a conditional model whose nearest center is that of their label."""
    samples = model.generate(2000, seed=0).numpy()
    distances = np.linalg.norm(samples[:, None] - modes.MODES["ring"].centers, axis=2)
    return np.mean(distances.argmin(axis=1) == np.arange(2000) % 8)
