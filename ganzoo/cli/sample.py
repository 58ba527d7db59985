"""`sample`: pictures and arrays from a trained model."""

from pathlib import Path

import numpy as np
from absl import flags as absl_flags

from ganzoo.cli import environment, flags
from ganzoo.cli.source import CHECKPOINTS, Source
from ganzoo.interpolation import PATHS, interpolate

USAGE = """
Draw samples of a trained model as a grid, or the samples on paths between pairs of latents. The
ending of the output chooses the form: a picture (.png), an animation (.gif) or the numbers (.npz).

  sample --model=runs/wgan_gp --output=grid.png --seed=1
  sample --model=runs/wgan_gp --what=interpolation --output=walk.gif
"""


def define(values):
    """The flags of `sample`."""

    def string(name, default, text):
        absl_flags.DEFINE_string(name, default, text, flag_values=values)

    def integer(name, default, text):
        absl_flags.DEFINE_integer(name, default, text, flag_values=values)

    def enum(name, default, options, text):
        absl_flags.DEFINE_enum(name, default, options, text, flag_values=values)

    string("model", None, "Run directory, .keras file or exported directory.")
    enum("checkpoint", None, list(CHECKPOINTS), "Of a run directory. Unset: the best if any.")
    enum("what", "grid", ["grid", "interpolation"], "Independent samples, or paths between them.")
    enum("path", "slerp", list(PATHS), "Great circle or straight line between latents.")
    integer("num", None, "Samples of a grid (unset: 64), or paths (unset: 8).")
    integer("columns", 8, "Samples in a row of a grid.")
    integer("steps", 10, "Samples on a path, both ends included.")
    integer("label", None, "Class of a conditional model. Unset: all in turn.")
    integer("seed", 0, "Seed of the latents.")
    string("output", None, "File to write: .png, .gif or .npz.")
    integer("threads", 0, "CPU threads; 0: TensorFlow's choice.")


def main(argv):
    """Sample; returns the exit code."""
    values = flags.parse(define, argv, USAGE)
    if values is None:
        return 0
    flags.at_least(values, 1, "num", "columns")
    flags.at_least(values, 2, "steps")
    flags.at_least(values, 0, "seed", "label", "threads")
    source = Source(values.model, values.checkpoint)
    output = Path(values.output or "")
    if output.suffix not in (".png", ".gif", ".npz"):
        raise flags.UsageError(
            f"--output={values.output or ''}: give a file that ends in .png, .gif or .npz"
        )

    environment.start(threads=values.threads)
    try:
        model = source.load()
        draw = _interpolation if values.what == "interpolation" else _grid
        samples, arrays, columns = draw(model, values)
    except ValueError as error:
        raise flags.UsageError(" ".join(str(error).split())) from None
    _write(output, model, samples, arrays, columns)
    print(f"written to {output}")
    return 0


def _grid(model, values):
    """Samples [1, N, ...], arrays to store beside them, and the columns of a picture."""
    count = values.num or 64
    labels = model.labels_for(count, values.label)
    samples = np.asarray(model.generate(count, label=values.label, seed=values.seed))
    return samples[None], _named(labels=labels), min(values.columns, count)


def _interpolation(model, values):
    """Samples [steps, paths, ...], arrays to store beside them, and the columns of a picture."""
    count = values.num or 8
    labels = model.labels_for(count, values.label)
    ends = np.asarray(model.sample_latents(2 * count, values.seed))
    latents = interpolate(ends[:count], ends[count:], values.steps, values.path)
    latents = latents.astype(np.float32)
    samples = np.stack([model.decode(step, labels) for step in latents])
    return samples, _named(latents=latents, labels=labels), values.steps


def _named(**arrays):
    return {name: array for name, array in arrays.items() if array is not None}


def _write(path, model, samples, arrays, columns):
    from ganzoo.callbacks.atomic import replace
    from ganzoo.callbacks.pictures import save_animation

    if path.suffix == ".npz":
        if len(samples) == 1:
            samples = samples[0]
        replace(path, lambda temporary: np.savez(temporary, samples=samples, **arrays))
    elif path.suffix == ".gif" and len(samples) > 1:
        # There and back again, so that the animation has no jump.
        frames = [_picture(model, step, columns) for step in (*samples, *samples[-2:0:-1])]
        replace(path, lambda temporary: save_animation(temporary, frames, pause=0.0))
    else:
        # Every path is a row.
        rows = np.swapaxes(samples, 0, 1) if len(samples) > 1 else samples
        flat = rows.reshape(-1, *samples.shape[2:])
        replace(path, _picture(model, flat, columns).save)


def _picture(model, samples, columns):
    from ganzoo.callbacks.pictures import sample_picture, vector_plot

    if samples.ndim == 2:
        return vector_plot(samples)
    symbols = getattr(model, "symbols", None)
    return sample_picture(samples, columns, model.value_range, symbols)
