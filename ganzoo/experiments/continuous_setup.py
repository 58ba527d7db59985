"""Settings of the compared GANs, and their generator losses as functions of the logit.

Section 4.2.2 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431), which is empty in the text, and the properties that section 2.4 leaves open.

Protocol. Settings: every method is built for points, for 8x8 digits and, as its recipe has it, for
28x28 images, and what was built is described. Losses: those of the package at one logit F = a(G(z))
of the discriminator, their derivatives by automatic differentiation and in closed form,

    minimax           log(1 - D)          -softplus(F)             -sigma(F)
    non-saturating    -log D              softplus(-F)             -(1 - sigma(F))
    log-ratio         log(1 - D) - log D  -F                       -1
    boundary-seeking  equation 11         1/2 (F - log Z)^2        F - log Z
    least squares     Mao et al. 2017     1/2 (a - c)^2            a - c

Below the boundary, F < 0, minimax vanishes, non-saturating is near log-ratio, and boundary-seeking
grows with the distance. Above it the first three go on in the same direction: a sample that the
discriminator already takes for data is pushed on, for ever under log-ratio. The boundary-seeking
derivative changes sign at F = log Z and pulls such a sample back, so that it alone is at rest where
the discriminator cannot tell. Least squares has no logit: its score a, trained towards 0 for
samples and 1 for data, is p / (p + q) at the optimum and in [0, 1], so that the derivative for the
target c = 1 keeps its sign there as well, and for c = 1/2 it changes it on the same boundary,
a = 1/2.

log Z is estimated from the samples' own logits. Where they agree, F = c for all of them, it is c:
a generator that has collapsed to one point has neither loss nor gradient, wherever the
discriminator ranks that point. Without log Z it is pulled to the boundary.
"""

import keras
import numpy as np
import tensorflow as tf

import ganzoo
from ganzoo import registry
from ganzoo.experiments import continuous, records
from ganzoo.losses import boundary_seeking, cross_entropy, least_squares, wasserstein

LOG_Z = 1.0  # an example, for the boundary that log Z shifts


def _sigma(logits):
    return 1.0 / (1.0 + np.exp(-logits))


LOSSES = {  # name -> (loss of the package, closed form of its derivative, where that is zero)
    "minimax": (cross_entropy.minimax_generator_loss, lambda f: -_sigma(f), ""),
    "non-saturating": (
        cross_entropy.non_saturating_generator_loss,
        lambda f: -(1.0 - _sigma(f)),
        "",
    ),
    "log-ratio": (
        lambda f: (
            cross_entropy.minimax_generator_loss(f) + cross_entropy.non_saturating_generator_loss(f)
        ),
        lambda f: -np.ones_like(f),
        "",
    ),
    "boundary-seeking": (boundary_seeking.generator_loss, lambda f: f, 0.0),
    "boundary-seeking, log Z = 1": (
        lambda f: boundary_seeking.generator_loss(f, LOG_Z),
        lambda f: f - LOG_Z,
        LOG_Z,
    ),
    "least squares, c = 1": (
        lambda a: least_squares.generator_loss(a, 1.0),
        lambda a: a - 1.0,
        1.0,
    ),
    "least squares, c = 1/2": (
        lambda a: least_squares.generator_loss(a, 0.5),
        lambda a: a - 0.5,
        0.5,
    ),
    "Wasserstein": (wasserstein.generator_loss, lambda a: -np.ones_like(a), ""),
}
_DATASETS = {"ring": (2,), "digits": (8, 8, 1), "recipe, 28x28 images": (28, 28, 1)}


def run(output, seeds=(0,), methods=tuple(continuous.METHODS), logits=(-6, -3, -1, 0, 1, 3, 6)):
    """Describes the methods and differentiates their losses; nothing is trained.

    Args:
      output: directory; `results/continuous_setup.csv` has a row for each method and data set,
        `results/continuous_setup_losses.csv` one for each loss and logit,
        `figures/continuous_setup.png` the losses and their derivatives.
      seeds: recorded; nothing depends on them.
      methods: names of `METHODS`.
      logits: where the losses are tabulated.

    Returns:
      The rows of both tables, as two lists of dicts.
    """
    settings = [settings_of(method, name) for method in methods for name in _DATASETS]
    settings = records.write_rows(output, "continuous_setup", settings, seeds)
    values = [row for name in LOSSES for row in derivatives(name, np.array(logits, np.float32))]
    values = records.write_rows(output, "continuous_setup_losses", values, seeds)
    for row in (*settings, *values):
        print(row, flush=True)
    records.write_figure(output, "continuous_setup", _figure())
    return settings, values


