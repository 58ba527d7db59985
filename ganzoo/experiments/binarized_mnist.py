"""Estimators of discrete generators on binarized MNIST.

The reweighted generator against the score function, straight-through, Gumbel-softmax and WGAN-GP on
probabilities: section 4.1.3 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the
first text of arXiv 1702.08431), and how often the discriminator is fooled, section 4.1.5.

Protocol: MNIST, 60,000 training images, binarized anew at every presentation; the settings of each
method's recipe, but networks of the given width, M samples of each latent where a method takes
several, and the better of the learning rates on the first seed; one budget, images of the data set
seen. Scores compare as many samples as there are test images with the test images, binarized once,
in the features of `mnist_cnn`, which was trained on gray images. The row "training images (floor)"
has training images in the place of samples.
"""

import keras
import numpy as np

import ganzoo
from ganzoo import metrics, registry
from ganzoo.callbacks.pictures import image_grid
from ganzoo.experiments import records
from ganzoo.metrics import extractors

METHODS = {  # name in the table -> recipe, its settings
    "bgan_discrete": ("bgan_discrete", {}),
    "bgan_discrete global": ("bgan_discrete", {"estimator": "global"}),
    "bgan_discrete reinforce": ("bgan_discrete", {"estimator": "reinforce"}),
    "reinforce_gan": ("reinforce_gan", {}),
    "straight_through_gan": ("straight_through_gan", {}),
    "gumbel_gan soft": ("gumbel_gan", {}),
    "gumbel_gan straight-through": ("gumbel_gan", {"hard": True}),
    "wgan_gp_discrete": ("wgan_gp_discrete", {}),
}
FLOOR = "training images (floor)"
_STEPS_OF_A_POINT = 10  # of the curves


def run(
    output,
    seeds=(0, 1, 2),
    methods=tuple(METHODS),
    images_seen=64_000,
    width=32,
    num_samples=10,
    learning_rates=(1e-4, 1e-3),
    batch_size=64,
):
    """Trains every method on every seed; what the table holds already is not trained again.

    Args:
      output: directory. `results/binarized_mnist.csv` has a row for each training,
        `results/binarized_mnist_fooled.csv` the curves, `figures/binarized_mnist_*.png` samples of
        the first seed, `figures/binarized_mnist.png` the curves.
      seeds: of weights, noise and order of the data.
      methods: names of `METHODS`.
      images_seen: data that one training uses.
      width: maps after the first convolution, and a sixteenth of the dense units; 64 in the
        released code.
      num_samples: M, 20 in the released code and 10 in its later version.
      learning_rates: of all Adam optimizers; 1e-4 in the released code, 1e-3 in its later version.
      batch_size: minibatch m.

    Returns:
      The rows, as dicts.
    """
    train = ganzoo.data.load("mnist", binarized="dynamic")
    test = ganzoo.data.load("mnist", split="test", binarized="static")
    extractor = extractors.load("mnist_cnn")
    real, _ = _features(extractor, test.scaled())
    table = records.Table(output, "binarized_mnist")
    curves = records.Table(output, "binarized_mnist_fooled")

    budget = {
        "images_seen": images_seen,
        "width": width,
        "num_samples": num_samples,
        "batch_size": batch_size,
    }
    if not table.has(method=FLOOR):
        samples = train.scaled(np.arange(len(test)))
        blank = dict.fromkeys(("seed", "learning_rate", *budget), "")
        table.add(
            {
                "method": FLOOR,
                **blank,
                **_scores(real, *_features(extractor, samples)),
            }
        )

    def train_once(method, seed, learning_rate):
        protocol = {"method": method, "seed": seed, "learning_rate": learning_rate, **budget}
        if table.has(**protocol):
            return
        model, fooled_rates = _train(method, seed, learning_rate, train, **budget)
        samples = model.generate(len(test), seed=seed).numpy()
        if seed == seeds[0]:
            _save_samples(output, f"{method}_{learning_rate:g}", samples)
        points = enumerate(fooled_rates, 1)
        curves.add(
            *(
                {**protocol, "step": point * _STEPS_OF_A_POINT, "fooled_rate": f"{rate:.4f}"}
                for point, rate in points
            )
        )
        scores = _scores(real, *_features(extractor, samples))
        table.add({**protocol, **scores})
        print(table.rows[-1], flush=True)

    for method in methods:
        for learning_rate in learning_rates:
            train_once(method, seeds[0], learning_rate)
    for seed in seeds[1:]:
        for method in methods:
            train_once(method, seed, _best_rate(table, method, seeds[0], budget))
    _draw(output, curves.rows)
    return table.rows


