import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, log_softmax
from scipy.stats import ks_2samp, kstest
from tensorflow_probability import distributions as tfd

from ganzoo.stochastic.noise import hard_sample
from ganzoo.stochastic.rebar import gumbel_pair, logistic_pair, rebar, rebar_and_gradient
from tests.stochastic.distributions import bernoulli, categorical, draws

COUNT = 40000
BITS = (0.5, -1.0, 0.2)  # three logits
SITES = ((0.5, -1.0, 0.2), (1.0, 0.3, -0.4))  # two sites of three categories
TARGET = 0.45


def tiled(logits, count=COUNT):
    logits = tf.constant(logits, tf.float32)
    return tf.tile(logits[None], [count] + [1] * logits.shape.rank)


def quadratic(samples):
    """The toy of Tucker et al. 2017."""
    return tf.reduce_sum(tf.square(samples - TARGET), axis=1)


def mixed(samples):
    """A cost of three bits that no sum over bits equals."""
    x, y, z = tf.unstack(samples, axis=1)
    return tf.square(tf.tanh(x + 2.0 * y - 1.5 * z)) + 2.0 * x * y * z - x * z + 0.3 * y


def mixed_sites(samples):
    """A cost of two sites of three categories that no sum over sites equals."""
    first, second = tf.unstack(samples, axis=1)
    interaction = tf.constant([[1.0, -2.0, 0.5], [0.0, 1.5, 1.0], [-1.0, 0.7, 2.0]])
    bilinear = tf.reduce_sum((first @ interaction) * second, axis=1)
    return bilinear + tf.square(first[:, 0] - 0.5 * second[:, 2])


def exact_gradient(cost, distribution, points, logits):
    """The gradient of the expected cost by enumeration."""
    logits = tf.constant([logits], tf.float32)
    points = tf.constant(points, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        copies = tf.repeat(logits, len(points), axis=0)
        probabilities = distribution(copies).prob(points)
        expectation = tf.reduce_sum(probabilities * cost(points))
    np.testing.assert_allclose(tf.reduce_sum(probabilities), 1.0, rtol=1e-5)
    return tape.gradient(expectation, logits)[0].numpy()


def exact_bits():
    return exact_gradient(mixed, bernoulli, list(itertools.product([0, 1], repeat=3)), BITS)


def exact_sites():
    points = [np.eye(3)[list(pair)] for pair in itertools.product(range(3), repeat=2)]
    return exact_gradient(mixed_sites, categorical, np.array(points), SITES)


def exact_sites_of_bits():
    points = np.reshape(list(itertools.product([0, 1], repeat=6)), [-1, 2, 3])
    return exact_gradient(mixed_sites, bernoulli, points, SITES)


def pair_of_draws(logits):
    """The two tensors of uniform draws of an estimate."""
    return draws(logits, 11), draws(logits, 4)


@tf.function
def surrogate_and_gradient(estimator, distribution, logits):
    """Of `estimator(distribution, uniform, conditional_uniform)`."""
    with tf.GradientTape() as tape:
        tape.watch(logits)
        surrogate = estimator(distribution(logits), *pair_of_draws(logits))
    return surrogate, tape.gradient(surrogate, logits)


def assert_mean(estimates, expected, resolution):
    """Means within four standard errors, which are below `resolution`."""
    estimates = np.asarray(estimates, np.float64)
    standard_error = np.std(estimates, axis=0) / np.sqrt(len(estimates))
    assert np.max(standard_error) < resolution
    assert np.all(np.abs(np.mean(estimates, axis=0) - expected) < 4 * standard_error + 1e-7)


@pytest.mark.parametrize("logit", [-2.0, 0.0, 1.5])
@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 2.0])
def test_unbiased_on_the_toy(scale, logit):
    theta = expit(logit)
    exact = (1 - 2 * TARGET) * theta * (1 - theta)
    surrogate, gradient = surrogate_and_gradient(
        lambda q, u, v: rebar(quadratic, q, u, v, 0.5, scale),
        bernoulli,
        tiled([logit]),
    )
    assert_mean(gradient, exact, resolution=1.5e-3)
    assert_mean(surrogate, theta * (1 - TARGET) ** 2 + (1 - theta) * TARGET**2, resolution=1e-3)


@pytest.mark.parametrize(
    ("temperature", "scale"),
    [(0.1, 1.0), (0.5, 1.0), (0.5, -1.0), (2.0, 0.7)],
)
def test_unbiased_on_three_bits(temperature, scale):
    exact = exact_bits()
    assert np.min(np.abs(exact)) > 0.04
    _, gradient = surrogate_and_gradient(
        lambda q, u, v: rebar(mixed, q, u, v, temperature, scale),
        bernoulli,
        tiled(BITS),
    )
    assert_mean(gradient, exact, resolution=8e-3)


