"""Keras layers that Keras does not have."""

from ganzoo.layers.batch_normalization import BatchNormalization, held_statistics
from ganzoo.layers.concatenate_label import ConcatenateLabel

__all__ = ["BatchNormalization", "ConcatenateLabel", "held_statistics"]
