"""Log-likelihoods of MNIST test images under the likelihood models.

Protocol: 60,000 training images, binarized anew at every presentation ("dynamic") or once
("static", by a draw of this package, not the published files); all 10,000 test images, binarized
once. No validation set: the last model counts. The learning rate follows a cosine from its start to
zero over the training. The Gaussian models descend by Muon (Jordan et al. 2024), which moves a
matrix along the orthogonal one nearest to its momentum: 60 epochs of it brought `vae` further than
300 of Adam. Those of k > 1 start from the trained weights of a smaller k, as Burda et al. continue
a variational autoencoder with their objective; their epochs are those after it. Whatever the
precision of a training is, its networks are evaluated in float32.

Every row names its estimate: models with an inference network have a lower bound of so many
samples, restricted Boltzmann machines an estimate that is above the truth on average, the others
the exact value. The column "paper" holds what the method's paper prints for its own, longer
training, as remembered.
"""

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

import ganzoo
from ganzoo import metrics, registry
from ganzoo.callbacks import Checkpoints, NanGuard
from ganzoo.callbacks.checkpoints import read_state
from ganzoo.cli.checkpoint import load_checkpoint
from ganzoo.experiments import records
from ganzoo.metrics.likelihood.batches import over_batches


class Method(NamedTuple):
    """A row of the table.

    Attributes:
      recipe, settings: of the model.
      paper: negative log-likelihood that the method's paper prints.
      epochs, batch_size, learning_rate, binarized, optimizer: its training.
      bound_samples: k of the bound, where the estimate is one.
      start: the method whose trained networks are the first weights; None starts at random.
      precision: of the networks in training.
    """

    recipe: str
    settings: dict
    paper: float
    epochs: int
    batch_size: int = 100
    learning_rate: float = 4e-3
    binarized: str = "dynamic"
    bound_samples: int = 5000
    optimizer: str = "Adam"
    start: str | None = None
    precision: str = "float32"


_ONE_LAYER = {
    name: {"units": (200, 200), "activation": "tanh", **extra}
    for name, extra in (("encoder", {}), ("decoder", {"architecture": "mlp"}))
}
_VAE = {
    **_ONE_LAYER,
    "decoder": {**_ONE_LAYER["decoder"], "output_activation": None},
    "likelihood": "bernoulli",
    "jit_compile": True,
}
_DRAW = {"steps": 10, "encoder": {"read_size": 8}, "decoder": {"write_size": 12}}
_ONE_MASK = {"conditionals": {"units": (2000,), "num_masks": 1, "random_order": False}}
_STATIC = {"binarized": "static", "learning_rate": 1e-3}
_MUON = {"optimizer": "Muon", "learning_rate": 1e-2, "batch_size": 500}
_TUNING = {"optimizer": "Muon", "learning_rate": 4e-3, "batch_size": 250}
_K_50 = Method("iwae", {"num_samples": 50}, 84.78, 40, **_TUNING, start="iwae k=5")
METHODS = {
    "vae": Method("vae", _VAE, 86.76, 300, **_MUON),
    "iwae k=5": Method("iwae", {"num_samples": 5}, 85.54, 80, **_TUNING, start="vae"),
    "iwae k=50": _K_50,
    "iwae k=50 bfloat16": _K_50._replace(precision="mixed_bfloat16"),
    "iwae two layers k=1": Method("iwae_two_layers", {"num_samples": 1}, 85.33, 200, **_MUON),
    "iwae two layers k=5": Method(
        "iwae_two_layers", {"num_samples": 5}, 83.89, 40, **_TUNING, start="iwae two layers k=1"
    ),
    "iwae two layers k=50": Method(
        "iwae_two_layers", {"num_samples": 50}, 82.90, 20, **_TUNING, start="iwae two layers k=5"
    ),
    "fvsbn": Method("fvsbn", {}, 97.45, 30, **_STATIC),
    "made": Method("made", {}, 86.64, 20, **_STATIC),
    "made one layer one mask": Method("made", _ONE_MASK, 88.40, 30, **_STATIC),
    "sbn": Method("sbn", {}, 96.7, 100, bound_samples=1000, **_STATIC),
    "sbn reweighted wake-sleep": Method(
        "sbn_reweighted_wake_sleep", {}, 90.1, 60, bound_samples=1000, **_STATIC
    ),
    "draw": Method(
        "draw",
        _DRAW,
        80.97,
        28,
        binarized="static",
        learning_rate=2e-3,
        optimizer="Adam of bounded gradients",
        bound_samples=50,
    ),
    "rbm": Method(
        "rbm",
        {"algorithm": "pcd", "gibbs_steps": 5},
        86.34,
        50,
        binarized="static",
        learning_rate=0.05,
        optimizer="SGD",
    ),
}

_OPTIMIZERS = {
    "Adam": ("Adam", {"epsilon": 1e-4}),
    "Adam of bounded gradients": ("Adam", {"beta_1": 0.5, "global_clipnorm": 10.0}),
    "Muon": ("Muon", {"weight_decay": None, "adam_weight_decay": None}),
    "SGD": ("SGD", {}),
}
_ANNEALING = {"num_chains": 100, "num_distributions": 10_000}


