"""Reparameterized discrete generators over optimizers, learning rates and temperatures.

Section 4.1.5 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431): whether step functions and Gumbel-softmax train where the reweighted generator
does. The sweep of the authors' code at a size that fits: 8x8 digits, each binarized once, instead
of MNIST, DCGAN networks of width 16, 400 iterations of 64 images instead of 50 epochs of 128.

Protocol: non-saturating loss; {soft, straight-through} Gumbel-softmax and {deterministic, sampled}
step functions with straight-through gradients, and bgan_discrete (M = 10) as reference; Adam with
beta_1 0.5, RMSProp and SGD at 1e-2, 1e-3, 1e-4 and 1e-5, for both networks; temperature
max(3 exp(-rate t), 0.5) with t rounded down to multiples of 200 iterations, at the rates 1e-2, 1e-3
and 1e-4. The authors' code multiplies the present temperature with exp(-rate t) instead, which
compounds; that form is not used. All on the first seed; the setting of each method with the
smallest Fréchet distance on the first seed also on the others, whose numbers alone are free of that
choice.

Scores compare as many samples as there are test images with the test images, binarized once, in the
features of `digits_cnn`, which was trained on gray images. A training is "stuck", by a criterion
that was fixed before the sweep, if the discriminator takes less than 1 % of the samples for data in
the last quarter of the iterations, or if fewer than 3 classes have 1 % of the samples each. The row
"training images (floor)" has training images in the place of samples.
"""

import itertools

import numpy as np
import tensorflow as tf

import ganzoo
from ganzoo import metrics
from ganzoo.experiments import records
from ganzoo.metrics import extractors
from ganzoo.stochastic.schedules import ExponentialToFloor

METHODS = {  # name in the table -> recipe, its settings
    "gumbel, soft": ("gumbel_gan", {}),
    "gumbel, straight-through": ("gumbel_gan", {"hard": True}),
    "step, deterministic": ("straight_through_gan", {"step": "deterministic"}),
    "step, sampled": ("straight_through_gan", {}),
    "reweighted": ("bgan_discrete", {"num_samples": 10}),
}
OPTIMIZERS = {
    "adam": {"class_name": "Adam", "config": {"beta_1": 0.5}},
    "rmsprop": {"class_name": "RMSprop", "config": {}},
    "sgd": {"class_name": "SGD", "config": {}},
}
FLOOR = "training images (floor)"
MIN_CLASSES = 3
MIN_FOOLED_RATE = 0.01
MIN_CLASS_SHARE = 0.01
_PARTS = 4  # of a training; the fooled rate is that of the last


def run(
    output,
    seeds=(0, 1, 2),
    methods=tuple(METHODS),
    optimizers=tuple(OPTIMIZERS),
    learning_rates=(1e-2, 1e-3, 1e-4, 1e-5),
    anneal_rates=(1e-2, 1e-3, 1e-4),
    steps=400,
    width=16,
    batch_size=64,
):
    """Trains every setting on the first seed and the best ones on all; resumes where it stopped.

    Args:
      output: directory. `results/reparameterization.csv` has a row for each training,
        `results/reparameterization_methods.csv` one for each method, of its share of stuck
        trainings and its best setting; `figures/reparameterization.png` shows the sweep.
      seeds: of weights, noise and order of the data.
      methods, optimizers: names of `METHODS` and `OPTIMIZERS`.
      learning_rates: of both networks.
      anneal_rates: of the temperature; methods without one ignore them.
      steps: iterations, a multiple of 4.
      width: maps after the first convolution of the discriminator, and before the generator's last.
      batch_size: minibatch m.

    Returns:
      The rows of the trainings, as dicts.

    Raises:
      ValueError: `steps` that are no multiple of 4.
    """
    records.check_steps(steps, _PARTS)
    data = ganzoo.data.load("digits", binarized="static")
    test = ganzoo.data.load("digits", split="test", binarized="static").scaled()
    extractor = extractors.load("digits_cnn")
    real, _ = _features(extractor, test)
    table = records.Table(output, "reparameterization")
    budget = {"steps": steps, "width": width, "batch_size": batch_size}
    settings = ("optimizer", "learning_rate", "anneal_rate", "seed")

    if not table.has(method=FLOOR):
        blank = dict.fromkeys((*settings, *budget), "")
        scores = _scores(real, *_features(extractor, data.scaled()[: len(test)]))
        table.add({"method": FLOOR, **blank, **scores, "fooled_rate": "", "stuck": ""})

    def train(method, optimizer, seed, rates):
        training = None
        for learning_rate, anneal_rate in rates:
            values = (optimizer, learning_rate, anneal_rate, seed)
            protocol = {"method": method, **dict(zip(settings, values)), **budget}
            if table.has(**protocol):
                continue
            training = training or Training(method, optimizer, seed, data, **budget)
            fooled_rate = training.run(learning_rate, anneal_rate)
            samples = training.model.generate(len(test), seed=seed).numpy()
            scores = _scores(real, *_features(extractor, samples))
            stuck = fooled_rate < MIN_FOOLED_RATE or scores["classes_hit"] < MIN_CLASSES
            table.add(
                {**protocol, **scores, "fooled_rate": f"{fooled_rate:.4f}", "stuck": int(stuck)}
            )
            print(table.rows[-1], flush=True)

    for method in methods:
        # The others have no temperature.
        of_method = anneal_rates if METHODS[method][0] == "gumbel_gan" else ("",)
        for optimizer in optimizers:
            train(method, optimizer, seeds[0], itertools.product(learning_rates, of_method))
    summaries = []
    for method in methods:
        sweep = _where(table.rows, method=method, seed=seeds[0], **budget)
        best = min(sweep, key=lambda row: float(row["frechet"]))
        setting = {name: best[name] for name in settings if name != "seed"}
        for seed in seeds[1:]:
            rates = best["learning_rate"], best["anneal_rate"]
            train(method, best["optimizer"], seed, [rates])
        repeated = _where(table.rows, method=method, **setting, **budget)
        summaries.append(
            {
                "method": method,
                "trainings": len(sweep),
                "stuck_share": f"{np.mean([int(row['stuck']) for row in sweep]):.3f}",
                "median_frechet": f"{np.median([float(row['frechet']) for row in sweep]):.4f}",
                **{f"best_{name}": value for name, value in setting.items()},
                "best_frechet": " ".join(row["frechet"] for row in repeated),
                "best_stuck": sum(int(row["stuck"]) for row in repeated),
            }
        )
    records.write_rows(output, "reparameterization_methods", summaries, seeds)
    _draw(output, _where(table.rows, seed=seeds[0], **budget), table.rows[0])
    return table.rows


