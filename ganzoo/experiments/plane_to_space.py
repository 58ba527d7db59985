"""A plane bent into space: two latents, three coordinates.

The slides' tutorial: a generator 2-64-64-3 learns a swiss roll and a sphere. What it makes is the
image of a plane, so at most a sheet: its Jacobian, 3 x 2, has rank 2 at most. And as no continuous
image of the plane is a sphere one to one, the sphere must have a seam or a hole.

Protocol: `nsgan`, `lsgan` and `wgan_gp`, other player 3-64-64-1, five of its updates for one of the
generator, Adam 1e-3 with beta_1 0.5, minibatches of 128, 6,000 generator updates, the recipes'
other settings for vectors. Scores: density and coverage of 1,000 samples by 1,000 test points, the
mean of ||x| - 1| on the sphere, and the median ratio of the Jacobian's two singular values, 0 where
the sheet is folded into a curve. The figure shows samples, colored by the first latent.
"""

import math

import numpy as np
import tensorflow as tf

import ganzoo
from ganzoo import metrics
from ganzoo.experiments import records

MODELS = ("nsgan", "lsgan", "wgan_gp")
DATASETS = ("swiss_roll", "sphere")
_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}
_POINTS = 1000
_STEPS_AN_EXECUTION = 50


def run(output, seeds=(0, 1, 2), steps=6000):
    """Trains every model on both sets for every seed.

    Args:
      output: directory. `results/plane_to_space.csv` has a row for each training,
        `figures/plane_to_space.png` the first seed's samples.
      seeds: of weights, noise and order of the data.
      steps: generator updates.

    Returns:
      The rows, as dicts.
    """
    table = records.Table(output, "plane_to_space")
    clouds = {}
    for dataset in DATASETS:
        test = ganzoo.data.load(dataset, split="test").scaled()[:_POINTS]
        for name in MODELS:
            for seed in seeds:
                if table.has(dataset=dataset, model=name, seed=seed, steps=steps):
                    continue
                model = train(name, dataset, seed, steps)
                latents = model.sample_latents(_POINTS, seed=0)
                samples = model.decode(latents).numpy()
                scores = metrics.manifold_scores(test, samples)
                radius = np.abs(np.linalg.norm(samples, axis=1) - 1.0).mean()
                row = {
                    "dataset": dataset,
                    "model": name,
                    "seed": seed,
                    "steps": steps,
                    "density": f"{scores.density:.3f}",
                    "coverage": f"{scores.coverage:.3f}",
                    "radius_error": f"{radius:.4f}" if dataset == "sphere" else "",
                    "singular_value_ratio": f"{singular_value_ratio(model, latents):.3f}",
                }
                print(row, flush=True)
                table.add(row)
                clouds.setdefault((dataset, name), (latents.numpy(), samples))
    if len(clouds) == len(MODELS) * len(DATASETS):
        _draw(output, clouds)
    return table.rows


def train(name, dataset, seed, steps):
    """A model of the protocol after `steps` generator updates."""
    data = ganzoo.data.load(dataset)
    recipe = ganzoo.registry.get(name)
    other, minibatches = recipe.model.network_names[0], recipe.model.minibatch_setting
    model = ganzoo.create(
        name,
        data.data_shape,
        seed=seed,
        latent_dim=2,
        generator={"units": (64, 64)},
        generator_optimizer=_ADAM,
        **{other: {"units": (64, 64)}, f"{other}_optimizer": _ADAM, minibatches: 5},
        jit_compile=True,
        steps_per_execution=math.gcd(steps, _STEPS_AN_EXECUTION),
    )
    model.fit(data.scaled(), batch_size=128, steps_per_epoch=steps, verbose=0)
    return model


def singular_value_ratio(model, latents):
    """Median over latents [N, 2] of the second singular value of dG / dz [3, 2] over the first."""
    with tf.GradientTape() as tape:
        tape.watch(latents)
        points = model.generator(latents)
    values = np.linalg.svd(np.float64(tape.batch_jacobian(points, latents)), compute_uv=False)
    return float(np.median(values[:, 1] / values[:, 0]))


def _draw(output, clouds):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3 * len(MODELS), 6), layout="constrained")
    for index, ((dataset, name), (latents, samples)) in enumerate(clouds.items()):
        panel = figure.add_subplot(len(DATASETS), len(MODELS), index + 1, projection="3d")
        panel.scatter(*samples.T, c=latents[:, 0], s=3, cmap="viridis")
        panel.set_title(f"{name}, {dataset.replace('_', ' ')}", fontsize=9)
    records.write_figure(output, "plane_to_space", figure)
