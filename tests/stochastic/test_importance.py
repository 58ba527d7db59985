import itertools
import json
import math
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic import importance

# All states of three bits, 000, 001, ..., 111.
STATES = np.array(list(itertools.product([0.0, 1.0], repeat=3)))
LOGITS = np.array([0.5, -1.0, 0.2])
OTHER_LOGITS = np.array([-0.7, 0.9, 1.5])
# The second latent is drawn with probability 3/5: five latents in exact proportion.
TWO_LATENTS = np.array([0, 0, 1, 1, 1])

SLOPE = np.array([1.0, -2.0, 0.5])
CRITICS = {
    "linear": STATES @ SLOPE,
    "table": np.array([0.3, -1.2, 0.7, 2.0, -0.4, 0.1, 1.5, -0.9]),
}
NORMALIZERS = {"linear": 2.154824, "table": 1.506984}
FORWARD = {
    "linear": np.array([-0.195115, 0.221516, -0.118354]),
    "table": np.array([0.098899, -0.314824, 0.037442]),
}
REVERSE = {
    "linear": np.array([-0.235004, 0.393224, -0.123758]),
    "table": np.array([0.009352, -0.181355, 0.112931]),
}
ROUNDED = 6e-7  # six decimals


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def bernoulli(logits):
    base = tfd.Bernoulli(logits=logits, dtype=logits.dtype)
    return tfd.Independent(base, reinterpreted_batch_ndims=len(logits.shape) - 1)


def categorical(logits):
    base = tfd.OneHotCategorical(logits=logits, dtype=logits.dtype)
    return tfd.Independent(base, reinterpreted_batch_ndims=len(logits.shape) - 2)


def rows(logits, count):
    return tf.broadcast_to(logits, [count, len(logits)])


def every_state(count):
    """Each state once for each latent, [8, N, 3]."""
    return tf.broadcast_to(STATES[:, None, :], [8, count, 3])


def exact_log_weights(logits, critic):
    """log of w(x) g(x | z) 8 for `every_state` [8, N].

    The mean over the states is then the expectation under g: as from infinitely many samples.
    """
    log_likelihoods = bernoulli(tf.constant(logits)).log_prob(every_state(len(logits)))
    return critic[:, None] + log_likelihoods + math.log(8)


def gradient_in_the_limit(logits, log_weights, weights):
    """Of the mean loss over latents with `logits` [N, 3]; a row for each latent [N, 3]."""
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = importance.reweighted_loss(
            bernoulli(logits), weights(log_weights), every_state(len(logits))
        )
        mean = tf.reduce_mean(loss)
    return tape.gradient(mean, logits).numpy()


def expected_gradient(critic, samples_per_latent):
    """E of the gradient for one latent and M samples, over all 8^M draws, which are the rows."""
    draws = np.array(list(itertools.product(range(8), repeat=samples_per_latent))).T
    logits, samples = tf.constant(LOGITS), tf.constant(STATES[draws])
    log_probability = bernoulli(rows(logits, draws.shape[1])).log_prob(samples)
    probability = tf.exp(tf.reduce_sum(log_probability, axis=0))
    assert float(tf.reduce_sum(probability)) == pytest.approx(1, abs=1e-12)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        weights = importance.per_latent_weights(tf.constant(critic[draws]))
        distribution = bernoulli(rows(logits, draws.shape[1]))
        loss = importance.reweighted_loss(distribution, weights, samples)
        expectation = tf.reduce_sum(tf.stop_gradient(probability) * loss)
    return tape.gradient(expectation, logits).numpy()


@pytest.mark.parametrize("name", CRITICS)
def test_normalizer_and_gradient_of_the_forward_divergence(name):
    log_weights = exact_log_weights(LOGITS[None], CRITICS[name])
    [log_normalizer] = importance.log_normalizer(log_weights).numpy()
    assert math.exp(log_normalizer) == pytest.approx(NORMALIZERS[name], abs=ROUNDED)
    for weights in [importance.per_latent_weights, importance.global_weights]:
        [gradient] = gradient_in_the_limit(LOGITS[None], log_weights, weights)
        np.testing.assert_allclose(gradient, FORWARD[name], atol=ROUNDED)


def test_linear_critic_shifts_the_logits():
    log_weights = exact_log_weights(LOGITS[None], CRITICS["linear"])
    [gradient] = gradient_in_the_limit(LOGITS[None], log_weights, importance.per_latent_weights)
    np.testing.assert_allclose(gradient, sigmoid(LOGITS) - sigmoid(LOGITS + SLOPE), atol=1e-14)


