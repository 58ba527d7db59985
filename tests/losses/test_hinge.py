import numpy as np
import tensorflow as tf

from ganzoo.losses import hinge


def test_losses_at_chosen_scores():
    real, fake = tf.constant([[0.0], [2.0], [-1.0]]), tf.constant([[0.0], [-0.5], [3.0]])
    np.testing.assert_allclose(hinge.discriminator_loss(real, fake), [2.0, 0.5, 6.0])
    np.testing.assert_allclose(hinge.generator_loss(fake), [0.0, 0.5, -3.0])


def test_examples_beyond_the_margin_have_no_gradient():
    real, fake = tf.Variable([[-1.5], [0.5], [1.5]]), tf.Variable([[-1.5], [-0.5], [1.5]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(hinge.discriminator_loss(real, fake))
    to_real, to_fake = tape.gradient(loss, [real, fake])
    np.testing.assert_allclose(to_real, [[-1.0], [-1.0], [0.0]])
    np.testing.assert_allclose(to_fake, [[0.0], [1.0], [1.0]])


def test_generator_has_no_hinge():
    fake = tf.Variable([[-5.0], [5.0]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(hinge.generator_loss(fake))
    np.testing.assert_allclose(tape.gradient(loss, fake), [[-1.0], [-1.0]])
