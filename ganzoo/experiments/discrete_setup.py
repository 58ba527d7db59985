"""Networks and settings of the discrete recipes.

Section 4.1.2 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431): what `ganzoo.create` builds and trains by default for binarized MNIST, for images
of 16 colors and for characters, by every recipe of discrete data. Nothing is trained, and nothing
is drawn; what an update costs is the experiment `reweighting_cost`.

On MNIST the networks of `bgan_discrete` are those of the released code: 6,709,185 and 6,631,169
trainable parameters. The recipes of other papers have the same networks, so that the estimators
compare.
"""

import ganzoo
from ganzoo import registry
from ganzoo.experiments import records

SHAPES = {  # data set -> event
    "mnist": (28, 28, 1),
    "photographs": (32, 32, 16),
    "python_topics": (32, 93),  # the characters of Python 3.11's
}


def recipes():
    """Names of the recipes of discrete data, sorted."""
    return tuple(
        name
        for name in registry.list_models()
        if "distribution" in registry.get(name).model.settings()
    )


def run(output, seeds=(0,), names=None, data=tuple(SHAPES)):
    """Builds every recipe for every data set.

    Args:
      output: directory; `results/discrete_setup.csv`.
      seeds: the first is that of the initial weights, on which nothing in the table depends.
      names: of recipes; None: all `recipes()`.
      data: names of `SHAPES`.

    Returns:
      The rows, as dicts.
    """
    rows = []
    for name in recipes() if names is None else names:
        for data_set in data:
            rows.append(_describe(name, data_set, seeds[0]))
            print(rows[-1], flush=True)
    return records.write_rows(output, "discrete_setup", rows, seeds[:1])


def _describe(name, data_set, seed):
    recipe, shape = registry.get(name), SHAPES[data_set]
    distribution = "bernoulli" if data_set == "mnist" else "categorical"
    model = ganzoo.create(name, shape, seed=seed, distribution=distribution)
    opponent, generator, *others = model.network_names
    sampled = {"normal": "N(0, 1)", "uniform": "U(-1, 1)"}[model.latent_distribution]
    return {
        "recipe": name,
        "paper": recipe.paper,
        "data": data_set,
        "event": "x".join(map(str, shape)),
        "generator": _trainable(model, generator),
        "opponent": opponent,
        "opponent_parameters": _trainable(model, opponent),
        "other_networks": " ".join(f"{other} {_trainable(model, other)}" for other in others),
        "optimizers": _optimizers(model),
        "samples_of_a_latent": getattr(model, "num_samples", 1),
        "opponent_updates": model.minibatches_per_step,
        "minibatch": recipe.batch_size,
        "latents": f"{sampled}^{model.latent_dim}",
        "epochs": recipe.epochs,
    }


def _trainable(model, network):
    """Number of trainable parameters."""
    return sum(
        variable.shape.num_elements() for variable in getattr(model, network).trainable_variables
    )


def _optimizers(model):
    """The optimizers of the networks, as "Adam 0.0001 (0.5, 0.999)"; one that all have, once."""
    described = {}
    for network in model.network_names:
        optimizer = getattr(model, f"{network}_optimizer")
        config = optimizer.get_config()
        text = f"{type(optimizer).__name__} {config['learning_rate']:g}"
        if "beta_1" in config:
            text += f" ({config['beta_1']:g}, {config['beta_2']:g})"
        described.setdefault(text, []).append(network)
    if len(described) == 1:
        return next(iter(described))
    return "; ".join(f"{' and '.join(names)}: {text}" for text, names in described.items())