@pytest.mark.parametrize("baseline", [0.0, 1.3])
@pytest.mark.parametrize("name", CRITICS)
def test_rewards_as_weights_descend_the_reverse_divergence(name, baseline):
    probability = np.exp(bernoulli(tf.constant(LOGITS[None])).log_prob(every_state(1)))
    weights = tf.constant(probability * (CRITICS[name][:, None] - baseline))
    [gradient] = gradient_in_the_limit(LOGITS[None], weights, lambda given: given)
    np.testing.assert_allclose(gradient, REVERSE[name], atol=ROUNDED)


def integrated_gradient(critic, samples_per_latent):
    """The same from E[A / B] = integral of E[A exp(-t B)] dt, for any M."""
    likelihoods = np.prod(np.where(STATES == 1, sigmoid(LOGITS), sigmoid(-LOGITS)), axis=1)
    weighted = likelihoods * np.exp(critic)

    def integrand(t):
        damping = np.exp(-t * np.exp(critic))
        one = (weighted * damping) @ STATES
        return samples_per_latent * one * (likelihoods @ damping) ** (samples_per_latent - 1)

    target, _ = integrate.quad_vec(integrand, 0, np.inf, epsabs=1e-12)
    return sigmoid(LOGITS) - target


@pytest.mark.parametrize(
    ("samples_per_latent", "exact"),
    [
        (2, [-0.085076, 0.140768, -0.044293]),
        (3, [-0.122594, 0.180503, -0.065422]),
        (4, [-0.142827, 0.195746, -0.077843]),
        (5, [-0.154840, 0.203096, -0.085825]),
    ],
)
def test_expected_gradient_with_few_samples(samples_per_latent, exact):
    gradient = expected_gradient(CRITICS["linear"], samples_per_latent)
    np.testing.assert_allclose(gradient, exact, atol=ROUNDED)


@pytest.mark.parametrize("samples_per_latent", [2, 3, 4])
@pytest.mark.parametrize("name", CRITICS)
def test_expected_gradient_is_the_integral(name, samples_per_latent):
    gradient = expected_gradient(CRITICS[name], samples_per_latent)
    integral = integrated_gradient(CRITICS[name], samples_per_latent)
    np.testing.assert_allclose(gradient, integral, atol=1e-10)


@pytest.mark.parametrize("name", CRITICS)
def test_one_sample_teaches_nothing(name):
    np.testing.assert_allclose(expected_gradient(CRITICS[name], 1), 0, atol=1e-15)


@pytest.mark.parametrize("samples_per_latent", [1, 2, 3])
def test_constant_critic_is_a_fixed_point(samples_per_latent):
    gradient = expected_gradient(np.full(8, 0.7), samples_per_latent)
    np.testing.assert_allclose(gradient, 0, atol=1e-14)


@pytest.mark.parametrize("name", CRITICS)
def test_a_hundred_drawn_samples(name):
    latents = 10000
    logits = tf.Variable(rows(LOGITS.astype("float32"), latents))
    samples = bernoulli(logits).sample(100, seed=[1, 2])
    indices = tf.cast(tf.linalg.matvec(samples, tf.constant([4.0, 2.0, 1.0])), tf.int32)
    log_weights = tf.gather(tf.constant(CRITICS[name], tf.float32), indices)
    with tf.GradientTape() as tape:
        weights = importance.per_latent_weights(log_weights)
        loss = importance.reweighted_loss(bernoulli(logits), weights, samples)
    gradients = tf.convert_to_tensor(tape.gradient(loss, logits)).numpy()
    standard_error = gradients.std(axis=0) / math.sqrt(latents)
    assert standard_error.max() < 1e-3
    expected = integrated_gradient(CRITICS[name], 100)
    assert np.all(np.abs(gradients.mean(axis=0) - expected) < 4 * standard_error)


def two_latents():
    logits = np.stack([LOGITS, OTHER_LOGITS])[TWO_LATENTS]
    return logits, exact_log_weights(logits, CRITICS["table"])


def by_latent(gradient):
    """Sum over the copies of each of the two latents [2, 3]."""
    return np.stack([gradient[latent == TWO_LATENTS].sum(axis=0) for latent in range(2)])


