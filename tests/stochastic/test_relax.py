import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from ganzoo.stochastic.rebar import rebar_and_gradient
from ganzoo.stochastic.relax import relax, relax_and_gradient
from tests.stochastic.distributions import bernoulli, categorical, draws
from tests.stochastic.test_rebar import (
    BITS,
    SITES,
    TARGET,
    assert_mean,
    exact_bits,
    exact_sites,
    mixed,
    mixed_sites,
    pair_of_draws,
    quadratic,
    surrogate_and_gradient,
    tiled,
)


def random_network(inputs, width=8, seed=0):
    """One hidden layer of fixed weights that keep no symmetry."""
    generator = np.random.default_rng(seed)
    first = tf.constant(generator.normal(0.3, 0.5, [inputs, width]), tf.float32)
    last = tf.constant(generator.normal(0.2, 0.5, [width, 1]), tf.float32)

    def network(z):
        return tf.tanh(tf.reshape(z, [-1, inputs]) @ first + 0.3) @ last

    return network


@pytest.mark.parametrize("logit", [-2.0, 0.0, 1.5])
@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_unbiased_on_the_toy(scale, logit):
    theta = expit(logit)
    surrogate, gradient = surrogate_and_gradient(
        lambda q, u, v: relax(quadratic, q, u, v, 0.5, scale, random_network(inputs=1)),
        bernoulli,
        tiled([logit]),
    )
    assert_mean(gradient, (1 - 2 * TARGET) * theta * (1 - theta), resolution=8e-3)
    assert_mean(surrogate, theta * (1 - TARGET) ** 2 + (1 - theta) * TARGET**2, resolution=1e-3)


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0])
def test_unbiased_on_three_bits(scale):
    _, gradient = surrogate_and_gradient(
        lambda q, u, v: relax(mixed, q, u, v, 0.5, scale, random_network(inputs=3)),
        bernoulli,
        tiled(BITS),
    )
    assert_mean(gradient, exact_bits(), resolution=8e-3)


def test_unbiased_on_two_categorical_sites():
    _, gradient = surrogate_and_gradient(
        lambda q, u, v: relax(mixed_sites, q, u, v, 0.5, 0.7, random_network(inputs=6)),
        categorical,
        tiled(SITES),
    )
    assert_mean(gradient, exact_sites(), resolution=8e-3)


def test_rebar_is_relax_with_a_network_of_zero():
    logits = tiled(BITS, 100)
    given = mixed, bernoulli(logits), *pair_of_draws(logits), 0.5, 0.8
    one = relax_and_gradient(*given, lambda z: 0.0 * z[:, 0])
    other = rebar_and_gradient(*given)
    for relax_result, rebar_result in zip(one, other, strict=True):
        np.testing.assert_allclose(relax_result, rebar_result, rtol=1e-5, atol=1e-6)


def test_estimate_is_affine_in_the_control_variate():
    """g of scale * f + network is that of f alone, plus the network's own control variate."""
    network = random_network(inputs=3)
    given = mixed, bernoulli(tiled(BITS, 100)), *pair_of_draws(tiled(BITS, 100)), 0.5
    score, cost, free, both = [
        relax_and_gradient(*given, scale, lambda z, on=on: on * network(z))[1].numpy()
        for scale, on in [(0.0, 0.0), (0.6, 0.0), (0.0, 1.0), (0.6, 1.0)]
    ]
    assert np.std(free - score) > 0.05 and np.std(cost - score) > 0.05
    np.testing.assert_allclose(both - score, (cost - score) + (free - score), atol=1e-5)


def test_descending_the_square_trains_the_network():
    """At t = 0.499, as in the toy of Grathwohl et al. 2017, with the network alone."""
    target = 0.499
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [keras.Input([1]), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)]
    )
    optimizer = keras.optimizers.Adam(0.03)
    optimizer.build(network.trainable_variables)

    def cost(samples):
        return tf.square(samples[:, 0] - target)

    @tf.function
    def step(index):
        with tf.GradientTape() as tape:
            logits = tiled([0.0], 500)
            uniform, conditional_uniform = draws(logits, 2 * index), draws(logits, 2 * index + 1)
            _, gradient = relax_and_gradient(
                cost, bernoulli(logits), uniform, conditional_uniform, 0.5, 0.0, network
            )
            square = tf.reduce_mean(tf.square(gradient))
        variables = [variable.value for variable in network.trainable_variables]
        optimizer.apply(tape.gradient(square, variables))
        return square

    squares = [float(step(tf.constant(index))) for index in range(150)]
    # From more than the score function's 0.0156 to near the square of the exact gradient.
    assert 0.016 < squares[0] < 0.035
    exact = (1 - 2 * target) / 4
    assert exact**2 < np.mean(squares[-10:]) < 100 * exact**2


def test_large_logits_are_finite_when_compiled():
    logits = tf.constant(np.tile([[[1e4, -1e4, 0.0], [-1e4, 0.5, 1e4]]], [200, 1, 1]), tf.float32)
    scale = tf.Variable(1.0)

    uniform, conditional_uniform = pair_of_draws(logits)

    @tf.function(jit_compile=True)
    def step():
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(logits)
            surrogate, gradient = relax_and_gradient(
                mixed_sites,
                bernoulli(logits),
                uniform,
                conditional_uniform,
                0.4,
                scale,
                random_network(inputs=6),
            )
            square = tf.reduce_mean(tf.square(gradient))
        return surrogate, tape.gradient(surrogate, logits), tape.gradient(square, scale)

    for result in step():
        assert np.all(np.isfinite(result))


def test_temperature_is_checked():
    with pytest.raises(ValueError, match=r"temperature=.*above 0"):
        relax(
            quadratic,
            bernoulli([[0.0]]),
            *pair_of_draws([[0.0]]),
            0.0,
            1.0,
            random_network(inputs=1),
        )
