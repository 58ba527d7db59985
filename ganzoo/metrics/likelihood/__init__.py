"""Likelihoods of models that have none in closed form, and what makes likelihoods comparable.

Everything is in nats for each example, a sum over its dimensions, and is accumulated in float64.
"""

from ganzoo.metrics.likelihood.annealed import (
    BidirectionalBounds,
    annealed_importance,
    bidirectional_bounds,
)
from ganzoo.metrics.likelihood.decoders import Decoder, decoder_of
from ganzoo.metrics.likelihood.importance import importance_bound
from ganzoo.metrics.likelihood.parzen import choose_sigma, parzen_log_density

__all__ = [
    "BidirectionalBounds",
    "Decoder",
    "annealed_importance",
    "bidirectional_bounds",
    "choose_sigma",
    "decoder_of",
    "importance_bound",
    "parzen_log_density",
]
