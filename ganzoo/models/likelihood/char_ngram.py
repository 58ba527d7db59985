"""An n-gram model of characters: Shannon 1948, "A Mathematical Theory of Communication"."""

import keras
import numpy as np

from ganzoo.data import checks
from ganzoo.models import arguments, latents


@keras.saving.register_keras_serializable("ganzoo")
class CharNgram(keras.Model):
    """Every character by how often it followed the n - 1 before it.

    p(c_t | c_{t-n+1} ... c_{t-1}) = (count of the n-gram + a) / (count of its context + a V), with
    additive smoothing a; n - 1 start symbols stand before every sequence. An n-gram that never
    occurred is not stored, so n is not bounded by V^n.

    Where a = 0 a context that never occurred has the limit for a to 0, 1/V for every character.

    Fitting is counting: one pass in any order, no gradient and no optimizer, so it is no recipe.
    `save` and `keras.models.load_model` keep the counts.

    Args:
      data_shape: (L, V) of one-hot sequences.
      n: length of the n-grams, 1 or more; (V + 1)^n must be below 2^63.
      smoothing: a, at least 0.

    Raises:
      ValueError: a value out of its range.
    """

    def __init__(self, data_shape, n=4, smoothing=0.01, **kwargs):
        super().__init__(**kwargs)
        if len(data_shape) != 2 or min(data_shape) < 1:
            raise ValueError(
                f"data_shape={data_shape!r}: give (length, vocabulary) of one-hot sequences"
            )
        self.length, self.vocabulary = map(int, data_shape)
        self.n = arguments.integer("n", n, 1)
        self.smoothing = arguments.non_negative("smoothing", smoothing)
        # An n-gram is stored as one integer, its characters and the start symbol V as digits.
        self.base = self.vocabulary + 1
        if self.base**self.n >= 2**63:
            largest = max(m for m in range(1, self.n) if self.base**m < 2**63)
            raise ValueError(
                f"n={n}: n-grams over {self.vocabulary} characters are numbered up to n={largest}"
            )
        empty = np.zeros(0, np.int64)
        self._set_counts(empty, empty)
        self.built = True

    def _set_counts(self, ngrams, counts):
        """Keeps the sorted numbers of the n-grams that occur, and how often they do."""
        self.ngrams, self.ngram_counts = ngrams, counts
        self.contexts, which = np.unique(ngrams // self.base, return_inverse=True)
        self.context_counts = np.zeros(len(self.contexts), np.int64)
        np.add.at(self.context_counts, which, counts)

    def fit(self, x):
        """Counts the n-grams of one-hot sequences [N, L, V]; what was counted before is forgotten.

        Raises:
          ValueError: other shapes, other values than those of one-hot vectors, or no example.
        """
        ngrams, counts = np.unique(self._ngrams_of(x), return_counts=True)
        self._set_counts(ngrams, counts)
        return self

    def log_prob(self, x):
        """log p(x) in nats, float64 [N], for one-hot sequences [N, L, V]."""
        self._check_fitted()
        with np.errstate(divide="ignore"):
            return np.log(self._probability(self._ngrams_of(x))).sum(axis=1)

    def perplexity(self, x):
        """exp of the mean of -log p(c_t | ...) over all characters of [N, L, V]."""
        return float(np.exp(-self.log_prob(x).mean() / self.length))

    def next_probabilities(self, context):
        """p(c | context), [N, V], for category indices [N, n - 1], V for the start symbol."""
        self._check_fitted()
        number = self._number(np.asarray(context, np.int64))
        return self._probability(number[:, None] * self.base + np.arange(self.vocabulary))

    def generate(self, num_samples, seed=None):
        """One-hot sequences [num_samples, L, V], float32; the same seed gives the same ones."""
        arguments.integer("num_samples", num_samples, 1)
        seed = arguments.integer("seed", latents.fresh_seed() if seed is None else seed, 0)
        uniform = np.random.default_rng(seed).random((num_samples, self.length, 1))
        start = np.full((num_samples, self.n - 1), self.vocabulary)
        characters = np.concatenate([start, np.zeros((num_samples, self.length), int)], axis=1)
        for t in range(self.length):
            context = characters[:, t : t + self.n - 1]
            cumulative = np.cumsum(self.next_probabilities(context), axis=1)
            # The last sum is 1 up to rounding.
            below = cumulative <= uniform[:, t] * cumulative[:, -1:]
            characters[:, t + self.n - 1] = below.sum(axis=1)
        return np.eye(self.vocabulary, dtype=np.float32)[characters[:, self.n - 1 :]]

    def _check_fitted(self):
        if len(self.ngrams) == 0:
            raise ValueError("nothing has been counted yet: call fit(x) first")

    def _number(self, digits):
        """Digits [..., k] in base V + 1 as one int64 each, the first the highest."""
        return digits @ self.base ** np.arange(digits.shape[-1], dtype=np.int64)[::-1]

    def _ngrams_of(self, x):
        """Numbers of the n-grams that end at every character of [N, L, V], int64 [N, L]."""
        x = np.asarray(x)
        checks.check_examples(x, (self.length, self.vocabulary), (0.0, 1.0))
        checks.check_discrete(x, "categorical")
        padding = ((0, 0), (self.n - 1, 0))
        characters = np.pad(x.argmax(axis=-1), padding, constant_values=self.vocabulary)
        windows = np.lib.stride_tricks.sliding_window_view(characters, self.n, axis=1)
        return self._number(windows)

    def _probability(self, ngrams):
        """p(last character | the others) of numbered n-grams, float64."""
        counts = _looked_up(ngrams, self.ngrams, self.ngram_counts) + self.smoothing
        totals = _looked_up(ngrams // self.base, self.contexts, self.context_counts)
        totals = totals + self.smoothing * self.vocabulary
        uniform = np.full(ngrams.shape, 1 / self.vocabulary)
        return np.divide(counts, totals, out=uniform, where=totals > 0)

    def save_own_variables(self, store):
        store["ngrams"], store["ngram_counts"] = self.ngrams, self.ngram_counts

    def load_own_variables(self, store):
        self._set_counts(np.asarray(store["ngrams"]), np.asarray(store["ngram_counts"]))

    def get_config(self):
        return {
            "data_shape": (self.length, self.vocabulary),
            "n": self.n,
            "smoothing": self.smoothing,
            "name": self.name,
        }


def _looked_up(numbers, keys, values):
    """The values at `numbers` in a table with sorted keys, 0 where there is none."""
    places = np.minimum(np.searchsorted(keys, numbers), len(keys) - 1)
    return np.where(keys[places] == numbers, values[places], 0)