def settings_of(method, dataset):
    """One row: what is built of a method for a data set, or by its recipe for 28x28 images."""
    recipe, own = continuous.METHODS[method]
    if dataset.startswith("recipe"):
        model = ganzoo.create(recipe, _DATASETS[dataset], seed=0, **own)
        batch_size, length = (
            registry.get(recipe).batch_size,
            f"{registry.get(recipe).epochs} epochs",
        )
    else:
        data = ganzoo.data.load(dataset)
        model = continuous.create(method, data)
        batch_size = continuous.BATCH_SIZE.get(dataset, 256)
        length = "see the experiments"
    [opponent] = [name for name in model.network_names if name != "generator"]
    optimizer = keras.optimizers.serialize(getattr(model, f"{opponent}_optimizer"))
    momenta = ("beta_1", "beta_2", "rho")
    described = [
        f"{name} {optimizer['config'][name]:g}"
        for name in ("learning_rate", *momenta)
        if name in optimizer["config"]
    ]
    hyper_parameters = [f"{name} {value}" for name, value in model.hyper_parameters.items()]
    return {
        "method": method,
        "data": dataset,
        "recipe": recipe,
        "hyper_parameters": ", ".join(hyper_parameters),
        "latents": f"{model.latent_dim} {model.latent_distribution}",
        "generator_layers": _layers(model.generator),
        "generator_parameters": model.generator.count_params(),
        "discriminator_layers": _layers(getattr(model, opponent)),
        "discriminator_parameters": getattr(model, opponent).count_params(),
        "optimizer": ", ".join([optimizer["class_name"], *described]),
        "batch_size": batch_size,
        "minibatches_per_step": model.minibatches_per_step,
        "length": length,
    }


def _layers(network):
    """The shapes after the layers that have kernels, such as "128 128 2"."""
    shapes = [
        "x".join(map(str, layer.output.shape[1:]))
        for layer in network.layers
        if hasattr(layer, "kernel")
    ]
    return " ".join(shapes)


def derivatives(name, logits):
    """Rows of one loss at float32 logits [N]: value, and derivative in two ways."""
    loss, closed_form, zero = LOSSES[name]
    values, slopes = _differentiated(loss, logits)
    return [
        {
            "loss": name,
            "logit": f"{logit:g}",
            "value": f"{value:.6f}",
            "derivative": f"{slope:.6f}",
            "closed_form": f"{exact:.6f}",
            "zero_of_derivative": zero,
        }
        for logit, value, slope, exact in zip(logits, values, slopes, closed_form(logits))
    ]


def _differentiated(loss, logits):
    logits = tf.constant(logits, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        values = loss(logits)
    return values.numpy(), tape.gradient(values, logits).numpy()


_STYLES = {  # loss -> color, line style
    "minimax": ("#222222", "-"),
    "non-saturating": ("#0072b2", "-"),
    "log-ratio": ("#009e73", "-"),
    "boundary-seeking": ("#d55e00", "-"),
    "boundary-seeking, log Z = 1": ("#d55e00", ":"),
}


def _figure():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    logits = np.linspace(-5.0, 5.0, 201, dtype=np.float32)
    for name, (color, line) in _STYLES.items():
        values, slopes = _differentiated(LOSSES[name][0], logits)
        left.plot(logits, values, line, color=color, label=name, linewidth=1.6)
        right.plot(logits, slopes, line, color=color, linewidth=1.6)
    left.set(title="loss of the generator", ylim=(-5.5, 8))
    right.set(title="its derivative", ylim=(-4, 4))
    for axes in (left, right):
        axes.set_xlabel("logit F of a sample; the boundary D = 1/2 is at F = 0")
        axes.axhline(0.0, color="#999999", linewidth=0.8)
        axes.axvline(0.0, color="#999999", linewidth=0.8)
        axes.grid(color="#eeeeee", linewidth=0.6)
    figure.legend(loc="outside lower center", ncols=5, fontsize=9, frameon=False)
    return figure
