"""`Data`: examples in memory, their labels, and how to feed them to a model."""

from dataclasses import dataclass, field

import numpy as np

# Multiplying gives the same bits in NumPy and in TensorFlow, whose graph optimizer turns a
# division by a constant into this product. 255 maps to exactly 1, 0 to exactly -1 (or 0).
_TO_SIGNED = np.float32(1 / 127.5)
_TO_UNIT = np.float32(1 / 255)


@dataclass(frozen=True, eq=False)
class Data:
    """A data set in memory.

    Attributes:
        name: the name or path it was loaded by.
        examples: uint8 images [N, H, W, C]; or float32 vectors [N, D] or images, as they are fed;
            or, with `symbols`, integer category indices [N, *sites].
        labels: int32 [N], -1 where a label is not known, or None.
        num_classes: number of classes, or None.
        class_names: tuple of `num_classes` strings, or None.
        value_range: (low, high) of what the model sees: (-1, 1) for images, (0, 1) for binary and
            categorical data, None for unbounded vectors.
        dynamic_binarization: the images are grey levels of which every presentation samples
            Bernoulli pixels.
        seed: of the sample that `scaled` draws when the binarization is dynamic.
        symbols: None, or what each of the C >= 2 categories stands for: a tuple of C characters (a
            text) or of C colours (r, g, b) of integers in [0, 255] (a palette image). The model
            sees one-hot vectors, which are made batch by batch.
    """

    name: str
    examples: np.ndarray = field(repr=False)
    labels: np.ndarray | None = field(default=None, repr=False)
    num_classes: int | None = None
    class_names: tuple | None = None
    value_range: tuple | None = None
    dynamic_binarization: bool = False
    seed: int = 0
    symbols: tuple | None = field(default=None, repr=False)

    def __post_init__(self):
        if self.symbols is not None and len(self.symbols) < 2:
            raise ValueError(
                f"symbols={self.symbols!r}: categorical data take at least two symbols"
            )

    @property
    def data_shape(self):
        """Shape of one example as the model sees it."""
        sites = self.examples.shape[1:]
        return sites if self.symbols is None else (*sites, len(self.symbols))

    def __len__(self):
        return len(self.examples)

    def scaled(self, indices=None):
        """The examples as the model sees them.

        Args:
            indices: None for all, or anything that indexes the first axis and keeps it.

        Returns:
            float32 [n, *data_shape] in `value_range`. Under dynamic binarization one fixed sample
            of the pixels, the same at every call.
        """
        examples = self.examples
        if self.dynamic_binarization:
            examples = sample_pixels(examples, self.seed)
        if indices is not None:
            examples = examples[indices]
        if self.symbols is not None:
            return np.eye(len(self.symbols), dtype=np.float32)[examples]
        if examples.dtype != np.uint8:
            return np.array(examples)
        scaled = examples.astype(np.float32)
        if self.value_range == (0.0, 1.0):
            scaled *= _TO_UNIT
        else:
            scaled *= _TO_SIGNED
            scaled -= 1
        return scaled

    def dataset(
        self, batch_size, seed=0, initial_epoch=0, epochs=None, shuffle=True, with_labels=None
    ):
        """Batches for `fit`, without end unless `epochs` is given.

        Args:
            batch_size: examples of a batch; the remainder of each epoch is dropped.
            seed: each epoch's order, and its binarization, is a pure function of (seed, epoch).
            initial_epoch: the first epoch, to resume a run.
            epochs: the epoch at which to end, as in `keras.Model.fit`.
            shuffle: False keeps the order of the examples.
            with_labels: whether to yield labels; by default, if there are any.

        Returns:
            tf.data.Dataset of (x,) or (x, y): x float32 [batch_size, *data_shape] in `value_range`,
            y int32 [batch_size].

        Raises:
            ValueError: labels are asked for and there are none, or the batch exceeds the set.
        """
        import tensorflow as tf

        from ganzoo.data.pipeline import stream

        if with_labels is None:
            with_labels = self.labels is not None
        if with_labels and self.labels is None:
            raise ValueError(
                f"{self.name} has no labels: use with_labels=False, or a data set with labels "
                "(a folder with one subfolder per class, an .npz with y)"
            )

        def prepare(rows, key):
            x = rows[0]
            if self.dynamic_binarization:
                step_seed = tf.random.experimental.stateless_fold_in(key[:2], key[2])
                uniform = tf.random.stateless_uniform(tf.shape(x), step_seed, alg="philox")
                x = tf.cast(uniform < tf.cast(x, tf.float32) * _TO_UNIT, tf.float32)
            elif self.symbols is not None:
                x = tf.one_hot(x, len(self.symbols))
            elif x.dtype == tf.uint8:
                x = tf.cast(x, tf.float32)
                x = x * _TO_UNIT if self.value_range == (0.0, 1.0) else x * _TO_SIGNED - 1
            return (x, rows[1]) if with_labels else (x,)

        arrays = (self.examples, self.labels) if with_labels else (self.examples,)
        return stream(
            arrays, batch_size, prepare, seed, initial_epoch, epochs, shuffle, drop_remainder=True
        )


def hide_labels(labels, per_class, seed=0):
    """Keeps the labels of some examples of each class, for semi-supervised learning.

    Args:
        labels: integers [N].
        per_class: how many examples of each class keep their label, drawn without replacement.
        seed: of the draw.

    Returns:
        int32 [N]; -1 where the label is hidden.

    Raises:
        ValueError: `per_class` is no positive integer, or a class has fewer examples.
    """
    labels = np.asarray(labels)
    classes, counts = np.unique(labels, return_counts=True)
    fewest = int(counts.min())
    if not isinstance(per_class, (int, np.integer)) or not 1 <= per_class <= fewest:
        raise ValueError(
            f"per_class={per_class!r}: give an integer from 1 to {fewest}, the examples of class "
            f"{classes[counts.argmin()]}"
        )
    generator = np.random.default_rng(seed)
    hidden = np.full(len(labels), -1, np.int32)
    for label in classes:
        kept = generator.choice(np.flatnonzero(labels == label), per_class, replace=False)
        hidden[kept] = label
    return hidden


def sample_pixels(images, seed):
    """Bernoulli(grey level) for every pixel: uint8 images -> uint8 images of 0 and 255."""
    generator = np.random.default_rng(seed)
    sampled = np.empty_like(images)
    # in chunks: the uniform numbers take four times the memory of the images
    for start in range(0, len(images), 1000):
        chunk = images[start : start + 1000]
        uniform = generator.random(chunk.shape, dtype=np.float32)
        sampled[start : start + 1000] = np.where(uniform < chunk * _TO_UNIT, 255, 0)
    return sampled
