"""Scores of a model against a data set."""

import numpy as np

_MOST = 10_000
# Beyond this width the covariances of the Frechet distance take gigabytes and minutes.
_WIDEST = 2048


class Scores:
    """Compares what a model generates with real examples, always under one protocol.

    As many examples are generated, from one seed, as there are real ones: the test examples, or the
    training examples of a data set without a test split, 10,000 at most.

    Args:
        train: `ganzoo.data.Data` the model is trained on.
        test: `Data` to compare with, or None.
        extractor: "name", "name:path of its weights", or None for the classifier of the data set
            where the package has one, and pixels elsewhere.
        seed: int, of the generated examples.
    """

    def __init__(self, train, test=None, extractor=None, seed=0):
        from ganzoo.metrics import extractors

        self._train = train
        self._has_test = test is not None
        real = test if self._has_test else train
        self._real = _to_signed(real.scaled(_spread(len(real))), real.value_range)
        self.seed = seed
        name, _, path = (extractor or _default_extractor(train)).partition(":")
        self._extractor = extractors.load(name, path=path or None)
        self.extractor_name = name
        self._wide = name == "pixels" and self._real[0].size > _WIDEST
        self._moments = None
        self._extractor.features(self._real[:1])  # Images of a wrong shape are refused here.

    @property
    def monitor(self):
        """Name of the score that chooses the best model; smaller is better."""
        from ganzoo.metrics import names

        if self._wide:
            return names.score("sliced_wasserstein", "pixels", len(self._real))
        return names.score("frechet", self.extractor_name, len(self._real))

    @property
    def protocol(self):
        """What was compared with what, for the record."""
        return {
            "dataset": self._train.name,
            "real": "test" if self._has_test else "train",
            "num_real": len(self._real),
            "num_generated": len(self._real),
            "extractor": self.extractor_name,
            "seed": self.seed,
        }

    def quick(self, model):
        """The one score that chooses the best model: a dict of its name and value."""
        from ganzoo import metrics

        generated = self._generate(model)
        if self._wide:
            return {self.monitor: metrics.sliced_wasserstein(_flat(self._real), _flat(generated))}
        if self._moments is None:
            self._moments = metrics.moments(self._extractor.features(self._real))
        moments = metrics.moments(self._extractor.features(generated))
        return {self.monitor: metrics.frechet_distance_of_moments(*self._moments, *moments)}

    def all(self, model):
        """Every score that applies: a dict of names and values."""
        return self._all(self._generate(model), memorized=True)

    def floor(self):
        """The scores of training examples in place of generated ones; None without a test split.

        A model that knows the distribution exactly does as well, up to the luck of the draw.
        """
        if not self._has_test:
            return None
        chosen = _spread(len(self._train), len(self._real))
        return self._all(_to_signed(self._train.scaled(chosen), self._train.value_range))

    def _all(self, generated, memorized=False):
        from ganzoo import metrics
        from ganzoo.data import bits

        if self._wide:
            return {self.monitor: metrics.sliced_wasserstein(_flat(self._real), _flat(generated))}
        train = None
        # Of few states all are in the training set: there is nothing to copy.
        if memorized and self._has_test and self._train.name not in bits.SAMPLERS:
            train = _to_signed(self._train.scaled(), self._train.value_range)
        return metrics.evaluate_samples(
            self._real,
            generated,
            self._extractor,
            train=train,
            modes=metrics.MODES.get(self._train.name),
        )

    def _generate(self, model):
        samples = np.asarray(model.generate(len(self._real), seed=self.seed), np.float32)
        if self._train.value_range is not None:
            # A network without a bounded output overshoots, and no picture shows by how much.
            samples = np.clip(samples, *self._train.value_range)
        return _to_signed(samples, self._train.value_range)


def _default_extractor(data):
    from ganzoo.metrics import classifiers

    name = f"{data.name}_cnn"
    architecture = classifiers.ARCHITECTURES.get(name)
    if architecture and architecture.data_shape == tuple(data.data_shape):
        return name
    return "pixels"


def _spread(count, most=_MOST):
    """Indices of at most `most` of `count` examples, evenly spread."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(int)


def _to_signed(samples, value_range):
    """Images of any range in [-1, 1], which extractors take; vectors as they are."""
    if value_range is None:
        return samples
    low, high = value_range
    return (samples - low) * (2.0 / (high - low)) - 1.0


def _flat(samples):
    return samples.reshape(len(samples), -1)