def marginal(logits):
    """log p(x) = log sum_z p(z) g(x | z) of each state [8]; logits [2, 3] of the two latents."""
    log_likelihoods = bernoulli(tf.convert_to_tensor(logits)).log_prob(every_state(2))
    return tf.reduce_logsumexp(log_likelihoods + np.log([0.4, 0.6]), axis=1)


def gradient_of_marginal_cross_entropy(target):
    """Of -sum_x target(x) log p(x): up to the sign, of the log-likelihood [2, 3]."""
    logits = tf.constant(np.stack([LOGITS, OTHER_LOGITS]))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = -tf.reduce_sum(target * marginal(logits))
    return tape.gradient(loss, logits).numpy()


def test_normalizers_of_two_latents():
    _, log_weights = two_latents()
    normalizers = np.exp(importance.log_normalizer(log_weights))
    np.testing.assert_allclose(normalizers[[0, 4]], [1.506984, 3.509118], atol=ROUNDED)
    assert normalizers.mean() == pytest.approx(2.708264, abs=ROUNDED)


def test_global_weights_descend_the_divergence_of_the_marginals():
    logits, log_weights = two_latents()
    gradient = by_latent(gradient_in_the_limit(logits, log_weights, importance.global_weights))
    np.testing.assert_allclose(
        gradient,
        [[0.022013, -0.070072, 0.008334], [0.176061, -0.181844, -0.047296]],
        atol=ROUNDED,
    )
    log_target = CRITICS["table"] + marginal(np.stack([LOGITS, OTHER_LOGITS])).numpy()
    target = np.exp(log_target) / np.exp(log_target).sum()
    np.testing.assert_allclose(gradient, gradient_of_marginal_cross_entropy(target), atol=1e-14)


def test_weights_of_each_latent_do_not():
    logits, log_weights = two_latents()
    gradient = by_latent(gradient_in_the_limit(logits, log_weights, importance.per_latent_weights))
    np.testing.assert_allclose(
        gradient,
        [[0.039560, -0.125930, 0.014977], [0.135880, -0.140343, -0.036502]],
        atol=ROUNDED,
    )


def test_optimal_discriminator_gives_the_gradient_of_maximum_likelihood():
    data = np.array([3.0, 1, 2, 2, 1, 4, 1, 2]) / 16
    logits, _ = two_latents()
    critic = np.log(data) - marginal(np.stack([LOGITS, OTHER_LOGITS])).numpy()
    log_weights = exact_log_weights(logits, critic)
    assert np.exp(importance.log_normalizer(log_weights)).mean() == pytest.approx(1, abs=1e-12)
    gradient = by_latent(gradient_in_the_limit(logits, log_weights, importance.global_weights))
    assert np.abs(gradient).max() > 0.05
    np.testing.assert_allclose(gradient, gradient_of_marginal_cross_entropy(data), atol=1e-14)