@pytest.mark.parametrize(("temperature", "scale"), [(0.3, 1.0), (1.0, 0.7), (0.5, -1.0)])
def test_unbiased_on_two_categorical_sites(temperature, scale):
    exact = exact_sites()
    assert np.max(np.abs(exact)) > 0.1
    _, gradient = surrogate_and_gradient(
        lambda q, u, v: rebar(mixed_sites, q, u, v, temperature, scale),
        categorical,
        tiled(SITES),
    )
    assert_mean(gradient, exact, resolution=8e-3)


def test_value_is_the_cost_at_a_hard_sample():
    theta = expit(np.array(BITS))
    logits = tiled(BITS)
    surrogate = rebar(mixed, bernoulli(logits), *pair_of_draws(logits), 0.5, 1.0).numpy()
    for point in itertools.product([0.0, 1.0], repeat=3):
        value = float(mixed(tf.constant([point]))[0])
        p = np.prod(np.where(point, theta, 1 - theta))
        # Equal to rounding between kernels of different sizes, and no other two costs are as close.
        share = np.mean(np.abs(surrogate - value) < 1e-6)
        assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / COUNT)


def test_scale_zero_is_the_score_function():
    logits = tiled([0.3], 1000)
    surrogate, gradient = rebar_and_gradient(
        quadratic, bernoulli(logits), *pair_of_draws(logits), 0.5, 0.0
    )
    bits = np.isclose(surrogate, (1 - TARGET) ** 2)
    expected = surrogate * (bits - expit(0.3))
    np.testing.assert_allclose(gradient[:, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_surrogate_has_the_gradient_that_is_returned(distribution):
    logits = tf.constant(np.random.default_rng(0).normal(size=[30, 2, 3]), tf.float32)

    def cost(samples):
        return tf.square(tf.reduce_sum(samples * [1.0, -0.5, 0.3], axis=[1, 2]) - 0.2)

    temperature, scale = tf.constant(0.5), tf.constant(0.8)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([logits, temperature, scale])
        surrogate, gradient = rebar_and_gradient(
            cost, distribution(logits), *pair_of_draws(logits), temperature, scale
        )
        of_rows = tf.reduce_sum(tf.range(30.0) * surrogate)
    expected = tf.range(30.0)[:, None, None] * gradient
    np.testing.assert_allclose(tape.gradient(of_rows, logits), expected, rtol=1e-5, atol=1e-6)
    assert tape.gradient(of_rows, [temperature, scale]) == [None, None]


def test_weights_of_the_cost_get_its_own_gradient():
    values = np.array([0.7, -0.4, 0.2])
    weights = tiled(values)  # a copy for each sample, to see each sample's gradient

    def cost(samples):
        return tf.square(tf.reduce_sum(samples * weights, axis=1) - 0.5)

    with tf.GradientTape() as tape:
        tape.watch(weights)
        surrogate = rebar(cost, bernoulli(tiled(BITS)), *pair_of_draws(tiled(BITS)), 0.5, 1.0)
    gradient = tape.gradient(surrogate, weights).numpy()
    points = np.array(list(itertools.product([0, 1], repeat=3)), np.float64)
    gradients = 2 * (points @ values - 0.5)[:, None] * points
    distances = np.abs(gradient[:, None] - gradients).max(axis=-1).min(axis=1)
    np.testing.assert_allclose(distances, 0, atol=1e-6)
    theta = expit(np.array(BITS))
    probabilities = np.prod(np.where(points, theta, 1 - theta), axis=1)
    assert_mean(gradient, probabilities @ gradients, resolution=5e-3)


@pytest.mark.parametrize("logit", [-2.0, 0.3, 1.5])
def test_law_of_the_logistic_draws(logit):
    logits = tiled([logit])
    uniform, conditional_uniform = pair_of_draws(logits)
    hard = hard_sample(bernoulli(logits), uniform)
    z, conditional = logistic_pair(logits, hard, uniform, conditional_uniform)
    hard, z, conditional = [tensor.numpy()[:, 0] for tensor in (hard, z, conditional)]
    assert kstest(z, lambda x: expit(x - logit)).pvalue > 1e-3
    np.testing.assert_array_equal(hard, z > 0)
    np.testing.assert_array_equal(np.sign(conditional), 2 * hard - 1)
    below = expit(-logit)  # the probability of z < 0
    assert kstest(conditional[hard == 0], lambda x: expit(x - logit) / below).pvalue > 1e-3
    assert (
        kstest(conditional[hard == 1], lambda x: (expit(x - logit) - below) / (1 - below)).pvalue
        > 1e-3
    )
    rejected = np.random.default_rng(0).logistic(logit, 1.0, COUNT)
    for bit in [0, 1]:
        direct = rejected[(rejected > 0) == bit]
        assert ks_2samp(conditional[hard == bit], direct).pvalue > 1e-3
        # Independent of z given b.
        assert abs(np.corrcoef(z[hard == bit], conditional[hard == bit])[0, 1]) < 0.06


def test_derivative_of_the_conditional_draw_is_that_of_the_printed_form():
    """z~ = l + logit(v'), differentiated with v and b held, against differences in float64."""
    logits = tf.constant(np.random.default_rng(2).normal(0, 1.5, [200, 1]), tf.float32)
    uniform, conditional_uniform = pair_of_draws(logits)
    hard = hard_sample(bernoulli(logits), uniform)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        _, conditional = logistic_pair(logits, hard, uniform, conditional_uniform)
    gradient = tape.gradient(conditional, logits).numpy()
    hard, start = hard.numpy(), logits.numpy().astype(np.float64)
    # The uniform draw that the printed form must have had.
    v_prime = expit(conditional.numpy().astype(np.float64) - start)
    v = np.where(hard == 1, (v_prime - expit(-start)) / expit(start), v_prime / expit(-start))

    def printed(logit):
        theta = expit(logit)
        v_prime = np.where(hard == 1, v * theta + (1 - theta), v * (1 - theta))
        return logit + np.log(v_prime) - np.log1p(-v_prime)

    step = 1e-5
    differences = (printed(start + step) - printed(start - step)) / (2 * step)
    assert np.std(differences) > 0.1
    np.testing.assert_allclose(gradient, differences, atol=2e-4)


def test_law_of_the_gumbel_draws():
    logits = np.array(BITS)
    uniform, conditional_uniform = pair_of_draws(tiled(BITS))
    hard = hard_sample(categorical(tiled(BITS)), uniform)
    z, conditional = gumbel_pair(tiled(BITS), hard, uniform, conditional_uniform)
    hard, z, conditional = [tensor.numpy() for tensor in (hard, z, conditional)]
    np.testing.assert_array_equal(np.argmax(conditional, axis=1), np.argmax(hard, axis=1))
    np.testing.assert_array_equal(np.argmax(z, axis=1), np.argmax(hard, axis=1))
    assert_mean(hard, np.exp(log_softmax(logits)), resolution=3e-3)
    direct = np.random.default_rng(0).gumbel(log_softmax(logits), 1.0, (COUNT, 3))
    for category in range(3):
        assert ks_2samp(z[:, category], direct[:, category]).pvalue > 1e-3
        ours = conditional[np.argmax(hard, axis=1) == category]
        theirs = direct[np.argmax(direct, axis=1) == category]
        for entry in range(3):
            assert ks_2samp(ours[:, entry], theirs[:, entry]).pvalue > 1e-3
        # A marginal does not show that the others are cut off at the same draw's largest.
        for entry in {0, 1, 2} - {category}:
            gaps, direct_gaps = [x[:, category] - x[:, entry] for x in (ours, theirs)]
            assert ks_2samp(gaps, direct_gaps).pvalue > 1e-3


@pytest.mark.parametrize(
    ("bits", "temperature", "low", "high"), [(1, 0.5, 1.3, 1.55), (10, 0.3, 0.1, 0.2)]
)
def test_variance_against_the_score_function(bits, temperature, low, high):
    """Of one logit. The costs of the other bits are noise, which the control variate takes away.

    For a single bit the two hard costs are nearly equal and it only adds the pathwise noise: the
    factors are 1.42 and 0.142, found also in NumPy from the printed formulas.
    """

    def variance(scale):
        logits = tiled(np.zeros(bits))
        _, gradient = rebar_and_gradient(
            quadratic, bernoulli(logits), *pair_of_draws(logits), temperature, scale
        )
        return float(np.var(gradient))

    score = variance(0.0)
    if bits == 1:  # f(b) (b - 1/2) takes two values with equal probability
        assert score == pytest.approx(((0.55**2 + 0.45**2) / 4) ** 2, rel=0.01)
    assert low < variance(1.0) / score < high


def test_square_is_differentiable_in_temperature_and_scale():
    logits = tiled(BITS, 50)

    def square(log_temperature, scale):
        _, gradient = rebar_and_gradient(
            mixed, bernoulli(logits), *pair_of_draws(logits), tf.exp(log_temperature), scale
        )
        return tf.reduce_sum(tf.square(gradient))

    log_temperature, scale, step = tf.Variable(-0.3), tf.Variable(0.6), 1e-2
    with tf.GradientTape() as tape:
        total = square(log_temperature, scale)
    to_temperature, to_scale = tape.gradient(total, [log_temperature, scale])
    assert abs(to_temperature) > 0.1 and abs(to_scale) > 0.1
    differences = square(log_temperature + step, scale) - square(log_temperature - step, scale)
    assert float(to_temperature) == pytest.approx(float(differences) / (2 * step), rel=0.01)
    differences = square(log_temperature, scale + step) - square(log_temperature, scale - step)
    assert float(to_scale) == pytest.approx(float(differences) / (2 * step), rel=0.01)


def test_descending_the_square_lowers_the_variance():
    log_temperature, scale = keras.Variable(float(np.log(2.0))), keras.Variable(0.0)
    optimizer = keras.optimizers.Adam(0.05)
    optimizer.build([log_temperature, scale])

    @tf.function
    def step(index, logits):
        with tf.GradientTape() as tape:
            uniform, conditional_uniform = draws(logits, 2 * index), draws(logits, 2 * index + 1)
            _, gradient = rebar_and_gradient(
                quadratic,
                bernoulli(logits),
                uniform,
                conditional_uniform,
                tf.exp(log_temperature),
                scale,
            )
            square = tf.reduce_mean(tf.square(gradient))
        optimizer.apply(tape.gradient(square, [log_temperature.value, scale.value]))
        return square

    squares = [float(step(tf.constant(index), tiled(np.zeros(10), 500))) for index in range(60)]
    assert 1.2 < float(scale) < 1.9 and -1.3 < float(log_temperature) < -0.6
    assert 0.03 < np.mean(squares[-5:]) / np.mean(squares[:5]) < 0.1


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])
@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_finite_at_large_logits_and_compiled(distribution, jit):
    log_temperature, scale = tf.Variable(-1.0), tf.Variable(1.0)

    @tf.function(jit_compile=jit)
    def step(logits, uniform, conditional_uniform):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(logits)
            surrogate, gradient = rebar_and_gradient(
                mixed_sites,
                distribution(logits),
                uniform,
                conditional_uniform,
                tf.exp(log_temperature),
                scale,
            )
            square = tf.reduce_mean(tf.square(gradient))
        to_control = tape.gradient(square, [log_temperature, scale])
        return tape.gradient(surrogate, logits), surrogate, *to_control

    uniform_pair = pair_of_draws(tiled(SITES))
    for result in step(tiled([[1e4, -1e4, 0.0], [-1e4, 0.5, 1e4]]), *uniform_pair):
        assert np.all(np.isfinite(result))
    exact = exact_sites() if distribution is categorical else exact_sites_of_bits()
    assert_mean(step(tiled(SITES), *uniform_pair)[0], exact, resolution=8e-3)


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan")])
def test_temperature_is_checked(temperature):
    with pytest.raises(ValueError, match=r"temperature=.*above 0"):
        rebar(quadratic, bernoulli([[0.0]]), *pair_of_draws([[0.0]]), temperature, 1.0)


