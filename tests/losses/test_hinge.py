import numpy as np
import tensorflow as tf

from ganzoo.losses import hinge


def test_values():
    real, fake = tf.constant([[0.0], [2.0], [-1.5]]), tf.constant([[0.0], [-0.5], [0.25]])
    np.testing.assert_allclose(hinge.discriminator_loss(real, fake), [2.0, 0.5, 3.75])
    np.testing.assert_allclose(hinge.generator_loss(fake), [0.0, 0.5, -0.25])


def test_only_scores_inside_the_margin_have_a_gradient():
    real = tf.Variable([[-1.5], [0.5], [1.5]])
    fake = tf.Variable([[-1.5], [-0.5], [1.5]])
    with tf.GradientTape(persistent=True) as tape:
        discriminator_loss = tf.reduce_sum(hinge.discriminator_loss(real, fake))
        generator_loss = tf.reduce_sum(hinge.generator_loss(fake))
    np.testing.assert_allclose(tape.gradient(discriminator_loss, real), [[-1], [-1], [0]])
    np.testing.assert_allclose(tape.gradient(discriminator_loss, fake), [[0], [1], [1]])
    np.testing.assert_allclose(tape.gradient(generator_loss, fake), [[-1], [-1], [-1]])
