"""A sigmoid belief net of 3 hidden and 4 visible bits, of which every expectation is a sum."""

import itertools

import keras
import numpy as np
import tensorflow as tf
from scipy.special import logsumexp

import ganzoo
from tests.models.likelihood.test_vae import bars

X = np.array([1.0, 0.0, 1.0, 1.0])
HIDDEN_BIAS = np.array([0.5, -0.3, 0.2])
VISIBLE_BIAS = np.array([0.1, -0.2, 0.3, 0.0])
KERNEL = np.fromfunction(lambda j, i: 0.1 * (j + 1) * (i + 1) * (-1) ** (i + j), (3, 4))
# q as broad as p(h), and q with probabilities 3/4, 1/2, 1/4 at X, which `draws` meet exactly.
PRIOR = {"kernel": np.zeros((4, 3)), "bias": HIDDEN_BIAS}
_OBLIQUE = np.random.default_rng(3).normal(size=(4, 3))
QUARTERS = {"kernel": _OBLIQUE, "bias": np.log([3.0, 1.0, 1 / 3]) - X @ _OBLIQUE}
P = {"prior": HIDDEN_BIAS, "kernel": KERNEL, "bias": VISIBLE_BIAS}


def bit_rows(size):
    """All vectors of bits [2^size, size]."""
    return np.array(list(itertools.product([0.0, 1.0], repeat=size)))


def bernoulli(logits, bits):
    """log p(bits), summed over the last axis."""
    return np.sum(bits * logits - np.logaddexp(0, logits), axis=-1)


def log_joint(p, x, hidden):
    """log p(x, h) in float64."""
    return bernoulli(p["prior"], hidden) + bernoulli(hidden @ p["kernel"] + p["bias"], x)


def log_posterior(q, x, hidden):
    """log q(h | x) in float64."""
    return bernoulli(x @ q["kernel"] + q["bias"], hidden)


def log_evidence(p, x):
    """log p(x), the sum over all hidden bits."""
    return logsumexp(log_joint(p, x, bit_rows(3)))


def bound(p, q, num_samples, x=X):
    """L_K, the expectation over all K-tuples of hidden states."""
    hidden = bit_rows(3)
    proposal = log_posterior(q, x, hidden)
    log_weights = log_joint(p, x, hidden) - proposal
    tuples = np.array(list(itertools.product(range(8), repeat=num_samples)))
    averages = logsumexp(log_weights[tuples], axis=1) - np.log(num_samples)
    return np.exp(proposal[tuples].sum(axis=1)) @ averages


def gradients(function, weights, step=1e-5):
    """Central differences of function(weights), in the form of the dict of arrays."""
    results = {name: np.zeros(np.shape(value)) for name, value in weights.items()}
    for name, result in results.items():
        for index in np.ndindex(result.shape):
            ends = []
            for sign in (1, -1):
                moved = {key: np.array(value) for key, value in weights.items()}
                moved[name][index] += sign * step
                ends.append(function(moved))
            result[index] = (ends[0] - ends[1]) / (2 * step)
    return results


def golden(name, q=PRIOR, rate=1.0, **settings):
    """The recipe `name` with the weights P and q, trained eagerly by plain gradient descent."""
    model = ganzoo.create(
        name,
        (4,),
        seed=0,
        decoder={"units": (3,)},
        encoder={"units": (3,)},
        **settings,
    )
    model.decoder.set_weights([P["prior"], P["kernel"], P["bias"]])
    model.encoder.set_weights([q["kernel"], q["bias"]])
    optimizers = {name: keras.optimizers.SGD(rate) for name in model.optimizer_names}
    model.compile(run_eagerly=True, **optimizers)
    return model


def weights_of(model):
    """The weights of p and of q, float64, as P and PRIOR have them."""
    prior, kernel, bias = (w.astype("float64") for w in model.decoder.get_weights())
    q_kernel, q_bias = (w.astype("float64") for w in model.encoder.get_weights())
    return (
        {"prior": prior, "kernel": kernel, "bias": bias},
        {"kernel": q_kernel, "bias": q_bias},
    )


def draws(num_samples):
    """Uniform draws [4^(3 K), K, 3] with which QUARTERS draws every K-tuple as often as it should.

    4^3 draws of one hidden state each: the midpoints of quarters, for every bit.
    """
    quarters = np.array(list(itertools.product([0.125, 0.375, 0.625, 0.875], repeat=3)))
    tuples = np.array(list(itertools.product(range(64), repeat=num_samples)))
    return tf.constant(quarters[tuples], tf.float32)


def assert_moved_by(before, after, expected, atol=3e-6):
    """after - before = expected, weight by weight, and no expectation is zero everywhere."""
    for name, change in expected.items():
        assert np.abs(change).max() > 1e-3, name
        np.testing.assert_allclose(after[name] - before[name], change, atol=atol, err_msg=name)


def exact_log_prob(model, x):
    """log p(x) [N] of bits x [N, ...] by summation over all hidden states, float64."""
    hidden = bit_rows(model.latent_dim).astype("float32")[:, None]
    net = model.decoder.get_layer("belief_net")
    log_probs = tf.function(net.log_prob)(tf.constant(x), tf.constant(hidden))
    return logsumexp(np.asarray(log_probs, "float64"), axis=0)


def trained_on_bars(name, seed, **settings):
    """Exact negative log-likelihood in nats on 4x4 bars and stripes after 2000 steps, 16-8-4."""
    patterns, probabilities = bars()
    rows = np.random.default_rng(seed).choice(len(patterns), 20_000, p=probabilities)
    units = {"units": (8, 4)}
    optimizers = {
        optimizer: keras.optimizers.Adam(1e-2) for optimizer in ganzoo.registry.get(name).optimizers
    }
    model = ganzoo.create(
        name,
        (4, 4, 1),
        seed=seed,
        decoder=units,
        encoder=units,
        jit_compile=True,
        steps_per_execution=100,
        **optimizers,
        **settings,
    )
    model.fit(patterns[rows], batch_size=100, epochs=10, verbose=0)
    assert int(model.iteration) == 2000
    return -probabilities @ exact_log_prob(model, patterns)
