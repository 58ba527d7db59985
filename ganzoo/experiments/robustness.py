"""Seven architectures under four objectives: what trains whatever the networks are.

Figure 2 of "Improved Training of Wasserstein GANs" (Gulrajani et al. 2017, arXiv 1704.00028), which
trains them on LSUN bedrooms of 64 pixels: with one setting for all rows, only the gradient penalty
trains each of them.

Protocol: `digits`, 8x8, 1,442 training images, width 32, minibatches of 64, 3,000 generator
updates, latents 128-dimensional N(0, I). The settings of a method are those of the released code
and the same in every row: DCGAN's loss with Adam 2e-4 and beta_1 0.5; LSGAN, targets 0 and 1,
RMSProp 1e-4; WGAN, clipped at 0.01, five critic updates, RMSProp 5e-5; WGAN-GP, weight 10, five
critic updates, Adam 1e-4 with beta_1 0 and beta_2 0.9. Discriminators have batch normalization
where the row has any, and layer normalization under the gradient penalty.

A training counts as a success if at least half of the test images are covered, by as many samples
as there are test images: have one nearer than their fifth test neighbor, in the features of
`digits_cnn`. The criterion was fixed before the first run. A training that meets NaN has failed.
"""

import keras
import numpy as np

import ganzoo
from ganzoo import metrics
from ganzoo.callbacks.pictures import image_grid
from ganzoo.experiments import records
from ganzoo.experiments.robustness_networks import ARCHITECTURES, critic, generator
from ganzoo.metrics import extractors
from ganzoo.models import arguments


def _optimizer(name, rate, **settings):
    return {"class_name": name, "config": {"learning_rate": rate, **settings}}


# recipe -> optimizer of both players
METHODS = {
    "dcgan": _optimizer("Adam", 2e-4, beta_1=0.5),
    "lsgan": _optimizer("RMSprop", 1e-4),
    "wgan": _optimizer("RMSprop", 5e-5),
    "wgan_gp": _optimizer("Adam", 1e-4, beta_1=0.0, beta_2=0.9),
}
SUCCESS = 0.5
_BATCH_SIZE = 64
_LATENT_DIM = 128


def run(
    output,
    seeds=(0,),
    architectures=ARCHITECTURES,
    methods=tuple(METHODS),
    dataset="digits",
    steps=3000,
    width=32,
):
    """Trains every architecture by every method; rows that the table has are kept.

    Args:
      output: directory. `results/robustness.csv` has a row for each training,
        `figures/robustness.png` samples of the first seed: a row for each architecture, eight
        images for each method; `figures/robustness/` has each eight by themselves.
      seeds: of weights, noise and order of the data.
      architectures: of `robustness_networks.ARCHITECTURES`.
      methods: of `METHODS`.
      dataset: images with an extractor `<dataset>_cnn`.
      steps: generator updates.
      width: maps of the widest resolution.

    Returns:
      The rows, as dicts.

    Raises:
      ValueError: an architecture or a method of another name.
    """
    for architecture in architectures:
        arguments.choice("architectures", architecture, ARCHITECTURES)
    for method in methods:
        arguments.choice("methods", method, tuple(METHODS))
    data = ganzoo.data.load(dataset)
    test = ganzoo.data.load(dataset, split="test").scaled()
    extractor = extractors.load(f"{dataset}_cnn")
    real = extractor.features(test)
    table = records.Table(output, "robustness")
    gallery = records.Gallery(
        output,
        "robustness",
        [[_cell(each, method, steps) for method in METHODS] for each in ARCHITECTURES],
    )
    for seed in seeds:
        for architecture in architectures:
            for method in methods:
                protocol = {
                    "architecture": architecture,
                    "method": method,
                    "seed": seed,
                    "dataset": dataset,
                    "steps": steps,
                    "width": width,
                }
                if table.has(**protocol):
                    continue
                model = train(data, architecture, method, seed, steps, width)
                samples = model.generate(len(test), seed=0).numpy()
                row = {**protocol, **_scores(samples, real, extractor)}
                print(row, flush=True)
                table.add(row)
                if seed == seeds[0]:
                    gallery.add(_cell(architecture, method, steps), _picture(samples[:8]))
    return table.rows


def _cell(architecture, method, steps):
    return f"{ARCHITECTURES.index(architecture) + 1}_{method}_{steps}"


def _picture(samples):
    return image_grid(np.nan_to_num(samples), len(samples)).convert("L").quantize(32)


def train(data, architecture, method, seed, steps, width):
    """A model of a row and a column of the grid."""
    keras.utils.set_random_seed(seed)
    other = ganzoo.registry.get(method).model.network_names[0]
    normalization = "layer" if method == "wgan_gp" else "batch"
    model = ganzoo.create(
        method,
        data.data_shape,
        seed=seed,
        latent_distribution="normal",
        generator=generator(architecture, data.data_shape, _LATENT_DIM, width),
        generator_optimizer=METHODS[method],
        **{
            other: critic(architecture, data.data_shape, width, normalization),
            f"{other}_optimizer": METHODS[method],
        },
    )
    model.fit(
        data.dataset(_BATCH_SIZE, seed, with_labels=False),
        epochs=1,
        steps_per_epoch=steps,
        verbose=2,
    )
    return model


def _scores(samples, real, extractor):
    if not np.isfinite(samples).all():
        return {"frechet": "nan", "coverage": "0.000", "success": False}
    features = extractor.features(samples)
    coverage = metrics.manifold_scores(real, features).coverage
    return {
        "frechet": f"{metrics.frechet_distance(real, features):.2f}",
        "coverage": f"{coverage:.3f}",
        "success": coverage >= SUCCESS,
    }
