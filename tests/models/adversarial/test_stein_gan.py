import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.data import toys as point_sets
from ganzoo.losses import stein
from ganzoo.metrics import modes
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    examples,
    mean,
    small,
)


def direction(x, scores):
    """phi by its definition, one particle after another."""
    squares = np.sum((x[:, None] - x[None]) ** 2, axis=-1)
    bandwidth = np.median(squares) / np.log(len(x) + 1)
    kernel = np.exp(-squares / bandwidth)
    return np.stack(
        [
            np.mean(kernel[:, i, None] * (scores + 2 / bandwidth * (x[i] - x)), axis=0)
            for i in range(len(x))
        ]
    )


def test_train_step_is_amortized_maximum_likelihood():
    model = small("stein_gan", sample_weight=0.6)
    energy, g = copy(model.energy), copy(model.generator)
    x, record = examples(6), Record(model)
    logs = model.train_step(x)

    def objective():
        return mean(energy(x)) - 0.6 * mean(energy(g(record.latents[0])))

    energy_loss = descend(energy, objective)
    samples = tf.Variable(g(record.latents[1]))
    with tf.GradientTape() as tape:
        energies = energy(samples)
    phi = direction(samples.numpy(), -tape.gradient(energies, samples).numpy())
    loss = descend(g, lambda: -mean(tf.reduce_sum(phi * g(record.latents[1]), axis=1)))

    assert_same_weights(model.energy, energy)
    assert_same_weights(model.generator, g)
    assert float(logs["energy_loss"]) == pytest.approx(energy_loss, rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-3)


def test_discriminate_gives_the_energy_of_each_sample():
    model, x = small("stein_gan"), examples(6)
    energies = model.discriminate(x)["energy"]
    np.testing.assert_allclose(energies, model.energy(x)[:, 0], rtol=1e-6)
    assert energies.shape == (6,) and np.std(energies) > 0


def test_images_are_particles_of_all_their_pixels():
    model = small("stein_gan", data_shape=(8, 8, 1), energy={"width": 2}, generator={"width": 2})
    images = tf.tanh(examples(3, (8, 8, 1)))
    scores = -model.energy_gradient(images).numpy().reshape(3, -1)
    flat = images.numpy().reshape(3, -1)
    expected = -np.sum(direction(flat, scores) * flat, axis=1)
    np.testing.assert_allclose(model.stein_loss(images), expected, rtol=1e-4)


@keras.saving.register_keras_serializable("tests")
class MixtureEnergy(keras.layers.Layer):
    """-log p(x) of eight Gaussians on the ring, [N, 1]; a constant that nothing depends on."""

    sigma = 0.3

    def build(self, input_shape):
        self.constant = self.add_weight(shape=(), initializer="zeros")

    def call(self, x):
        squares = tf.reduce_sum(
            (x[:, None] - tf.constant(point_sets.RING_CENTERS, x.dtype)) ** 2, -1
        )
        log_density = tf.reduce_logsumexp(-squares / (2 * self.sigma**2), axis=1, keepdims=True)
        return self.constant - log_density


def sampler_of_the_mixture(seed, steps):
    """Samples of a generator that follows the known energy, from the recipe's own train step."""
    point = keras.Input((2,))
    model = ganzoo.create(
        "stein_gan",
        (2,),
        seed=seed,
        energy=keras.Model(point, MixtureEnergy()(point)),
        jit_compile=True,
        steps_per_execution=100,
    )
    points = np.zeros((25_600, 2), "float32")  # the energy learns nothing from them
    model.fit(points, batch_size=256, steps_per_epoch=steps, verbose=0)
    return model.generate(2000, seed=0).numpy()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_samples_a_known_mixture(seed):
    samples = sampler_of_the_mixture(seed, steps=1500)
    ring = modes.MODES["ring"]._replace(std=MixtureEnergy.sigma)
    coverage = modes.toy_bench_coverage(samples, ring, reach=0.9)
    assert coverage.num_modes == 8, coverage
    assert 0.89 < coverage.high_quality_share < 0.97, coverage
    assert coverage.reverse_kl < 0.05
    assert 0.25 < spread(samples) < 0.45  # 0.3 of the mixture


def spread(samples):
    """Root mean square of a coordinate's distance from the nearest center."""
    offsets = samples[:, None] - point_sets.RING_CENTERS
    nearest = np.sum(offsets**2, axis=2).min(axis=1)
    return np.sqrt(nearest.mean() / 2)


@pytest.mark.slow
def test_without_repulsion_samples_shrink_to_a_point(monkeypatch):
    full = stein.direction

    def attraction(points, particles, scores):
        return full(points, particles, scores) - full(points, particles, tf.zeros_like(scores))

    monkeypatch.setattr(stein, "direction", attraction)
    samples = sampler_of_the_mixture(seed=0, steps=1500)
    assert samples.std(axis=0).max() < 0.15  # 0.07; the mixture's is 1.4


def test_batch_normalization_in_the_energy_is_refused():
    inputs = keras.Input((3,))
    normalized = keras.layers.Dense(1)(keras.layers.BatchNormalization()(inputs))
    with pytest.raises(ValueError, match=r"The score .* batch normalization"):
        small("stein_gan", energy=keras.Model(inputs, normalized))


@pytest.mark.parametrize("value", [-0.1, float("nan"), "1"])
def test_sample_weight_is_checked(value):
    with pytest.raises(ValueError, match=f"sample_weight={value!r}: give a "):
        small("stein_gan", sample_weight=value)
