"""The learning dynamic of a generator on the line, in four stages and as a film.

Figure 1 of "Generative Adversarial Nets" (Goodfellow et al. 2014, arXiv 1406.2661): dashed the
discriminator, dotted the data, solid the samples; below, where the generator sends its latents. (a)
the start, (b) the discriminator has settled before a generator that stands still, (c) the generator
has begun to follow it, (d) the end, samples like data and the discriminator flat at 1/2.

Protocol: data N(4, 0.5), latents N(0, 1), `nsgan` with G 1-32-1, D 1-32-32-1, five discriminator
updates for one of the generator, Adam 1e-3 with beta_1 0.5, minibatches of 256; 200 updates of the
discriminator alone, then 3,000 of the generator. Moments are of 2,000 samples; the discriminator's
gap is its largest distance from 1/2 within 1.5 standard deviations of the data's mean.
"""

import keras
import numpy as np
from scipy import special, stats

import ganzoo
from ganzoo.data import toys
from ganzoo.experiments import records

STAGES = ("start", "discriminator settled", "generator follows", "end")
_DISCRIMINATOR_STEPS = 5
_BATCH_SIZE = 256
_SAMPLES = 2000
_STEPS_A_FRAME = 40
_FOLLOWING_FRAMES = 3  # after which stage (c) is shown
_PLACES = np.linspace(-2.0, 7.0, 301)
_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}


def run(output, seeds=(0, 1, 2), steps=3000):
    """Trains for every seed and shows the first one's stages.

    Args:
      output: directory. `results/learning_dynamic.csv` has a row for each seed and stage,
        `figures/learning_dynamic.png` the four stages, `figures/learning_dynamic.gif` the training.
      seeds: of weights and points.
      steps: generator updates, a multiple of 40.

    Returns:
      The rows, as dicts.

    Raises:
      ValueError: `steps` that are no multiple of 40.
    """
    records.check_steps(steps, _STEPS_A_FRAME)
    table = records.Table(output, "learning_dynamic")
    for seed in seeds:
        if table.has(seed=seed, steps=steps):
            continue
        frames = watched_training(seed, steps)
        settled = next(i for i, frame in enumerate(frames) if frame["updates"] > 0) - 1
        places = (0, settled, settled + _FOLLOWING_FRAMES, len(frames) - 1)
        shown = [frames[min(place, len(frames) - 1)] for place in places]
        rows = [
            {
                "seed": seed,
                "steps": steps,
                "stage": stage,
                "updates": frame["updates"],
                "mean": f"{frame['samples'].mean():.3f}",
                "std": f"{frame['samples'].std():.3f}",
                "discriminator_gap": f"{_gap(frame):.3f}",
            }
            for stage, frame in zip(STAGES, shown)
        ]
        print(*rows, sep="\n", flush=True)
        table.add(*rows)
        if seed == seeds[0]:
            _draw(output, shown)
            _film(output, frames)
    return table.rows


def watched_training(seed, steps):
    """Snapshots every 40 generator updates: dicts of `updates`, `samples` [N] and `logits` [P]."""
    data = ganzoo.data.load("gaussian_1d")
    model = ganzoo.create(
        "nsgan",
        data.data_shape,
        seed=seed,
        latent_dim=1,
        discriminator_steps=_DISCRIMINATOR_STEPS,
        generator={"units": (32,)},
        discriminator={"units": (32, 32)},
        generator_optimizer=_ADAM,
        discriminator_optimizer=_ADAM,
        jit_compile=True,
        steps_per_execution=_STEPS_A_FRAME,
    )
    latents = np.sort(model.sample_latents(_SAMPLES, seed=0).numpy(), axis=0)
    frames = []

    def watch(epoch, logs=None):
        frames.append(
            {
                "updates": 0 if model.frozen_networks() else (epoch + 1) * _STEPS_A_FRAME,
                "latents": latents[:, 0],
                "samples": model.decode(latents).numpy()[:, 0].astype(np.float64),
                "logits": model.discriminator(_PLACES[:, None]).numpy()[:, 0].astype(np.float64),
            }
        )

    def fit(epochs):
        model.fit(
            data.scaled(),
            batch_size=_BATCH_SIZE,
            epochs=epochs,
            steps_per_epoch=_STEPS_A_FRAME,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=watch)],
            verbose=0,
        )

    gate = model.gate("generator")
    gate.assign(1.0)
    watch(-1)
    fit(1)  # 40 steps of five discriminator updates
    gate.assign(0.0)
    fit(steps // _STEPS_A_FRAME)
    return frames


def _gap(frame):
    near = np.abs(_PLACES - toys.GAUSSIAN_1D_MEAN) <= 1.5 * toys.GAUSSIAN_1D_SIGMA
    return float(np.abs(special.expit(frame["logits"][near]) - 0.5).max())


def _show(frame, panel, arrows, title):
    density = stats.gaussian_kde(frame["samples"])(_PLACES)
    data = stats.norm.pdf(_PLACES, toys.GAUSSIAN_1D_MEAN, toys.GAUSSIAN_1D_SIGMA)
    panel.plot(_PLACES, special.expit(frame["logits"]), "--", color="C0", label="D")
    panel.plot(_PLACES, data, ":", color="black", label="data")
    panel.plot(_PLACES, np.minimum(density, 3.0), color="C2", label="samples")
    panel.set(xlim=(_PLACES[0], _PLACES[-1]), ylim=(0.0, 1.6), title=title, xticklabels=[])
    # Latents at even quantiles, drawn in the units of the data's line above them.
    places = np.linspace(0, _SAMPLES - 1, 25, dtype=int)
    latents, samples = frame["latents"][places], frame["samples"][places]
    scaled = np.interp(latents, (-2.5, 2.5), (_PLACES[0], _PLACES[-1]))
    for start, end in zip(scaled, samples):
        arrows.annotate("", (end, 1.0), (start, 0.0), arrowprops={"arrowstyle": "->", "lw": 0.5})
    arrows.set(
        xlim=(_PLACES[0], _PLACES[-1]), ylim=(0.0, 1.0), yticks=[], xlabel="z below, x above"
    )


def _draw(output, frames):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.2), layout="constrained")
    panels = figure.subplots(2, len(frames), height_ratios=(3, 1))
    for letter, stage, frame, panel, arrows in zip("abcd", STAGES, frames, *panels):
        _show(frame, panel, arrows, f"({letter}) {stage}, {frame['updates']} updates")
        panel.title.set_fontsize(9)
    panels[0, 0].legend(fontsize=8)
    records.write_figure(output, "learning_dynamic", figure)


def _film(output, frames):
    from matplotlib.figure import Figure

    pictures = []
    for frame in frames:
        figure = Figure(figsize=(4, 3), layout="constrained")
        panel, arrows = figure.subplots(2, 1, height_ratios=(3, 1))
        _show(frame, panel, arrows, f"{frame['updates']} updates of the generator")
        pictures.append(records.picture_of(figure, dots_per_inch=90, colors=32))
    records.write_animation(output, "learning_dynamic", pictures)
