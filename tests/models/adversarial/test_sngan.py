import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.layers import SpectralNormalization, held_statistics
from tests.models import toys
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    examples,
    mean,
    small,
)


def test_train_step_is_the_hinge_game():
    model = small("sngan", discriminator_steps=2)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)

    losses = []
    for t in range(2):
        real, fake = x[t::2], g(record.latents[t])

        def objective(real=real, fake=fake):
            scores = a(tf.concat([real, fake], axis=0), training=True)  # one power iteration
            real_scores, fake_scores = tf.split(scores, 2)
            return mean(tf.nn.relu(1 - real_scores)) + mean(tf.nn.relu(1 + fake_scores))

        losses.append(descend(a, objective))

    def generator_objective():
        with held_statistics():
            return -mean(a(g(record.latents[2]), training=True))

    loss = descend(g, generator_objective)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-5)


def layers_with_kernels(network):
    return [layer for layer in network.layers if hasattr(layer, "kernel")]


@pytest.mark.parametrize(
    ("data_shape", "width"), [((8, 8, 1), {"width": 4}), ((2,), {"units": (6, 6)})]
)
def test_every_layer_is_normalized(data_shape, width):
    model = ganzoo.create(
        "sngan", data_shape, seed=0, latent_dim=4, discriminator=width, discriminator_steps=1
    )
    layers = layers_with_kernels(model.discriminator)
    assert len(layers) == 3
    assert all(isinstance(layer, SpectralNormalization) for layer in layers)
    x = tf.tanh(examples(8, data_shape))
    iterate = tf.function(lambda: model.discriminator(x, training=True))
    for _ in range(200):
        iterate()
    for layer in layers:
        inner = layer.layer
        size = int(np.prod(inner.kernel.shape[:-1]))
        sigma = np.linalg.svd(inner.kernel.numpy().reshape(size, -1), compute_uv=False)[0]
        u = layer.vector_u.numpy()
        estimate = np.linalg.norm(u @ inner.kernel.numpy().reshape(size, -1).T)
        assert sigma / estimate == pytest.approx(1.0, abs=1e-4)


def test_augmented_too_an_update_is_one_power_iteration():
    """Data and samples then pass the discriminator one after the other."""
    discriminator = {"width": 4, "augmentation": ("translation",)}
    model = ganzoo.create(
        "sngan",
        (8, 8, 1),
        seed=0,
        latent_dim=4,
        generator={"width": 4},
        discriminator=discriminator,
        discriminator_steps=1,
    )
    expected = []
    for layer in layers_with_kernels(model.discriminator):
        matrix = layer.layer.kernel.numpy().reshape(-1, layer.layer.kernel.shape[-1])
        v = layer.vector_u.numpy() @ matrix.T
        u = v @ matrix
        expected.append(u / np.linalg.norm(u))
    model.train_step(tf.tanh(examples(6, (8, 8, 1))))
    for layer, u in zip(layers_with_kernels(model.discriminator), expected, strict=True):
        np.testing.assert_allclose(layer.vector_u, u, atol=1e-5)


def test_scale_of_the_kernels_does_not_matter():
    model = small("sngan")
    x = examples(5)
    before = model.discriminator(x)
    for layer in layers_with_kernels(model.discriminator):
        layer.kernel.assign(3.0 * layer.kernel)
    np.testing.assert_allclose(model.discriminator(x), before, rtol=1e-5)


def test_discriminator_is_lipschitz():
    """Slopes of at most 1 for activations of slope 1, whatever the weights."""
    model = small("sngan")
    for layer in layers_with_kernels(model.discriminator):
        layer.kernel.assign(50.0 * layer.kernel)
    x, y = examples(64, seed=1), examples(64, seed=2)
    iterate = tf.function(lambda: model.discriminator(x, training=True))
    for _ in range(100):
        iterate()
    rises = tf.abs(model.discriminator(x) - model.discriminator(y))[:, 0]
    slopes = rises / tf.norm(x - y, axis=1)
    assert 0.01 < tf.reduce_max(slopes) <= 1.0 + 1e-4


@pytest.mark.parametrize(
    "discriminator",
    [{"width": 2, "normalization": None}, {"width": 2, "normalization": "batch"}],
)
def test_another_normalization_is_refused(discriminator):
    with pytest.raises(ValueError, match="has a kernel without spectral normalization"):
        ganzoo.create("sngan", (8, 8, 1), discriminator=discriminator)


def normalized(units):
    return SpectralNormalization(keras.layers.Dense(units))


@pytest.mark.parametrize(
    "nested",
    [
        keras.layers.Dense(4),
        keras.layers.Dense(4, trainable=False),
        keras.Sequential([normalized(4), keras.Sequential([keras.layers.Dense(4)])]),
    ],
    ids=["plain", "frozen", "two levels down"],
)
def test_kernels_of_networks_inside_are_normalized_too(nested):
    inner = keras.Sequential([keras.Input((3,)), nested])
    critic = keras.Sequential([keras.Input((3,)), inner, normalized(1)])
    with pytest.raises(ValueError, match=r"kernel without spectral normalization, .*dense.*kernel"):
        ganzoo.create("sngan", (3,), discriminator=critic)


@pytest.mark.parametrize("kind", ["BatchNormalization", "LayerNormalization"])
def test_activations_are_not_normalized(kind):
    def critic(*between):
        inner = keras.Sequential([keras.Input((3,)), normalized(4), *between])
        return keras.Sequential([keras.Input((3,)), inner, keras.layers.ReLU(), normalized(1)])

    ganzoo.create("sngan", (3,), discriminator=critic())
    with pytest.raises(ValueError, match="discriminator normalizes activations"):
        ganzoo.create("sngan", (3,), discriminator=critic(getattr(keras.layers, kind)()))


def test_features_of_the_minibatch_are_refused():
    with pytest.raises(ValueError, match="has a kernel without spectral normalization"):
        ganzoo.create("sngan", (3,), discriminator={"minibatch_kernels": 2})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring(seed):
    coverage = toys.ring_coverage(toys.trained("sngan", "ring", seed, steps=1500))
    assert coverage.num_modes == 8, coverage
