"""Log-likelihoods of MNIST test images under the likelihood models.

Protocol: 60,000 training images, binarized anew at every presentation ("dynamic") or once
("static", by a draw of this package, not the published files); all 10,000 test images, binarized
once. No validation set: the last model counts. The learning rate of Adam falls exponentially to a
tenth of its start over the training. Every row names its estimate: models with an inference network
have a lower bound of so many samples, the others the exact value. The column "paper" holds what the
method's paper prints for its own, longer training, as remembered.
"""

from pathlib import Path

import keras
import numpy as np

import ganzoo
from ganzoo import metrics, registry
from ganzoo.callbacks import Checkpoints, NanGuard
from ganzoo.callbacks.checkpoints import read_state
from ganzoo.experiments import records

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
# name in the table -> recipe, its settings, its training, what the paper reports
METHODS = {
    "vae": ("vae", _VAE, {}, 86.76),
    "iwae k=5": ("iwae", {"num_samples": 5}, {}, 85.54),
    "iwae k=50": ("iwae", {"num_samples": 50}, {}, 84.78),
}
_TRAINING = {
    "binarized": "dynamic",
    "epochs": 35,
    "learning_rate": 1e-3,
    "batch_size": 20,
}


def run(
    output,
    seeds=(0,),
    methods=tuple(METHODS),
    epochs=None,
    images=10_000,
    bound_samples=5000,
    runs="runs/mnist_nll",
):
    """Trains and evaluates every method; goes on where it was interrupted.

    Args:
      output: directory. `results/mnist_nll.csv` has a row for each training.
      seeds: of initial weights, noise and order of the data.
      methods: names of `METHODS`.
      epochs: passes over the training images, instead of each method's own.
      images: test images, the first ones.
      bound_samples: k of the bounds.
      runs: directory of checkpoints.

    Returns:
      The rows, as dicts.
    """
    table = records.Table(output, "mnist_nll")
    for seed in seeds:
        for method in methods:
            recipe, settings, own, paper = METHODS[method]
            training = {**_TRAINING, **own}
            training["epochs"] = epochs or training["epochs"]
            protocol = {
                "method": method,
                "seed": seed,
                **{k: training[k] for k in ("binarized", "epochs", "batch_size", "learning_rate")},
            }
            if table.has(**protocol, images=images):
                continue
            model = _train(recipe, settings, training, seed, Path(runs) / f"{method}_{seed}")
            test = ganzoo.data.load("mnist", split="test", binarized="static").scaled()[:images]
            estimate, values = _log_likelihood(model, test, bound_samples)
            table.add(
                {
                    **protocol,
                    "estimate": estimate,
                    "images": images,
                    "negative_log_likelihood": f"{-values.mean():.3f}",
                    "standard_error": f"{values.std() / np.sqrt(len(values)):.3f}",
                    "paper": paper,
                }
            )
            print(table.rows[-1], flush=True)
    return table.rows


def _train(recipe, settings, training, seed, directory):
    """The model, trained from its last checkpoint on."""
    data = ganzoo.data.load("mnist", binarized=training["binarized"])
    steps = len(data) // training["batch_size"]
    state = read_state(directory / "last.keras")
    if state is None:
        schedule = keras.optimizers.schedules.ExponentialDecay(
            training["learning_rate"], steps * training["epochs"], decay_rate=0.1
        )
        optimizers = {
            name: keras.optimizers.Adam(schedule, epsilon=1e-4)
            for name in registry.get(recipe).optimizers
        }
        model = ganzoo.create(
            recipe, data.data_shape, seed=seed, value_range=(0.0, 1.0), **settings, **optimizers
        )
        done = 0
    else:
        model, done = keras.models.load_model(directory / "last.keras"), state["epoch"]
    directory.mkdir(parents=True, exist_ok=True)
    model.fit(
        data.dataset(training["batch_size"], seed, initial_epoch=done, with_labels=False),
        epochs=training["epochs"],
        initial_epoch=done,
        steps_per_epoch=steps,
        callbacks=[NanGuard(), Checkpoints(directory)],
        verbose=2,
    )
    return model


def _log_likelihood(model, x, bound_samples):
    """Name of the estimate of log p(x) that the model allows, and its values."""
    if hasattr(model, "log_prob"):
        parts = np.split(x, range(500, len(x), 500))
        return "exact", np.concatenate([np.asarray(model.log_prob(part)) for part in parts])
    values = metrics.likelihood.importance_bound(
        model, x, bound_samples, progress=lambda done, count: print(f"bound: {done} of {count}")
    )
    return f"bound of {bound_samples} samples", values
