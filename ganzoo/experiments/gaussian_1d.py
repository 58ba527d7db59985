"""One Gaussian: moments of a generator's samples, and a discriminator that cannot tell.

At the equilibrium D is 1/2 wherever there are data. Protocol: `nsgan` with one latent, networks of
32 and 32-32 units, minibatches of 256; five discriminator steps, because with one D is flat at 1/2
while the standard deviation is still wrong.
"""

import numpy as np

from ganzoo.data import toys
from ganzoo.experiments import point_sets

_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}
_SETTINGS = {
    "latent_dim": 1,
    "discriminator_steps": 5,
    "generator": {"units": (32,)},
    "discriminator": {"units": (32, 32)},
    "generator_optimizer": _ADAM,
    "discriminator_optimizer": _ADAM,
}


def run(output, seeds=(0, 1, 2), steps=3000):
    """Trains and scores a model for every seed; rows that the table has are kept.

    Args:
      output: directory. `results/gaussian_1d.csv` has a row for each seed.
      seeds: of weights, order of the data and noise.
      steps: generator steps, a multiple of 500 or fewer.

    Returns:
      The rows, as dicts.

    Raises:
      ValueError: `steps` is above 500 and no multiple of it.
    """
    runs = [("nsgan", _SETTINGS, steps)]
    return point_sets.table_of(output, "gaussian_1d", runs, seeds, scores)


def scores(model):
    """2,000 samples; their moments and how far D is from 1/2 within 1.5 deviations of the mean."""
    samples = model.generate(point_sets.SAMPLES, seed=0).numpy()
    mean, std = toys.GAUSSIAN_1D_MEAN, toys.GAUSSIAN_1D_SIGMA
    places = np.linspace(mean - 1.5 * std, mean + 1.5 * std, 61, dtype="float32")[:, None]
    logits = model.discriminator(places).numpy().astype("float64")
    return samples, {
        "mean": samples.mean(dtype="float64"),
        "std": samples.std(dtype="float64"),
        "discriminator_gap": np.abs(1 / (1 + np.exp(-logits)) - 0.5).max(),
    }