def test_weights_are_shares_of_their_group():
    log_weights = np.random.default_rng(0).normal(size=(4, 3))
    ratios = np.exp(log_weights)
    per_latent = importance.per_latent_weights(tf.constant(log_weights)).numpy()
    globally = importance.global_weights(tf.constant(log_weights)).numpy()
    np.testing.assert_allclose(per_latent, ratios / ratios.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(globally, 3 * ratios / ratios.sum(), rtol=1e-12)
    normalizers = np.exp(importance.log_normalizer(tf.constant(log_weights)))
    np.testing.assert_allclose(normalizers, ratios.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(globally, per_latent * normalizers / normalizers.mean(), rtol=1e-12)


def test_a_constant_in_the_logits_changes_no_weight():
    log_weights = np.random.default_rng(1).normal(size=(4, 3))
    for weights in [importance.per_latent_weights, importance.global_weights]:
        shifted = weights(tf.constant(log_weights + 5.0))
        np.testing.assert_allclose(shifted, weights(tf.constant(log_weights)), rtol=1e-12)
    shifted_latents = tf.constant(log_weights + [0.0, 5.0, -2.0])
    np.testing.assert_allclose(
        importance.per_latent_weights(shifted_latents),
        importance.per_latent_weights(tf.constant(log_weights)),
        rtol=1e-12,
    )


def test_weights_are_constants():
    log_weights = tf.Variable(np.random.default_rng(2).normal(size=(4, 3)))
    for function in [
        importance.per_latent_weights,
        importance.global_weights,
        importance.effective_sample_size,
        importance.weight_variance,
    ]:
        with tf.GradientTape() as tape:
            result = function(log_weights) * 1.0
        assert tape.gradient(result, log_weights) is None


def test_effective_sample_size_and_variance():
    # shares: uniform, one sample has it all, 1 : 3 of two
    log_weights = tf.constant(
        np.log([[1, 1e300, 1], [1, 1e-300, 3], [1, 1e-300, 1e-300], [1, 1e-300, 1e-300]])
    )
    sizes = importance.effective_sample_size(log_weights)
    np.testing.assert_allclose(sizes, [4, 1, 1.6], rtol=1e-12)
    variances = importance.weight_variance(log_weights)
    np.testing.assert_allclose(variances, [0, 3, 1.5], atol=1e-12)
    np.testing.assert_allclose(variances, 4 / sizes - 1, atol=1e-12)


def test_large_logits_stay_finite():
    log_weights = tf.constant(1e4 * np.array([[0.3, -1.2], [-0.7, 2.0], [0.1, 1.5]]), tf.float32)
    samples = tf.constant(STATES[[[0, 1], [2, 3], [4, 5]]], tf.float32)
    per_latent = importance.per_latent_weights(log_weights)
    globally = importance.global_weights(log_weights)
    np.testing.assert_array_equal(per_latent, [[1, 0], [0, 1], [0, 0]])
    np.testing.assert_array_equal(globally, [[0, 0], [0, 2], [0, 0]])
    np.testing.assert_allclose(
        importance.log_normalizer(log_weights), [3e3 - np.log(3), 2e4 - np.log(3)], rtol=1e-6
    )
    np.testing.assert_array_equal(importance.effective_sample_size(log_weights), [1, 1])
    np.testing.assert_allclose(importance.weight_variance(log_weights), [2, 2], rtol=1e-6)
    logits = tf.Variable([[1e4, -1e4, 20.0], [-1e4, 1e4, -20.0]])
    with tf.GradientTape() as tape:
        loss = importance.reweighted_loss(bernoulli(logits), per_latent, samples)
    # The targets are 000 and 011.
    np.testing.assert_allclose(loss, [1e4 + 20, 20], rtol=1e-6)
    gradient = tf.convert_to_tensor(tape.gradient(loss, logits))
    np.testing.assert_allclose(gradient, [[1, 0, 1], [0, 0, -1]], atol=1e-6)


def test_small_losses_are_not_lost_in_large_logits():
    logits, samples = tf.constant([[20.0, -20.0]]), tf.constant([[[1.0, 0.0]]])
    [loss] = importance.reweighted_loss(bernoulli(logits), tf.ones([1, 1]), samples).numpy()
    assert loss == pytest.approx(2 * math.exp(-20), rel=1e-5)


def conditionals(kind, dtype=tf.float64):
    """Distribution, logits, log-weights and six samples of four latents."""
    generator = np.random.default_rng(3)
    shape = (4, 5, 2, 1) if kind == "bernoulli" else (4, 2, 3, 5)
    logits = tf.Variable(2 * generator.normal(size=shape), dtype=dtype)
    distribution = {"bernoulli": bernoulli, "categorical": categorical}[kind]
    samples = distribution(logits).sample(6, seed=[5, 6])
    return distribution, logits, tf.constant(generator.normal(size=(6, 4)), dtype), samples


@pytest.mark.parametrize("weights", [importance.per_latent_weights, importance.global_weights])
@pytest.mark.parametrize("kind", ["bernoulli", "categorical"])
def test_soft_target_stands_for_all_samples(kind, weights):
    distribution, logits, log_weights, samples = conditionals(kind)
    weights = weights(log_weights)
    with tf.GradientTape(persistent=True) as tape:
        loss = importance.reweighted_loss(distribution(logits), weights, samples)
        copies = -tf.reduce_sum(weights * distribution(logits).log_prob(samples), axis=0)
    assert loss.shape == (4,)
    np.testing.assert_allclose(loss, copies, rtol=1e-12)
    gradient = tape.gradient(loss, logits)
    np.testing.assert_allclose(gradient, tape.gradient(copies, logits), atol=1e-12)
    target = np.einsum("mn,mnabc->nabc", weights, samples)
    np.testing.assert_allclose(importance.soft_target(weights, samples), target, atol=1e-14)
    mass = weights.numpy().sum(axis=0)[:, None, None, None]
    mean = tf.nn.sigmoid(logits) if kind == "bernoulli" else tf.nn.softmax(logits)
    np.testing.assert_allclose(gradient, mass * mean - target, atol=1e-12)


@pytest.mark.parametrize("shape", [(4, 5), (4, 1)])
def test_one_site(shape):
    logits = tf.constant(np.random.default_rng(4).normal(size=shape))
    for distribution in [bernoulli(logits), categorical(logits)]:
        samples = distribution.sample(3, seed=[7, 8])
        weights = importance.global_weights(tf.constant(np.arange(12.0).reshape(3, 4) / 12))
        loss = importance.reweighted_loss(distribution, weights, samples)
        copies = -tf.reduce_sum(weights * distribution.log_prob(samples), axis=0)
        np.testing.assert_allclose(loss, copies, atol=1e-12)


@pytest.mark.parametrize("weights", [importance.per_latent_weights, importance.global_weights])
@pytest.mark.parametrize("kind", ["bernoulli", "categorical"])
def test_compiled_in_float32(kind, weights):
    distribution, logits, log_weights, samples = conditionals(kind, tf.float32)

    def step(log_weights, samples):
        with tf.GradientTape() as tape:
            loss = importance.reweighted_loss(distribution(logits), weights(log_weights), samples)
        return (
            loss,
            tf.convert_to_tensor(tape.gradient(loss, logits)),
            importance.log_normalizer(log_weights),
            importance.effective_sample_size(log_weights),
            importance.weight_variance(log_weights),
        )

    results = step(log_weights, samples)
    assert all(result.dtype == tf.float32 for result in results)
    for jit_compile in [False, True]:
        compiled = tf.function(step, jit_compile=jit_compile)(log_weights, samples)
        for expected, result in zip(results, compiled):
            np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "function",
    [
        importance.per_latent_weights,
        importance.global_weights,
        importance.log_normalizer,
        importance.effective_sample_size,
        importance.weight_variance,
    ],
)
@pytest.mark.parametrize("shape", [(6,), (3, 2, 1)])
def test_log_weights_that_are_no_matrix(function, shape):
    with pytest.raises(ValueError, match=r"log_weights of shape .*: give \[M, N\]"):
        function(tf.zeros(shape))


def test_weights_and_samples_that_do_not_match():
    samples = tf.zeros([4, 3, 5])
    for shape in [(3, 4), (4,), (4, 3, 1)]:
        with pytest.raises(ValueError, match=r"weights of shape .*: give \[M, N\]"):
            importance.soft_target(tf.zeros(shape), samples)
    distribution = bernoulli(tf.zeros([3, 5]))
    for shape in [(4, 3), (4, 3, 1), (4, 3, 5, 1), (3, 5)]:
        with pytest.raises(ValueError, match=r"samples of shape .*: give \[M, \*\(3, 5\)\]"):
            importance.reweighted_loss(distribution, tf.ones([4, 3]), tf.zeros(shape))


@pytest.mark.parametrize(
    "distribution",
    [
        tfd.Independent(tfd.Normal(tf.zeros([3, 5]), 1.0), 1),
        tfd.Independent(tfd.Bernoulli(probs=tf.fill([3, 5], 0.5), dtype=tf.float32), 1),
        tfd.Independent(tfd.Categorical(logits=tf.zeros([3, 5, 2]), dtype=tf.float32), 1),
        tfd.Bernoulli(logits=tf.zeros([3]), dtype=tf.float32),
    ],
    ids=["normal", "probabilities", "categorical", "not independent"],
)
def test_distributions_whose_logits_are_not_known(distribution):
    with pytest.raises(ValueError, match=r"distribution=.*: give a tfd\.Independent"):
        importance.reweighted_loss(distribution, tf.ones([4, 3]), tf.zeros([4, 3, 5]))


def test_replicas_share_the_global_weights():
    """Their weights together are those of one device, also where the shares are not equal."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.stochastic.replicas"],
        capture_output=True,
        text=True,
        cwd=pathlib.Path(__file__).parents[2],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )
    assert result.returncode == 0, result.stderr[-4000:]
    for found in json.loads(result.stdout.splitlines()[-1]).values():
        assert np.sum(found["one"]) == pytest.approx(6, rel=1e-6)
        np.testing.assert_allclose(found["halves"], found["one"], rtol=1e-5)
        np.testing.assert_allclose(found["unequal"], found["one"], rtol=1e-5)