def run(
    output,
    seeds=(0,),
    methods=tuple(METHODS),
    epochs=None,
    images=10_000,
    bound_samples=None,
    runs="runs/mnist_nll",
):
    """Trains and evaluates every method; goes on where it was interrupted.

    Args:
      output: directory. `results/mnist_nll.csv` has a row for each training.
      seeds: of initial weights, noise and order of the data.
      methods: names of `METHODS`.
      epochs: passes over the training images, instead of each method's own.
      images: test images, the first ones.
      bound_samples: k of the bounds, instead of each method's own.
      runs: directory of checkpoints, unfinished evaluations and exported models.

    Returns:
      The rows, as dicts.
    """
    table = records.Table(output, "mnist_nll")
    for seed in seeds:
        for name in methods:
            method = METHODS[name]
            method = method._replace(
                epochs=epochs or method.epochs,
                bound_samples=bound_samples or method.bound_samples,
            )
            protocol = {
                "method": name,
                "seed": seed,
                "binarized": method.binarized,
                "epochs": method.epochs,
                "batch_size": method.batch_size,
                "optimizer": method.optimizer,
                "learning_rate": method.learning_rate,
                "start": method.start or "random",
            }
            if table.has(**protocol, images=images):
                continue
            model = _in_float32(train(name, seed, runs, epochs), method)
            directory = directory_of(name, seed, runs)
            values, facts = log_likelihood(model, method, images, directory)
            nats = float(-values.mean())
            metadata = {
                "training": {"dataset": "mnist", "model": method.recipe, **protocol},
                "scores": {"negative_log_likelihood": nats, **facts},
            }
            model.export(directory / "export", metadata)
            table.add(
                {
                    **protocol,
                    "estimate": facts["estimate"],
                    "images": images,
                    "negative_log_likelihood": f"{nats:.3f}",
                    "standard_error": f"{values.std() / np.sqrt(len(values)):.3f}",
                    "paper": method.paper,
                }
            )
            print(table.rows[-1], flush=True)
    return table.rows


def directory_of(name, seed, runs):
    """Where the checkpoints and the unfinished evaluation of a training are."""
    return Path(runs) / f"{name} {seed}".replace(" ", "_")


def train(name, seed, runs, epochs=None):
    """The model of a method, trained from its last checkpoint under `runs` on.

    Trains the method that it starts from first, if that is not done.
    """
    method = METHODS[name]
    all_epochs = epochs or method.epochs
    directory = directory_of(name, seed, runs)
    data = ganzoo.data.load("mnist", binarized=method.binarized)
    steps = len(data) // method.batch_size
    state = read_state(directory / "last.keras")
    if state is None:
        model, done = _create(method, data.data_shape, seed, steps * all_epochs), 0
        if method.start:
            start = train(method.start, seed, runs, epochs)
            _copy_weights(start, model)
    else:
        model, done = load_checkpoint(directory / "last.keras"), state["epoch"]
    directory.mkdir(parents=True, exist_ok=True)
    model.fit(
        data.dataset(method.batch_size, seed, initial_epoch=done, with_labels=False),
        epochs=all_epochs,
        initial_epoch=done,
        steps_per_epoch=steps,
        callbacks=[NanGuard(), Checkpoints(directory)],
        verbose=2,
    )
    return model


def _create(method, data_shape, seed, steps):
    schedule = keras.optimizers.schedules.CosineDecay(method.learning_rate, steps)
    class_name, settings = _OPTIMIZERS[method.optimizer]
    config = {"learning_rate": schedule, **settings}
    optimizers = {
        name: keras.optimizers.get({"class_name": class_name, "config": dict(config)})
        for name in registry.get(method.recipe).optimizers
    }
    return ganzoo.create(
        method.recipe,
        data_shape,
        seed=seed,
        precision=method.precision,
        value_range=(0.0, 1.0),
        **method.settings,
        **optimizers,
    )


def _copy_weights(source, target):
    for name in source.network_names:
        getattr(target, name).set_weights(getattr(source, name).get_weights())


def _in_float32(model, method):
    if method.precision == "float32":
        return model
    copy = _create(method._replace(precision="float32"), model.data_shape, model.seed, steps=1)
    _copy_weights(model, copy)
    copy.iteration.assign(model.iteration)
    return copy


def log_likelihood(model, method, images, directory):
    """log p(x) of test images [images], in nats, as well as the model allows to tell it.

    Returns:
      The values, and a dict: "estimate" says what they are; of a restricted Boltzmann machine
      "log_partition" is the log Z that they have been normalized by.
    """
    x = ganzoo.data.load("mnist", split="test", binarized="static").scaled()[:images]
    if hasattr(model, "unnormalized_log_prob"):
        machine = model.rbm.get_layer("machine")
        mean = ganzoo.data.load("mnist", binarized="static").scaled().mean(axis=0)
        log_partition, error = metrics.likelihood.annealed_log_partition(
            *(weights.numpy() for weights in machine.weights), data_mean=mean, **_ANNEALING
        )
        print(f"log Z: {log_partition:.3f}, relative standard error of Z {error:.3f}")
        values = np.asarray(model.unnormalized_log_prob(x), np.float64) - log_partition
        name = "annealed log Z ({num_chains} chains of {num_distributions})".format(**_ANNEALING)
        return values, {"estimate": name, "log_partition": log_partition}
    if hasattr(model, "log_prob"):
        values = over_batches(lambda _, part: np.asarray(model.log_prob(part)), (x,), 500)
        return values, {"estimate": "exact"}
    values = metrics.likelihood.importance_bound(
        model,
        x,
        method.bound_samples,
        progress=lambda done, count: print(f"bound: {done} of {count}"),
        resume=directory / "bound.npz",
    )
    return values, {"estimate": f"bound of {method.bound_samples} samples"}
