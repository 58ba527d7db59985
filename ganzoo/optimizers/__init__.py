"""Optimizers that Keras does not have."""

from ganzoo.optimizers.sghmc import SGHMC

__all__ = ["SGHMC"]
