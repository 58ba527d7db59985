"""Three small GANs on two measurements of irises, with the densities that they learn.

The slides' example: petal length and width, standardized; generator 2-25-25-2, discriminator
2-25-25-1; the minimax game, clipped Wasserstein and least squares; Adam 1e-4 for the generator and
2e-4 for the other player, one update of each a step.

Protocol: all 150 flowers and 150 samples a step, 20,000 steps. Scored at four points of the
training on 2,000 samples: squared maximum mean discrepancy from the flowers (Gaussian kernel,
median bandwidth, biased), and the share of samples with the petals of a setosa, below -0.7, a third
of the flowers. The figure shows kernel density estimates (Scott's bandwidth) at the end. Three
slips of the slides are not repeated: a linear output inside of a logarithm (here logits), the names
of the two least-squares losses exchanged, samples that carry gradients into the discriminator's
step.
"""

import keras
import numpy as np
from scipy import stats

import ganzoo
from ganzoo import metrics
from ganzoo.experiments import records

MODELS = {
    "gan": {},
    "wgan": {"clip_value": 0.01, "critic_steps": 1},
    "lsgan": {},
}
_SETOSA = -0.7
_SAMPLES = 2000
_STAGES = 4


def run(output, seeds=(0, 1, 2), steps=20_000):
    """Trains every model for every seed.

    Args:
      output: directory. `results/mini_gan.csv` has a row for each model, seed and quarter of the
        training, with the mean losses of the quarter (the opponent is a critic or a
        discriminator), `figures/mini_gan.png` the first seed's densities.
      seeds: of weights, noise and order of the data.
      steps: updates of each player, a multiple of 20.

    Returns:
      The rows, as dicts.

    Raises:
      ValueError: `steps` that are no multiple of 20.
    """
    records.check_steps(steps, 5 * _STAGES)
    flowers = ganzoo.data.load("iris").scaled()
    table = records.Table(output, "mini_gan")
    clouds = {"flowers": flowers}
    for name in MODELS:
        for seed in seeds:
            if table.has(model=name, seed=seed, steps=steps):
                continue
            rows, samples = train(name, seed, flowers, steps)
            print(*rows, sep="\n", flush=True)
            table.add(*rows)
            clouds.setdefault(name, samples)
    if len(clouds) == 1 + len(MODELS):
        _draw(output, clouds)
    return table.rows


def train(name, seed, flowers, steps):
    """(rows of the scores, samples at the end [2000, 2]) of one training."""
    model = create(name, seed, jit_compile=True, steps_per_execution=steps // _STAGES // 5)
    opponent = model.network_names[0]
    rows = []

    def score(epoch, logs):
        samples = model.generate(_SAMPLES, seed=0).numpy()
        rows.append(
            {
                "model": name,
                "seed": seed,
                "steps": steps,
                "at": (epoch + 1) * steps // _STAGES,
                "discrepancy": f"{metrics.gaussian_mmd(flowers, samples, unbiased=False):.4f}",
                "setosa_share": f"{np.mean(samples[:, 0] < _SETOSA):.3f}",
                "opponent_loss": f"{logs[f'{opponent}_loss']:.4g}",
                "generator_loss": f"{logs['generator_loss']:.4g}",
            }
        )

    model.fit(
        flowers,
        batch_size=len(flowers),
        epochs=_STAGES,
        steps_per_epoch=steps // _STAGES,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=score)],
        verbose=0,
    )
    return rows, model.generate(_SAMPLES, seed=0).numpy()


def create(name, seed, **settings):
    """The slides' model of that name."""
    other = ganzoo.registry.get(name).model.network_names[0]

    def adam(rate):
        return {"class_name": "Adam", "config": {"learning_rate": rate}}

    return ganzoo.create(
        name,
        (2,),
        seed=seed,
        latent_dim=2,
        generator={"units": (25, 25)},
        generator_optimizer=adam(1e-4),
        **{other: {"units": (25, 25)}, f"{other}_optimizer": adam(2e-4)},
        **MODELS[name],
        **settings,
    )


def _draw(output, clouds):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3), layout="constrained")
    grid = np.linspace(-2.5, 2.5, 101)
    mesh = np.stack(np.meshgrid(grid, grid)).reshape(2, -1)
    for panel, (name, points) in zip(figure.subplots(1, len(clouds)), clouds.items()):
        density = stats.gaussian_kde(points.T)(mesh).reshape(len(grid), -1)
        panel.contourf(grid, grid, density, 12, cmap="Blues")
        panel.scatter(*clouds["flowers"].T, s=3, color="C1")
        panel.set(
            title=name,
            xlabel="petal length",
            ylabel="petal width",
            xlim=(-2.5, 2.5),
            ylim=(-2.5, 2.5),
        )
    records.write_figure(output, "mini_gan", figure)
