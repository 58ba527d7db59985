"""Generator losses as functions of what the discriminator says.

The comparison of "NIPS 2016 Tutorial: Generative Adversarial Networks" (Goodfellow 2016, arXiv
1701.00160, section 3.2), with the boundary-seeking loss beside its three: for a sample with the
logit a = log D / (1 - D),

    minimax             log(1 - D)      slope in a: -D
    non-saturating      -log D                      -(1 - D)
    maximum likelihood  -1/2 exp(a)                 -1/2 exp(a)
    boundary-seeking    1/2 a^2                     a

Where the discriminator is sure of a fake (a far below 0) the minimax slope vanishes and the
non-saturating one is -1; the likelihood's vanishes too, and its few samples with a > 0 outweigh all
others; the boundary-seeking loss pulls to a = 0 from both sides. Slopes are those of the functions
in `ganzoo.losses`, by automatic differentiation.
"""

import numpy as np
import tensorflow as tf

from ganzoo.experiments import records
from ganzoo.losses import boundary_seeking, cross_entropy

LOSSES = {
    "minimax": cross_entropy.minimax_generator_loss,
    "non-saturating": cross_entropy.non_saturating_generator_loss,
    "maximum likelihood": cross_entropy.maximum_likelihood_generator_loss,
    "boundary-seeking": boundary_seeking.generator_loss,
}


def run(output, seeds=(), logits=(-6.0, 6.0), points=25):
    """The losses and their slopes on a grid of logits.

    Args:
      output: directory. `results/generator_losses.csv` has a row for each logit,
        `figures/generator_losses.png` the curves.
      seeds: nothing here depends on them.
      logits: the first and the last one.
      points: of the grid.

    Returns:
      The rows, as dicts.
    """
    grid = np.linspace(*logits, points)
    curves = {name: curve(loss, grid) for name, loss in LOSSES.items()}
    rows = []
    for place, logit in enumerate(grid):
        row = {"logit": f"{logit:.4f}", "discriminator": f"{1 / (1 + np.exp(-logit)):.6f}"}
        for name, (values, slopes) in curves.items():
            row[name] = f"{values[place]:.6f}"
            row[f"{name} slope"] = f"{slopes[place]:.6f}"
        rows.append(row)
    _draw(output, np.linspace(*logits, 401))
    return records.write_rows(output, "generator_losses", rows, seeds)


def curve(loss, logits):
    """Losses of single samples, and their derivatives in the logit: float64 [n] each."""
    variable = tf.Variable(np.asarray(logits, np.float32)[:, None])
    with tf.GradientTape() as tape:
        values = loss(variable)
    slopes = tape.gradient(values, variable)
    return np.asarray(values, np.float64), np.asarray(slopes, np.float64)[:, 0]


def _draw(output, logits):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    panels = figure.subplots(1, 2)
    for name, loss in LOSSES.items():
        for panel, values in zip(panels, curve(loss, logits)):
            panel.plot(1 / (1 + np.exp(-logits)), values, label=name)
    panels[0].set_ylim(-6, 8)
    panels[0].set_ylabel("loss of a sample")
    panels[1].set_ylim(-4, 4)
    panels[1].set_ylabel("its slope in the logit")
    for panel in panels:
        panel.set_xlabel("D(G(z))")
    panels[0].legend(fontsize=8)
    records.write_figure(output, "generator_losses", figure)
