import numpy as np
import tensorflow as tf

from ganzoo.layers import ReconstructionEnergy


def test_energies_at_chosen_errors():
    samples = tf.constant([[[1.0], [2.0]], [[0.0], [0.0]], [[4.0], [1.0]]])
    copies = tf.constant([[[1.0], [2.0]], [[3.0], [-4.0]], [[0.0], [1.0]]])
    energies = ReconstructionEnergy()([samples, copies])
    expected = [[0.0], [np.sqrt(7) + 5], [2 + 4]]
    np.testing.assert_allclose(energies, expected, atol=3e-6)


def test_gradient_is_finite_where_nothing_is_wrong():
    samples = tf.Variable(tf.ones([2, 3]))
    with tf.GradientTape() as tape:
        energies = ReconstructionEnergy()([samples, tf.ones([2, 3])])
    assert np.isfinite(tape.gradient(energies, samples)).all()
