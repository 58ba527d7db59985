"""Discriminators of f-divergences: Nowozin et al. 2016, "f-GAN", arXiv 1606.00709; their weights:
Hjelm et al., ICLR 2018, "Boundary-Seeking GANs", arXiv 1702.08431, theorem 1.

With F = a(x) the raw output, nu a map into the domain of the convex conjugate f*, and p the density
of the data, q that of the generator,

    E_p[nu(F)] - E_q[f*(nu(F))] <= D_f(p || q),

with equality where p / q = w = (f*)'(nu(F)). nu is chosen such that w = exp(F) wherever it can be:

    divergence           nu(F)                 f*(nu(F))            w        D_f(p || q)
    gan                  -softplus(-F)         softplus(F)          exp(F)   2 JS(p, q) - log 4
    jensen_shannon       log 2 - softplus(-F)  softplus(F) - log 2  exp(F)   2 JS(p, q)
    kl                   F + 1                 exp(F)               exp(F)   KL(p || q)
    reverse_kl           -exp(-F)              F - 1                exp(F)   KL(q || p)
    squared_hellinger    1 - exp(-F/2)         exp(F/2) - 1         exp(F)   sum (sqrt p - sqrt q)^2
    pearson_chi_squared  F                     F^2/4 + F            F/2 + 1  sum (p - q)^2 / q

The discriminator minimizes the mean of `real_loss` over data plus the mean of `fake_loss` over
generated samples; the two counts may differ. Another name of a divergence is a ValueError.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ganzoo.losses.vectors import vector

# The weight of a sample that pearson_chi_squared gives none: its logarithm is finite.
_NO_WEIGHT = 1e-30


class _Formulas(NamedTuple):
    output: Callable  # nu(F)
    conjugate: Callable  # f*(nu(F))
    log_weight: Callable = lambda logits: logits


_FORMULAS = {
    "gan": _Formulas(
        lambda logits: -tf.nn.softplus(-logits),
        tf.nn.softplus,
    ),
    "jensen_shannon": _Formulas(
        lambda logits: math.log(2.0) - tf.nn.softplus(-logits),
        lambda logits: tf.nn.softplus(logits) - math.log(2.0),
    ),
    "kl": _Formulas(
        lambda logits: logits + 1.0,
        tf.exp,
    ),
    "reverse_kl": _Formulas(
        lambda logits: -tf.exp(-logits),
        lambda logits: logits - 1.0,
    ),
    "squared_hellinger": _Formulas(
        lambda logits: -tf.math.expm1(-0.5 * logits),
        lambda logits: tf.math.expm1(0.5 * logits),
    ),
    "pearson_chi_squared": _Formulas(
        lambda logits: logits,
        lambda logits: 0.25 * tf.square(logits) + logits,
        lambda logits: tf.math.log(tf.maximum(0.5 * logits + 1.0, _NO_WEIGHT)),
    ),
}

DIVERGENCES = tuple(_FORMULAS)


def real_loss(real_logits, divergence):
    """-nu(a(x)) [N]."""
    return -_formulas(divergence).output(vector(real_logits))


def fake_loss(fake_logits, divergence):
    """f*(nu(a(G(z)))) [N]."""
    return _formulas(divergence).conjugate(vector(fake_logits))


def log_weights(fake_logits, divergence):
    """log w = log (f*)'(nu(F)) for F = a(G(z)), in the shape of `fake_logits`.

    This is F itself, except that it is log(F/2 + 1) for pearson_chi_squared. There a sample with
    F <= -2 has no weight: the derivative of the conjugate of f on u >= 0 is zero. Its log w is the
    finite log 1e-30, so that the weights of samples that all have F <= -2 are uniform and not NaN.
    `fake_loss` keeps F^2/4 + F there, a valid bound as well, which brings F back to -2.
    """
    return _formulas(divergence).log_weight(fake_logits)


def _formulas(divergence):
    if divergence not in _FORMULAS:
        raise ValueError(
            f"divergence={divergence!r}: choose one of {', '.join(map(repr, DIVERGENCES))}"
        )
    return _FORMULAS[divergence]
