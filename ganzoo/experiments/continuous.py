"""What the experiments on continuous data share: methods, networks, trainings and scores.

All methods have the same networks and latents: perceptrons of 128 units, three hidden layers in the
generator and two in the discriminator, standard normal latents, as the recipes have them for
vectors. Images of 8x8 are treated as vectors, with tanh at the output. Optimizers are those of the
recipes for vectors: Adam (0.5, 0.9), and RMSprop for `wgan`, whose weights are clipped at 0.1.
"""

import functools
import math

import numpy as np

import ganzoo
from ganzoo import metrics, registry
from ganzoo.metrics import extractors

METHODS = {  # name in the tables -> recipe, its settings
    "bgan": ("bgan", {}),
    "bgan, log Z": ("bgan", {"log_z_decay": 0.995}),
    "gan": ("gan", {}),
    "nsgan": ("nsgan", {}),
    "lsgan, target 1": ("lsgan", {}),
    "lsgan, target 1/2": ("lsgan", {"generator_target": 0.5}),
    "wgan, 1 critic step": ("wgan", {"critic_steps": 1}),
    "wgan, 5 critic steps": ("wgan", {"critic_steps": 5}),
}
LATENT_DIM = {"digits": 16}  # 8 for points
BATCH_SIZE = {"digits": 64}  # 256 for points
NUM_SAMPLES = {"digits": 1442}  # as there are training images; 2,500 points

_UNITS = {"generator": (128, 128, 128), "discriminator": (128, 128), "critic": (128, 128)}
_FARTHEST = 100.0  # a point that lies beyond has diverged; the data end before 3


def create(method, data, seed=0, learning_rate=1e-3, generator_steps=1, r1_weight=0.0, **settings):
    """A compiled model for one of `METHODS`.

    Args:
      method: name of `METHODS`.
      data: `ganzoo.data.Data` of points or images.
      seed: of weights and noise.
      learning_rate: of both optimizers.
      generator_steps: generator updates for each update of the discriminator, which moves once in
        so many iterations, on the mean gradient of their minibatches
        (`gradient_accumulation_steps` of its optimizer).
      r1_weight: gamma of the R1 penalty; `wgan` has none.
      **settings: further settings of `ganzoo.create`.
    """
    name, own = METHODS[method]
    recipe = registry.get(name)
    plan = {"latent_distribution": "normal", **recipe.vector, **own, **settings}
    del plan["batch_size"]
    plan["latent_dim"] = LATENT_DIM.get(data.name, plan["latent_dim"])
    for network in recipe.networks:
        plan[network] = {"architecture": "mlp", "units": _UNITS[network], "activation": "relu"}
        optimizer = plan[f"{network}_optimizer"]
        config = {**optimizer["config"], "learning_rate": learning_rate}
        if generator_steps > 1 and network != "generator":
            config["gradient_accumulation_steps"] = generator_steps
        plan[f"{network}_optimizer"] = {**optimizer, "config": config}
    plan["generator"]["output_activation"] = None if len(data.data_shape) == 1 else "tanh"
    if r1_weight:
        plan["r1_weight"] = r1_weight
    return ganzoo.create(name, data.data_shape, seed=seed, **plan)


class Trainings:
    """Trainings of one method on one data set, by one compiled step.

    Compiling takes longer than training. What differs between trainings is state: weights, slots
    and learning rate are copied from a new model, and the noise, a function of the model's seed and
    the iteration, is that from the iteration seed * 2^32 on.

    Args:
      method, generator_steps, r1_weight: see `create`.
      data: `ganzoo.data.Data`.
      iterations: generator updates of a training.
    """

    def __init__(self, method, data, iterations, generator_steps=1, r1_weight=0.0):
        self.data = data
        self.iterations = iterations
        self._create = lambda seed, learning_rate: create(
            method,
            data,
            seed,
            learning_rate,
            generator_steps,
            r1_weight,
            steps_per_execution=math.gcd(iterations, 50),
        )
        self._model = self._create(0, 1e-3)

    def run(self, seed, learning_rate):
        """Trains from new weights; returns float32 samples [`NUM_SAMPLES`, *data_shape]."""
        new, model = self._create(seed, learning_rate), self._model
        model.set_weights(new.get_weights())
        for name in model.optimizer_names:
            pairs = zip(getattr(model, name).variables, getattr(new, name).variables, strict=True)
            for variable, value in pairs:
                variable.assign(value)
        model.iteration.assign(seed * 2**32)
        batch_size = BATCH_SIZE.get(self.data.name, 256)
        model.fit(
            self.data.dataset(batch_size, seed, with_labels=False),
            steps_per_epoch=self.iterations,
            verbose=0,
        )
        return model.generate(NUM_SAMPLES.get(self.data.name, 2500), seed=seed).numpy()


def scores(data, samples):
    """Quality and coverage of samples, as strings; what does not apply, or diverged, is empty.

    Points: the 3-sigma rule of `ganzoo.metrics.mode_coverage`. Images: Fréchet distance to the
    test images in the features of `digits_cnn`, the share of samples that it is sure of, and the
    total variation between their classes and even ones.

    `outcome` is "diverged" where a sample is not finite, or a point farther than 100 from the
    origin; "collapsed" where fewer than half of the modes are covered, or where the total
    variation of the classes is 1/2 or more, as it is of five even classes; else "trained".
    """
    names = ("modes", "high_quality_share", "reverse_kl", "frechet", "confident", "class_variation")
    found = dict.fromkeys(names, "")
    if not np.all(np.abs(samples) < _FARTHEST):  # NaN is not
        return {**found, "outcome": "diverged"}
    if data.name in metrics.MODES:
        modes = metrics.MODES[data.name]
        coverage = metrics.mode_coverage(samples, modes)
        found["modes"] = coverage.num_modes
        found["high_quality_share"] = f"{coverage.high_quality_share:.4f}"
        if coverage.num_modes:
            found["reverse_kl"] = f"{coverage.reverse_kl:.4f}"
        is_collapsed = coverage.num_modes < len(modes.centers) / 2
    else:
        extractor, real = _digits_features()
        features, probabilities = extractor.features_and_probabilities(samples)
        distance = metrics.frechet_distance(real, features)
        variation = metrics.class_total_variation(probabilities)
        found["frechet"] = f"{distance:.3f}"
        found["confident"] = f"{metrics.confident_share(probabilities):.4f}"
        found["class_variation"] = f"{variation:.4f}"
        is_collapsed = variation >= 0.5
    return {**found, "outcome": "collapsed" if is_collapsed else "trained"}


@functools.cache
def _digits_features():
    """The extractor, and the features of the test images."""
    extractor = extractors.load("digits_cnn")
    return extractor, extractor.features(ganzoo.data.load("digits", split="test").scaled())
