import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp

from ganzoo.layers import RestrictedBoltzmannMachine
from ganzoo.stochastic import noise

# The golden machine: 4 visible and 3 hidden bits.
KERNEL = np.fromfunction(lambda i, j: 0.1 * (j + 1) * (i + 1) * (-1) ** (i + j), (4, 3))
VISIBLE_BIAS = np.array([0.1, -0.2, 0.3, 0.0])
HIDDEN_BIAS = np.array([0.5, -0.3, 0.2])
LOG_Z = 5.3215281440


def bit_rows(size):
    return np.array(list(itertools.product([0.0, 1.0], repeat=size)), "float32")


def golden():
    layer = RestrictedBoltzmannMachine(4, 3)
    layer.build((None, 3))
    layer.set_weights([KERNEL, VISIBLE_BIAS, HIDDEN_BIAS])
    return layer


def log_joint(v, h):
    """-E(v, h) = b'v + c'h + v'W h."""
    return v @ VISIBLE_BIAS + h @ HIDDEN_BIAS + np.sum((v @ KERNEL) * h, axis=-1)


def test_free_energy_sums_the_hidden_bits_out():
    v, h = bit_rows(4), bit_rows(3)
    energies = np.asarray(golden().free_energy(v), "float64")
    expected = logsumexp(log_joint(v[:, None], h[None]), axis=1)
    np.testing.assert_allclose(-energies, expected, rtol=1e-6)
    assert logsumexp(-energies) == pytest.approx(LOG_Z, abs=1e-6)
    assert -energies[0b1011] - LOG_Z == pytest.approx(-2.5949570459, abs=1e-6)


def test_conditionals_are_those_of_the_joint():
    v, h = bit_rows(4), bit_rows(3)
    joint = np.exp(log_joint(v[:, None], h[None]))  # [16, 8]
    of_hidden = joint @ h / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(tf.sigmoid(golden().hidden_logits(v)), of_hidden, rtol=1e-5)
    of_visible = joint.T @ v / joint.sum(axis=0)[:, None]
    np.testing.assert_allclose(tf.sigmoid(golden()(h)), of_visible, rtol=1e-5)


def test_gradient_of_the_free_energies_is_that_of_the_likelihood():
    """d(-log p(v)) = E_model[v h'] - E_data[v h'], and the golden E[v_0 h]."""
    layer, states, x = golden(), bit_rows(4), np.float32([[1, 0, 1, 1]])
    probability = np.exp(-np.asarray(layer.free_energy(states), "float64") - LOG_Z)
    with tf.GradientTape() as tape:
        expected_energy = tf.reduce_sum(
            tf.constant(probability, tf.float32) * layer.free_energy(states)
        )
        loss = layer.free_energy(x)[0] - expected_energy
    of_kernel, of_visible, of_hidden = tape.gradient(loss, layer.trainable_variables)

    joint = np.exp(log_joint(states[:, None], bit_rows(3)[None]) - LOG_Z)
    model = np.einsum("vh,vi,hj->ij", joint, states, bit_rows(3))
    np.testing.assert_allclose(model[0], [0.3595063599, 0.2192296505, 0.3376062206], atol=1e-9)
    mean_h = 1 / (1 + np.exp(-(HIDDEN_BIAS + x @ KERNEL)))[0]
    np.testing.assert_allclose(of_kernel, model - np.outer(x[0], mean_h), atol=1e-6)
    np.testing.assert_allclose(of_visible, joint.sum(axis=1) @ states - x[0], atol=1e-6)
    np.testing.assert_allclose(of_hidden, joint.sum(axis=0) @ bit_rows(3) - mean_h, atol=1e-6)


def test_a_sweep_by_hand():
    """v from the old h, then h from the new v, each bit by its own draw."""
    layer, old = golden(), bit_rows(3)
    uniform = np.asarray(noise.uniform([8, 7], [0, 2]))
    visible, hidden = layer.sweep(old, uniform)
    of_visible = 1 / (1 + np.exp(VISIBLE_BIAS + old @ KERNEL.T))
    np.testing.assert_array_equal(visible, uniform[:, :4] > of_visible)
    of_hidden = 1 / (1 + np.exp(HIDDEN_BIAS + np.asarray(visible) @ KERNEL))
    np.testing.assert_array_equal(hidden, uniform[:, 4:] > of_hidden)
    assert not np.array_equal(old, hidden)


def test_a_sweep_leaves_the_joint_distribution_as_it_is():
    """Hidden bits with their exact frequencies; after a sweep (v, h) have those of the joint."""
    layer, count = golden(), 200_000
    v, h = bit_rows(4), bit_rows(3)
    joint = np.exp(log_joint(v[:, None], h[None]) - LOG_Z)
    start = np.random.default_rng(0).choice(8, count, p=joint.sum(axis=0) / joint.sum())
    visible, hidden = layer.sweep(h[start], noise.uniform([count, 7], [0, 1]))
    numbers = np.asarray(visible) @ [64, 32, 16, 8] + np.asarray(hidden) @ [4, 2, 1]
    frequencies = np.bincount(numbers.astype(int), minlength=128) / count
    expected = joint.ravel()
    errors = np.sqrt(expected * (1 - expected) / count)
    assert np.all(np.abs(frequencies - expected) < 4.5 * errors)


def test_a_sweep_has_no_gradient():
    layer = golden()
    with tf.GradientTape() as tape:
        visible, hidden = layer.sweep(bit_rows(3), noise.uniform([8, 7], [0, 1]))
        total = tf.reduce_sum(visible) + tf.reduce_sum(hidden)
    assert tape.gradient(total, layer.trainable_variables) == [None] * 3


def test_initial_weights():
    layer = RestrictedBoltzmannMachine(200, 100, deviation=0.03)
    layer.build((None, 100))
    kernel, visible_bias, hidden_bias = layer.get_weights()
    assert kernel.std() == pytest.approx(0.03, rel=0.05)
    assert not visible_bias.any() and not hidden_bias.any()
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert [w.shape for w in copy.weights] == [(200, 100), (200,), (100,)]
    assert copy.deviation == 0.03
