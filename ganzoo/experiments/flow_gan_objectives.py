"""Likelihood against sample quality of one flow, from adversarial to maximum likelihood training.

Grover, Dhar and Ermon 2018, "Flow-GAN", arXiv 1705.08868, section 4: the same NICE flow on gray
MNIST, trained with the objective of equation 5 for several lambda, only the objective changes.

Protocol: 60,000 training images, dequantized anew at every presentation; Adam and the other
settings of the recipe `flow_gan` but for the sizes below; the last weights count. Negative
log-likelihoods are of test images, dequantized by uniform noise that is the same for all rows of
a seed, in nats of pixels in [0, 1]. Scores of samples compare as many of them as there are test
images with the test images, in the features of `mnist_cnn`. lambda = inf is maximum likelihood
alone: a weight of 0 for the adversary.
"""

import keras
import numpy as np

import ganzoo
from ganzoo import metrics
from ganzoo.callbacks.pictures import image_grid
from ganzoo.experiments import records
from ganzoo.metrics import extractors

LAMBDAS = (0.0, 0.001, 0.01, 0.1, 1.0, np.inf)
_REPORTS = 10  # of the progress of a training


def run(
    output,
    seeds=(0, 1, 2),
    lambdas=LAMBDAS,
    steps=4000,
    units=(256, 256, 256),
    critic_width=16,
    critic_steps=2,
    batch_size=100,
    images=10_000,
):
    """Trains the flow for every lambda and seed; rows that the table has are kept.

    Args:
      output: directory. `results/flow_gan_objectives.csv` has a row for each training,
        `figures/flow_gan_objectives.png` the two axes, `figures/flow_gan_samples.png` a row of the
        first seed's samples for each lambda.
      seeds: of weights, noise and order of the data.
      lambdas: weights of the likelihood beside an adversarial weight of 1; inf for 1 beside 0.
      steps: generator updates, a multiple of 10.
      units: of the perceptron in each of the four couplings; five layers of 1000 in the paper's
        code.
      critic_width: maps of the critic's first convolution; 64 in the recipe.
      critic_steps: before each generator update; 5 in the paper's code.
      batch_size: of one update.
      images: test images, and samples, that count.

    Returns:
      The rows, as dicts.

    Raises:
      ValueError: `steps` that are no multiple of 10.
    """
    records.check_steps(steps, _REPORTS)
    data = ganzoo.data.load("mnist")
    test = ganzoo.data.load("mnist", split="test").scaled(np.arange(images))
    extractor = extractors.load("mnist_cnn")
    real, _ = extractor.features_and_probabilities(test)
    table = records.Table(output, "flow_gan_objectives")
    pictures = []
    for seed in seeds:
        for weight in lambdas:
            protocol = {
                "lambda": weight,
                "seed": seed,
                "steps": steps,
                "critic_steps": critic_steps,
                "batch_size": batch_size,
                "units": " ".join(map(str, units)),
                "critic_width": critic_width,
                "dequantization": "uniform",
            }
            if table.has(**protocol):
                continue
            model = _train(data, seed, weight, steps, units, critic_width, critic_steps, batch_size)
            scores = model.evaluate(test, batch_size=500, verbose=0, return_dict=True)
            nats = scores["negative_log_likelihood"]
            samples = model.generate(images, seed=seed).numpy()
            features, probabilities = extractor.features_and_probabilities(samples)
            table.add(
                {
                    **protocol,
                    "negative_log_likelihood": f"{nats:.1f}",
                    "bits_per_dimension": f"{_bits(nats, data.data_shape):.3f}",
                    "frechet": f"{metrics.frechet_distance(real, features):.3f}",
                    "confident_share": f"{metrics.confident_share(probabilities):.4f}",
                }
            )
            print(table.rows[-1], flush=True)
            if seed == seeds[0]:
                pictures.append(samples[:16])
    if len(pictures) == len(lambdas):
        picture = image_grid(np.concatenate(pictures), 16)
        records.write_picture(output, "flow_gan_samples", picture.convert("L"))
    _draw(output, table.rows)
    return table.rows


def _train(data, seed, weight, steps, units, critic_width, critic_steps, batch_size):
    likelihood_alone = np.isinf(weight)
    model = ganzoo.create(
        "flow_gan",
        data.data_shape,
        seed=seed,
        value_range=data.value_range,
        likelihood_weight=1.0 if likelihood_alone else weight,
        adversarial_weight=0.0 if likelihood_alone else 1.0,
        critic_steps=1 if likelihood_alone else critic_steps,
        generator={"units": units},
        critic={"width": critic_width},
    )
    progress = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: print(
            f"lambda {weight:g}, seed {seed}: {epoch + 1} of {_REPORTS}, "
            f"{logs['negative_log_likelihood']:.1f} nats, "
            f"Wasserstein estimate {logs['wasserstein_estimate']:.2f}",
            flush=True,
        )
    )
    model.fit(
        data.dataset(batch_size, seed, with_labels=False),
        epochs=_REPORTS,
        steps_per_epoch=steps // _REPORTS,
        callbacks=[progress],
        verbose=0,
    )
    return model


def _bits(nats, shape):
    return metrics.likelihood.bits_per_dimension(nats, int(np.prod(shape)))


def _draw(output, rows):
    """Fréchet distance against nats, a point for each training, a color for each lambda."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for weight in dict.fromkeys(str(row["lambda"]) for row in rows):
        mine = [row for row in rows if str(row["lambda"]) == weight]
        axes.scatter(
            [float(row["negative_log_likelihood"]) for row in mine],
            [float(row["frechet"]) for row in mine],
            label=f"λ = {float(weight):g}".replace("inf", "∞"),
        )
    axes.set_xscale("symlog", linthresh=1000.0)
    axes.set_xticks([-3000, -1000, 0, 1000, 10_000], ["-3000", "-1000", "0", "1000", "10000"])
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("negative log-likelihood of test images, nats")
    axes.set_ylabel("Fréchet distance of samples")
    axes.legend(fontsize=8)
    records.write_figure(output, "flow_gan_objectives", figure)
