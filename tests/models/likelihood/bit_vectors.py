"""All bit vectors, bars and stripes, and how far draws are from a distribution over them."""

import keras
import numpy as np
import scipy.stats

import ganzoo

BARS_ENTROPY = 3.3790925052


def all_bits(size):
    """All vectors of `size` bits, [2^size, size]."""
    return ((np.arange(2**size)[:, None] >> np.arange(size)) & 1).astype("float32")


def randomized(model, seed=0):
    """The model with weights from N(0, 1)."""
    rng = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(size=weight.shape))
    return model


def probabilities(log_prob, size):
    """p(x) of all vectors in the order of `all_bits`, float64."""
    return np.exp(np.asarray(log_prob(all_bits(size)), "float64"))


def chi_square_p_value(samples, expected):
    """Of draws [N, size] under the probabilities `expected` in the order of `all_bits`.

    Vectors that are expected fewer than five times count as one.
    """
    size = samples.shape[1]
    numbers = np.asarray(samples).astype(int) @ (1 << np.arange(size))
    counts = np.bincount(numbers, minlength=2**size)
    expected = expected / expected.sum() * len(samples)
    rare = expected < 5
    counts = np.append(counts[~rare], counts[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    return scipy.stats.chisquare(counts[expected > 0], expected[expected > 0]).pvalue


def bars(side=4):
    """Bars and stripes [2^(side + 1), side, side, 1], every row as probable as any other."""
    lines = all_bits(side)
    rows = np.repeat(lines[:, :, None], side, axis=2)
    return np.concatenate([rows, rows.transpose(0, 2, 1)])[..., None]


def trained_on_bars(name, seed, **settings):
    """1500 steps of Adam 1e-2 on the whole distribution, and the exact -E log p(x) after them."""
    patterns = bars()
    model = ganzoo.create(
        name,
        (4, 4, 1),
        seed=seed,
        optimizer=keras.optimizers.Adam(1e-2),
        jit_compile=True,
        steps_per_execution=100,
        **settings,
    )
    steps = np.tile(patterns, (1500, 1, 1, 1))
    model.fit(steps, batch_size=len(patterns), shuffle=False, verbose=0)
    assert int(model.iteration) == 1500
    return model, -np.mean(np.asarray(model.log_prob(patterns), "float64"))
