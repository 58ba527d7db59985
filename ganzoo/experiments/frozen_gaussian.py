"""Games on the line in which the generator stands still, so that the other player can settle."""

import math

import keras
import numpy as np
import tensorflow as tf

import ganzoo

BATCH_SIZE = 256


def trained_critic(name, real_mean, fake_mean, seed, steps, **settings):
    """The critic of a model that tells N(real_mean, 1) from a generator frozen at N(fake_mean, 1).

    Args:
      name: recipe, of two players the second of which is the generator.
      seed: of weights, data and noise.
      steps: updates of the critic, each at 256 new points of both.
      **settings: for `ganzoo.create`; one update of the critic a step.

    Returns:
      Keras network, points [N, 1] to logits or scores [N, 1].
    """
    latents = keras.Input((1,))
    shift = keras.layers.Dense(1)
    generator = keras.Model(latents, shift(latents))
    shift.set_weights([np.ones((1, 1)), np.array([fake_mean])])
    model = ganzoo.create(
        name,
        (1,),
        seed=seed,
        latent_dim=1,
        latent_distribution="normal",
        generator=generator,
        steps_per_execution=math.gcd(steps, 50),
        **settings,
    )
    model.gate("generator").assign(1.0)
    points = np.random.default_rng(seed).normal(real_mean, 1.0, (steps * BATCH_SIZE, 1))
    points = points.astype("float32")
    model.fit(points, batch_size=BATCH_SIZE, steps_per_epoch=steps, verbose=0)
    return getattr(model, model.network_names[0])


def values_and_slopes(function, points):
    """f and df/dx of single points [n] for f on [n, 1]: float64 [n] each."""
    x = tf.constant(np.asarray(points, np.float32)[:, None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        values = function(x)
    slopes = tape.gradient(values, x)
    return np.asarray(values, np.float64)[:, 0], np.asarray(slopes, np.float64)[:, 0]
