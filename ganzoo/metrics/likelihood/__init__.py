"""Likelihoods of models that have none in closed form, and what makes likelihoods comparable.

Everything is in nats for each example, a sum over its dimensions, and is accumulated in float64.
"""

from ganzoo.metrics.likelihood.annealed import (
    BidirectionalBounds,
    annealed_importance,
    bidirectional_bounds,
)
from ganzoo.metrics.likelihood.bits import bits_per_dimension
from ganzoo.metrics.likelihood.decoders import Decoder, decoder_of, gains_by_xla
from ganzoo.metrics.likelihood.importance import importance_bound
from ganzoo.metrics.likelihood.parzen import choose_sigma, parzen_log_density
from ganzoo.metrics.likelihood.rbm import (
    annealed_log_partition,
    exact_log_partition,
    free_energy,
)

__all__ = [
    "BidirectionalBounds",
    "Decoder",
    "annealed_importance",
    "annealed_log_partition",
    "bidirectional_bounds",
    "bits_per_dimension",
    "choose_sigma",
    "decoder_of",
    "exact_log_partition",
    "free_energy",
    "gains_by_xla",
    "importance_bound",
    "parzen_log_density",
]
