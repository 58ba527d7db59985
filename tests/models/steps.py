"""Tools to watch one train step and to compute it a second time."""

import keras
import numpy as np
import tensorflow as tf

import ganzoo
from ganzoo import registry

RATE = 0.1


def small(name, seed=0, rate=RATE, data_shape=(3,), num_classes=None, **settings):
    """A model of small smooth perceptrons that trains eagerly by plain gradient descent."""
    second = registry.get(name).model.network_names[0]
    networks = {
        "generator": {"units": (5,), "activation": "tanh"},
        second: {"units": (6,), "activation": "tanh"},
    }
    model = ganzoo.create(
        name,
        data_shape,
        num_classes=num_classes,
        seed=seed,
        **{"latent_dim": 2, **networks, **settings},
    )
    return descending(model, rate)


def descending(model, rate=RATE):
    """`model`, recompiled for eager gradient descent."""
    optimizers = {name: keras.optimizers.SGD(rate) for name in model.optimizer_names}
    model.compile(run_eagerly=True, **optimizers)
    return model


def members(network):
    """The networks of an ensemble."""
    return [layer for layer in network.layers if layer.name.startswith("member_")]


def draws_of(model, monkeypatch):
    """What the model draws from now on, a list that grows."""
    draws, draw = [], model.draw

    def watched(sampler, shape, seed):
        draws.append(draw(sampler, shape, seed))
        return draws[-1]

    monkeypatch.setattr(model, "draw", watched)
    return draws


def examples(count, shape=(3,), seed=0):
    """Points [count, *shape] around 0.5."""
    values = 0.5 + np.random.default_rng(seed).normal(size=(count, *shape))
    return tf.constant(values, tf.float32)


def bits(count, size=3, seed=0):
    """Vectors [count, size] of bits, more ones than zeros."""
    values = np.random.default_rng(seed).random((count, size)) < 0.7
    return tf.constant(values, tf.float32)


def one_hot(count, sites=2, categories=3, seed=0):
    """One-hot examples [count, sites, categories]."""
    indices = np.random.default_rng(seed).integers(categories, size=(count, sites))
    return tf.one_hot(indices, categories)


class Record:
    """What a model draws and updates from now on.

    Attributes:
      minibatches: the data [N, ...] of every draw of latents.
      latents: the latents of every such draw.
      epsilons: the mixing weights of WGAN-GP.
      uniforms: the noise of hard samples of discrete data, [N, ...] each.
      samples: M hard samples of each latent, [M, N, ...].
      updates: (network, loss) of every update.
    """

    def __init__(self, model):
        self.minibatches, self.latents, self.epsilons, self.updates = [], [], [], []
        self.uniforms, self.samples = [], []
        draw_latents, minimize = model.draw_latents, model.minimize

        def watched_draw(data, seed):
            self.minibatches.append(data.numpy())
            self.latents.append(draw_latents(data, seed))
            return self.latents[-1]

        def watched_minimize(network, tape, loss):
            self.updates.append((network, float(loss)))
            return minimize(network, tape, loss)

        draw_uniform, draw_samples = model.draw_uniform, model.draw_samples

        def watched_uniform(data, seed):
            self.uniforms.append(draw_uniform(data, seed))
            return self.uniforms[-1]

        def watched_samples(conditional, count, seed):
            self.samples.append(draw_samples(conditional, count, seed))
            return self.samples[-1]

        model.draw_latents, model.minimize = watched_draw, watched_minimize
        model.draw_uniform, model.draw_samples = watched_uniform, watched_samples
        if hasattr(model, "draw_epsilon"):
            draw_epsilon = model.draw_epsilon

            def watched_epsilon(data, seed):
                self.epsilons.append(draw_epsilon(data, seed))
                return self.epsilons[-1]

            model.draw_epsilon = watched_epsilon


def copy(network):
    """The same network with weights of its own."""
    twin = keras.models.clone_model(network)
    twin.set_weights(network.get_weights())
    return twin


def ignoring_label(network, shape):
    """`network` with a second input that it does not use."""
    inputs, label = keras.Input(shape), keras.Input((), dtype="int32")
    nothing = keras.layers.Rescaling(0.0)(keras.layers.Reshape((1,))(label))
    outputs = keras.layers.Add()([network(inputs), nothing])
    return keras.Model([inputs, label], outputs)


def descend(network, objective, rate=RATE):
    """One step of gradient descent on `objective()`, and its value before."""
    with tf.GradientTape() as tape:
        loss = objective()
    variables = network.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables)):
        variable.assign_sub(rate * gradient)
    return float(loss)


def assert_same_weights(network, expected):
    """Two networks with the same weights up to float32 rounding of a few steps."""
    for weight, other in zip(network.weights, expected.weights):
        np.testing.assert_allclose(weight, other, rtol=1e-4, atol=1e-6, err_msg=weight.path)


def mean(values):
    """Mean of scores [N, 1] or [N]."""
    return tf.reduce_mean(values)


def half_squared_gradient(critic, data):
    """Mean of 1/2 ||d critic / dx||^2, example by example, through a Jacobian."""
    with tf.GradientTape() as tape:
        tape.watch(data)
        scores = critic(data)
    jacobian = tape.batch_jacobian(scores, data)
    return 0.5 * tf.reduce_mean(tf.reduce_sum(tf.reshape(jacobian**2, [len(data), -1]), axis=1))


def energy(autoencoder, points):
    """Mean squared error of the reconstructions of points [N, F]: [N]."""
    reconstructions, _ = autoencoder(points)
    return tf.reduce_sum((reconstructions - points) ** 2, axis=1) / points.shape[1]