class Training:
    """One compiled model that is trained anew, from the same start, for every pair of rates."""

    def __init__(self, method, optimizer, seed, data, steps, width, batch_size):
        recipe, settings = METHODS[method]
        self.dataset = data.dataset(batch_size, seed, with_labels=False)
        self.steps = steps // _PARTS
        self.temperature = ExponentialToFloor(initial=3.0, rate=1.0, floor=0.5, every=200)
        self.temperature.rate = tf.Variable(1.0, trainable=False)
        if recipe == "gumbel_gan":
            settings = {**settings, "temperature": self.temperature}
        sizes = {"width": width, "dense_units": None}
        self.model = ganzoo.create(
            recipe,
            data.data_shape,
            seed=seed,
            generator=sizes,
            discriminator=sizes,
            generator_optimizer=OPTIMIZERS[optimizer],
            discriminator_optimizer=OPTIMIZERS[optimizer],
            steps_per_execution=self.steps,
            **settings,
        )
        self.optimizers = [getattr(self.model, name) for name in self.model.optimizer_names]
        of_optimizers = [v for optimizer in self.optimizers for v in optimizer.variables]
        self.start = [(v, v.numpy()) for v in (*self.model.variables, *of_optimizers)]

    def run(self, learning_rate, anneal_rate):
        """Trains; returns the rate at which D was fooled in the last quarter of the steps."""
        for variable, value in self.start:
            variable.assign(value)
        for optimizer in self.optimizers:
            optimizer.learning_rate = float(learning_rate)
        if anneal_rate != "":
            self.temperature.rate.assign(float(anneal_rate))
        history = self.model.fit(self.dataset, epochs=_PARTS, steps_per_epoch=self.steps, verbose=0)
        return history.history["fooled_rate"][-1]


def _where(rows, **values):
    """The rows with these values."""
    wanted = {name: str(value) for name, value in values.items()}
    return [row for row in rows if all(str(row[k]) == v for k, v in wanted.items())]


def _features(extractor, images):
    return extractor.features_and_probabilities(2.0 * images - 1.0)


def _scores(real, features, probabilities):
    shares = metrics.class_histogram(probabilities)
    return {
        "frechet": f"{metrics.frechet_distance(real, features):.4f}",
        "classes_hit": int(np.sum(shares >= MIN_CLASS_SHARE)),
        "confident_share": f"{metrics.confident_share(probabilities):.4f}",
    }


def _draw(output, rows, floor):
    """Fréchet distance over learning rates: a panel for each optimizer, crosses for the stuck."""
    from matplotlib.figure import Figure

    optimizers = list(dict.fromkeys(row["optimizer"] for row in rows))
    methods = list(dict.fromkeys(row["method"] for row in rows))
    figure = Figure(figsize=(10, 4), layout="constrained")
    panels = figure.subplots(1, len(optimizers), sharey=True, squeeze=False)[0]
    for panel, optimizer in zip(panels, optimizers):
        for number, method in enumerate(methods):
            mine = _where(rows, method=method, optimizer=optimizer)
            points = {}
            for row in mine:
                rate, distance = float(row["learning_rate"]), float(row["frechet"])
                points.setdefault(rate, []).append(distance)
                marker = "x" if int(row["stuck"]) else "o"
                shifted = rate * 1.12 ** (number - len(methods) // 2)
                panel.plot(shifted, distance, marker, color=f"C{number}", markersize=4)
            rates = sorted(points)
            medians = [np.median(points[rate]) for rate in rates]
            panel.plot(rates, medians, color=f"C{number}", alpha=0.6, linewidth=1, label=method)
        panel.axhline(float(floor["frechet"]), color="black", linewidth=0.8, linestyle=":")
        panel.set(title=optimizer, xlabel="learning rate", xscale="log", yscale="log")
    panels[0].set_ylabel("Fréchet distance, digits_cnn")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    records.write_figure(output, "reparameterization", figure)