def _best_rate(table, method, seed, budget):
    """The learning rate with the smallest Fréchet distance on this seed."""
    mine = table.matching(method=method, seed=seed, **budget)
    return float(min(mine, key=lambda row: float(row["frechet"]))["learning_rate"])


def _train(method, seed, learning_rate, train, images_seen, width, num_samples, batch_size):
    """The trained model, and the rate at which its discriminator was fooled, every ten steps."""
    recipe, settings = METHODS[method]
    opponent = "critic" if recipe == "wgan_gp_discrete" else "discriminator"
    sizes = {"width": width, "dense_units": 16 * width}
    settings = {**settings, "generator": sizes, opponent: sizes}
    if recipe == "bgan_discrete":
        settings["num_samples"] = num_samples
    for name, optimizer in registry.get(recipe).optimizers.items():
        config = {**optimizer["config"], "learning_rate": learning_rate}
        settings[name] = {**optimizer, "config": config}
    model = ganzoo.create(recipe, train.data_shape, seed=seed, **settings)
    steps = images_seen // (batch_size * model.minibatches_per_step)
    progress = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: (
            epoch % 20 == 0
            and print(
                f"{method} {seed} {learning_rate}: step {epoch * _STEPS_OF_A_POINT} of {steps}"
            )
        )
    )
    history = model.fit(
        train.dataset(batch_size, seed, with_labels=False),
        epochs=steps // _STEPS_OF_A_POINT,
        steps_per_epoch=_STEPS_OF_A_POINT,
        callbacks=[progress],
        verbose=0,
    )
    return model, history.history.get("fooled_rate", [])


def _features(extractor, images):
    return extractor.features_and_probabilities(2.0 * images - 1.0)


def _scores(real, features, probabilities):
    return {
        "frechet": f"{metrics.frechet_distance(real, features):.4f}",
        "kernel": f"{metrics.kernel_distance(real, features)[0]:.5f}",
        "confident_share": f"{metrics.confident_share(probabilities):.4f}",
        "class_total_variation": f"{metrics.class_total_variation(probabilities):.4f}",
        "classes": " ".join(f"{share:.3f}" for share in metrics.class_histogram(probabilities)),
    }


def _save_samples(output, method, samples):
    name = method.replace(" ", "_")
    picture = image_grid(samples[:64], 16, (0.0, 1.0))
    records.write_picture(output, f"binarized_mnist_{name}", picture.convert("1"))


def _draw(output, rows):
    """The fooled rate of every method, one panel for each, one line for each training."""
    from matplotlib.figure import Figure

    methods = list(dict.fromkeys(row["method"] for row in rows))
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    panels = figure.subplots(2, -(-len(methods) // 2), sharex=True, sharey=True).flat
    for method, panel in zip(methods, panels):
        trainings = {}
        for row in rows:
            if row["method"] == method:
                training = trainings.setdefault((str(row["seed"]), str(row["learning_rate"])), [])
                training.append((int(row["step"]), float(row["fooled_rate"])))
        for (seed, rate), points in trainings.items():
            label = f"seed {seed}, rate {float(rate):g}"
            panel.plot(*zip(*points), linewidth=0.8, label=label)
        panel.legend(fontsize=6)
        panel.set_title(method, fontsize=9)
        panel.set_ylim(bottom=0.0)
    figure.supxlabel("generator updates", fontsize=9)
    figure.supylabel("share of samples that D takes for data", fontsize=9)
    records.write_figure(output, "binarized_mnist", figure)
