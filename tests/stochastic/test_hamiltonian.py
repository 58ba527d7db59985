import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from ganzoo.stochastic import hamiltonian, noise


def skewed(z):
    """An unnormalized log density [N] that is no Gaussian and ties the coordinates."""
    return -0.5 * tf.reduce_sum(z**2, axis=-1) - 0.3 * tf.sin(z[:, 0]) * z[:, 1] ** 2


def normal(shape, seed):
    return tf.constant(np.random.default_rng(seed).normal(size=shape), tf.float32)


def test_the_momentum_turned_round_leads_back():
    start = hamiltonian.state(skewed, normal((4, 3), 0))
    momentum = normal((4, 3), 1)
    end, final = hamiltonian.leapfrog(skewed, start, momentum, 0.2, 7)
    assert np.abs(end.z - start.z).max() > 0.5
    back, first = hamiltonian.leapfrog(skewed, end, -final, 0.2, 7)
    for found, expected in zip(back, start):
        np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(first, -momentum, atol=1e-5)


def test_transition_is_that_of_tensorflow_probability():
    z, step_size, steps = normal((200, 3), 0), 0.9, 4
    kernel = tfp.mcmc.HamiltonianMonteCarlo(skewed, step_size, steps)
    expected, results = kernel.one_step(z, kernel.bootstrap_results(z), seed=[3, 4])
    accepted = results.is_accepted.numpy()
    assert 0.2 < accepted.mean() < 0.98
    uniform = tf.where(accepted, 0.0, 1.0 - 1e-7)  # decides as the kernel did
    momentum = results.proposed_results.initial_momentum[0]
    start = hamiltonian.state(skewed, z)
    end, acceptance = hamiltonian.transition(skewed, start, momentum, uniform, step_size, steps)
    probabilities = np.exp(np.minimum(results.log_accept_ratio, 0.0))
    np.testing.assert_allclose(acceptance, probabilities, rtol=1e-4, atol=1e-5)
    sure = accepted | (probabilities < 1.0 - 1e-6)
    np.testing.assert_allclose(end.z[sure], expected[sure], rtol=1e-4, atol=1e-5)


def test_the_state_carries_density_and_gradient_of_where_its_chains_are():
    start = hamiltonian.state(skewed, normal((200, 3), 0))
    uniform = noise.uniform([200], [5, 6])
    end, _ = hamiltonian.transition(skewed, start, normal((200, 3), 1), uniform, 0.9, 4)
    moved = np.any(end.z != start.z, axis=-1)
    assert 0.2 < moved.mean() < 0.98
    for found, expected in zip(end, hamiltonian.state(skewed, end.z)):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("step_size, lowest", [(1e-3, 0.9999), (1.0, 0.5)])
def test_short_steps_are_accepted(step_size, lowest):
    start, momentum = hamiltonian.state(skewed, normal((500, 2), 0)), normal((500, 2), 1)
    _, acceptance = hamiltonian.transition(skewed, start, momentum, tf.zeros(500), step_size, 3)
    assert lowest < acceptance.numpy().mean() <= 1.0
    if step_size == 1.0:
        assert acceptance.numpy().mean() < 0.99


def test_chains_keep_a_standard_normal():
    def log_prob(z):
        return -0.5 * tf.reduce_sum(z**2, axis=-1)

    @tf.function
    def step(state, seed):
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        momentum = tf.random.stateless_normal(state.z.shape, seeds[0])
        uniform = noise.uniform(state.z.shape[:1], seeds[1])
        return hamiltonian.transition(log_prob, state, momentum, uniform, 1.2, 2)[0]

    state = hamiltonian.state(log_prob, tf.zeros([4000, 1]))
    for seed in range(30):
        state = step(state, tf.constant([7, seed]))
    # Standard errors: 0.016 of the mean, 0.022 of the variance.
    assert abs(state.z.numpy().mean()) < 0.07
    assert abs(state.z.numpy().var() - 1.0) < 0.1


def test_a_diverged_trajectory_is_rejected():
    def steep(z):
        return -tf.reduce_sum(tf.exp(z**2), axis=-1)

    start = hamiltonian.state(steep, normal((3, 2), 0))
    end, acceptance = hamiltonian.transition(steep, start, start.z, tf.zeros(3), 1e3, 3)
    for found, expected in zip(end, start):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(acceptance, 0.0)
