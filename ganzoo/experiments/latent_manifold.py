"""A variational autoencoder's plane of latents, and samples of one with fifty.

Figure 6 of the report "Deep Directed Generative Models": (a) what a decoder of two latents makes of
a grid on [-3, 3]^2, (b) samples of a model of fifty; and, beyond the report, walks along the five
latents of the second that code most.

Protocol: MNIST, 60,000 training images, binarized anew at every presentation; two hidden ReLU
layers of 500 in each network, as the report says; it does not state the rest: Bernoulli likelihood,
Adam at 1e-3, batches of 100, the last weights. Numbers are of test images, binarized once.
"""

import keras
import numpy as np
import tensorflow as tf

import ganzoo
from ganzoo import metrics
from ganzoo.callbacks.pictures import image_grid
from ganzoo.experiments import records

_UNITS = {"units": (500, 500)}
_EXTENT = 3.0
_SIDE = 20  # of the grid
_WALKS, _WALK_STEPS = 5, 11
# Of the variance over examples of a posterior's mean: Burda et al. 2016, arXiv 1509.00519,
# section 5.1, calls the latents above it active.
ACTIVE = 0.01


def run(output, seeds=(0,), epochs=30, bound_samples=500, images=1000):
    """Trains both models; the figures are those of the first seed.

    Args:
      output: directory. `results/latent_manifold.csv` has a row for each training;
        `figures/latent_manifold.png` is (a), `latent_samples.png` (b), `latent_walks.png` the
        walks, a row for each latent.
      seeds: of weights, noise and order of the data.
      epochs: passes over the training images.
      bound_samples: k of the bound.
      images: test images that it counts.

    Returns:
      The rows, as dicts.
    """
    data = ganzoo.data.load("mnist", binarized="dynamic")
    test = ganzoo.data.load("mnist", split="test", binarized="static").scaled(np.arange(images))
    rows = []
    for seed in seeds:
        for latent_dim in (2, 50):
            model = _train(data, latent_dim, seed, epochs)
            active = active_latents(model, test)
            bounds = metrics.likelihood.importance_bound(model, test, bound_samples)
            elbos = metrics.likelihood.importance_bound(model, test, 1, draws_at_once=1)
            rows.append(
                {
                    "latent_dim": latent_dim,
                    "seed": seed,
                    "epochs": epochs,
                    "images": images,
                    "negative_elbo": f"{-elbos.mean():.2f}",
                    f"negative_bound_of_{bound_samples}": f"{-bounds.mean():.2f}",
                    "active_latents": int(np.sum(active > ACTIVE)),
                }
            )
            print(rows[-1], flush=True)
            if seed == seeds[0]:
                _draw(output, model, latent_dim, active, seed)
    return records.write_rows(output, "latent_manifold", rows, seeds)


def active_latents(model, x):
    """The variance over examples x of the mean of q(z|x), for each latent: [latent_dim]."""
    return np.var(np.asarray(model.encode(tf.constant(x))["mean"], np.float64), axis=0)


def plane(side, extent):
    """A grid on [-extent, extent]^2, rows from the top: float32 [side^2, 2]."""
    ticks = np.linspace(-extent, extent, side)
    second, first = np.meshgrid(ticks[::-1], ticks, indexing="ij")
    return np.stack([first.ravel(), second.ravel()], axis=1).astype(np.float32)


def walks(start, latents, steps, extent):
    """Latents that differ from `start` [d] in one of `latents`, from -extent to extent each.

    Returns:
      float32 [len(latents) * steps, d], a walk after the other.
    """
    points = np.tile(np.asarray(start, np.float32), (len(latents), steps, 1))
    for row, latent in enumerate(latents):
        points[row, :, latent] = np.linspace(-extent, extent, steps)
    return points.reshape(-1, len(start))


def _train(data, latent_dim, seed, epochs):
    model = ganzoo.create(
        "vae",
        data.data_shape,
        seed=seed,
        latent_dim=latent_dim,
        likelihood="bernoulli",
        value_range=(0.0, 1.0),
        encoder=_UNITS,
        decoder={**_UNITS, "output_activation": None},
        optimizer=keras.optimizers.Adam(1e-3),
    )
    model.fit(
        data.dataset(100, seed, with_labels=False),
        epochs=epochs,
        steps_per_epoch=len(data) // 100,
        verbose=2,
    )
    return model


def _draw(output, model, latent_dim, active, seed):
    if latent_dim == 2:
        _save(output, "latent_manifold", model(plane(_SIDE, _EXTENT)), _SIDE)
        return
    _save(output, "latent_samples", model.generate(_SIDE * 10, seed=seed), _SIDE)
    most = np.argsort(active)[::-1][:_WALKS]
    points = walks(np.zeros(latent_dim), most, _WALK_STEPS, _EXTENT)
    _save(output, "latent_walks", model(points), _WALK_STEPS)


def _save(output, name, images, columns):
    picture = image_grid(np.asarray(images), columns, (0.0, 1.0)).convert("L").quantize(16)
    records.write_picture(output, name, picture)
