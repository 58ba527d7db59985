"""Likelihoods of models that have none in closed form, and what makes likelihoods comparable.

Everything is in nats for each example, a sum over its dimensions, and is accumulated in float64.
"""

from ganzoo.metrics.likelihood.importance import importance_bound

__all__ = ["importance_bound"]
