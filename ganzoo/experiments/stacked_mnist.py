"""Stacked MNIST: how many of a thousand modes a generator makes.

Three digits, drawn at random, are the three channels of an image: 1,000 modes, all as frequent as
each other but for the digits' own shares. VEEGAN (Srivastava et al. 2017, arXiv 1705.07761) and
PacGAN (Lin et al. 2018, arXiv 1712.04086) train on 128,000 stacks for 50 epochs and count on 26,000
samples; they report 99 and 78.9 modes for DCGAN and 1,000 for PacGAN with two samples in a pack.

Protocol: 128,000 fixed stacks, the recipes' networks at a quarter of their width (16 for 64) and
their other settings, minibatches of 64, a twentieth of the generator updates. `mnist_cnn` names the
digit of each channel; a mode is a triple that occurs; KL is that of the triples' shares from the
uniform distribution, in nats. Of real test stacks the same is in the row "data": what the
classifier and the finite sample make of a perfect generator. One mode alone has KL log 1000 =
6.908.
"""

import numpy as np

import ganzoo
from ganzoo.callbacks.pictures import image_grid
from ganzoo.data.data import Data
from ganzoo.experiments import records
from ganzoo.metrics import extractors

MODELS = (
    "dcgan",
    "lsgan",
    "wgan",
    "wgan_gp",
    "bgan",
    "relativistic_gan",
    "pacgan",
    "unrolled_gan",
    "sngan",
    "dragan",
    "feature_matching_gan",
    "presgan",
    "ebgan",
    "cramer_gan",
)
_STACKS = 128_000
_SAMPLES = 26_000
_BATCH_SIZE = 64
_WIDTH = 64  # of networks whose recipe says no other
_STEPS_AN_EPOCH = 500


def run(output, seeds=(0,), models=MODELS, steps=5_000):
    """Trains every model for every seed; rows that the table has are kept.

    Args:
      output: directory. `results/stacked_mnist.csv` has a row for each training,
        `figures/stacked_mnist.png` a row of the first seed's samples for each model;
        `figures/stacked_mnist/` has each row by itself.
      seeds: of weights, noise, the stacks and their order.
      models: recipes of images.
      steps: generator updates, a multiple of 500 or fewer.

    Returns:
      The rows, as dicts.

    Raises:
      ValueError: `steps` is above 500 and no multiple of it.
    """
    epochs = records.in_epochs(steps, _STEPS_AN_EPOCH)
    table = records.Table(output, "stacked_mnist")
    classifier = extractors.load("mnist_cnn")
    gallery = records.Gallery(output, "stacked_mnist", [[f"{name}_{steps}"] for name in MODELS])
    for seed in seeds:
        if not table.has(model="data", seed=seed):
            rows = _row(
                "data", seed, "", count(stacks("test", _SAMPLES, seed).scaled(), classifier)
            )
            table.add(rows)
        data = stacks("train", _STACKS, seed)
        for name in models:
            if table.has(model=name, seed=seed, steps=steps):
                continue
            model = train(name, data, seed, epochs)
            samples = model.generate(_SAMPLES, seed=0).numpy()
            row = _row(name, seed, steps, count(samples, classifier))
            print(row, flush=True)
            table.add(row)
            if seed == seeds[0]:
                gallery.add(f"{name}_{steps}", image_grid(samples[:16], 16).quantize(64))
    return table.rows


def stacks(split, count, seed):
    """`Data` of images uint8 [count, 28, 28, 3], three random digits of a split of MNIST each."""
    digits = ganzoo.data.load("mnist", split=split).examples[..., 0]
    chosen = np.random.default_rng([seed, split == "test"]).integers(len(digits), size=(count, 3))
    images = np.stack([digits[chosen[:, channel]] for channel in range(3)], axis=-1)
    return Data("stacked_mnist", images, value_range=(-1.0, 1.0))


def train(name, data, seed, epochs):
    """A recipe after the generator updates of `records.in_epochs`."""
    recipe = ganzoo.registry.get(name)
    model = ganzoo.create(name, data.data_shape, seed=seed, **narrow(recipe))
    model.fit(
        data.dataset(_BATCH_SIZE, seed, with_labels=False),
        verbose=2,
        **epochs,
    )
    return model


def narrow(recipe):
    """Settings of the recipe's networks that make them a quarter as wide; a scale has no width."""
    return {
        network: {"width": settings.get("width", _WIDTH) // 4}
        for network, settings in recipe.networks.items()
        if network != "scale"
    }


def count(images, classifier):
    """(modes, KL from uniform in nats) of stacks [N, 28, 28, 3] in [-1, 1]."""
    digits = [
        np.argmax(classifier.probabilities(images[..., channel : channel + 1]), axis=1)
        for channel in range(3)
    ]
    return statistics(100 * digits[0] + 10 * digits[1] + digits[2])


def statistics(triples):
    """(number of different ones, KL of their shares from uniform) of integers [N] below 1000."""
    shares = np.bincount(triples, minlength=1000) / len(triples)
    present = shares[shares > 0.0]
    return len(present), float(np.sum(present * np.log(1000.0 * present)))


def _row(model, seed, steps, found):
    modes, divergence = found
    return {
        "model": model,
        "seed": seed,
        "steps": steps,
        "modes": modes,
        "kl_from_uniform": f"{divergence:.4f}",
    }