def test_costs_of_another_shape():
    with pytest.raises(ValueError, match=r"costs of shape \(4, 1\)"):
        rebar(tf.square, bernoulli(tf.zeros([4, 1])), *pair_of_draws(tf.zeros([4, 1])), 0.5, 1.0)


def test_a_cost_without_a_gradient():
    def rounding(samples):
        return tf.cast(tf.reduce_any(samples > 0.5, axis=1), tf.float32)

    with pytest.raises(ValueError, match="no gradient"):
        rebar(rounding, bernoulli([[0.0]]), *pair_of_draws([[0.0]]), 0.5, 1.0)


def test_other_distributions():
    with pytest.raises(ValueError, match=r"give a tfd\.Independent"):
        normal = tfd.Independent(tfd.Normal([[0.0]], 1.0), 1)
        rebar(quadratic, normal, *pair_of_draws([[0.0]]), 0.5, 1.0)


@pytest.mark.parametrize("distribution", [bernoulli, categorical])
def test_batches_of_unknown_size(distribution):
    def estimate(*tensors):
        logits, uniform, conditional_uniform = tensors
        return rebar_and_gradient(
            mixed_sites, distribution(logits), uniform, conditional_uniform, 0.5, 1.0
        )

    concrete = tf.function(estimate).get_concrete_function(*[tf.TensorSpec([None, 2, 3])] * 3)
    tensors = tiled(SITES, 7), *pair_of_draws(tiled(SITES, 7))
    for one, other in zip(concrete(*tensors), estimate(*tensors), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
