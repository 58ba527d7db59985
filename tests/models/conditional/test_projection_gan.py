import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.layers import SpectralNormalization
from ganzoo.models.conditional.projection_gan import ProjectionGAN
from tests.models import toys
from tests.models.steps import Record, assert_same_weights, copy, descend, examples, mean, small

LABELS = tf.constant([0, 2, 1, 1, 0, 2, 2, 0])
SHAPES = {"image": ((8, 8, 1), {"width": 3}), "vector": ((3,), {"units": (6, 4)})}


def test_train_step_is_the_hinge_game_given_the_label():
    model = small("projection_gan", num_classes=3, discriminator_steps=2)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step((x, LABELS))

    losses = []
    for t in range(2):
        real, y = x[t::2], LABELS[t::2]
        # Samples of the batch's statistics; its moving ones stay in the discriminator's turn.
        statistics = [w.numpy() for w in g.non_trainable_variables]
        fake = g([record.latents[t], y], training=True)
        for weight, value in zip(g.non_trainable_variables, statistics):
            weight.assign(value)

        def objective(real=real, y=y, fake=fake):
            scores = a([tf.concat([real, fake], 0), tf.concat([y, y], 0)], training=True)
            inside = tf.maximum(0.0, 1 - scores[: len(real)]), tf.maximum(0.0, 1 + scores[len(y) :])
            return mean(inside[0]) + mean(inside[1])

        losses.append(descend(a, objective))
    y, z = LABELS[1::2], record.latents[2]
    loss = descend(g, lambda: -mean(a([g([z, y], training=True), y])))

    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-5)


def discriminator(shape, settings):
    return ganzoo.create(
        "projection_gan", shape, num_classes=3, seed=0, discriminator=settings
    ).discriminator


def parts(critic):
    """The features phi as a network of samples, and the wrapped psi and class vectors."""
    wrapped = {layer.layer.name: layer for layer in critic.layers if hasattr(layer, "layer")}
    psi, classes = wrapped["psi"], wrapped["classes"]
    return keras.Model(critic.inputs[0], psi.input), psi, classes


@pytest.mark.parametrize(("shape", "settings"), SHAPES.values(), ids=SHAPES)
def test_labels_differ_by_the_inner_product_of_their_vectors(shape, settings):
    """a(x, y1) - a(x, y2) = <v_y1 - v_y2, phi(x)>."""
    critic = discriminator(shape, settings)
    x = examples(4, shape)
    phi, _, classes = parts(critic)
    scores = [critic([x, tf.fill([4], y)])[:, 0] for y in range(3)]
    vectors = classes(tf.range(3)).numpy()
    features = phi(x).numpy()
    for y1, y2 in ((0, 1), (1, 2)):
        expected = features @ (vectors[y1] - vectors[y2])
        assert np.abs(expected).max() > 1e-3
        np.testing.assert_allclose(scores[y1] - scores[y2], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("shape", "settings"), SHAPES.values(), ids=SHAPES)
def test_class_vectors_of_zero_leave_the_unconditional_score(shape, settings):
    critic = discriminator(shape, settings)
    x = examples(4, shape)
    phi, psi, classes = parts(critic)
    classes.layer.embeddings.assign(0 * classes.layer.embeddings)
    scores = [critic([x, tf.fill([4], y)]) for y in range(3)]
    expected = psi(phi(x))
    assert np.ptp(expected) > 1e-3
    for score in scores:
        np.testing.assert_allclose(score, expected, rtol=1e-5)


def test_features_of_an_image_are_sums_over_its_places():
    critic = discriminator(*SHAPES["image"])
    phi, _, _ = parts(critic)
    maps = next(layer for layer in reversed(critic.layers) if isinstance(layer, keras.layers.ReLU))
    x = examples(4, (8, 8, 1))
    before = keras.Model(critic.inputs[0], maps.output)(x).numpy()
    assert before.shape == (4, 2, 2, 6) and before.min() == 0.0
    np.testing.assert_allclose(phi(x), before.sum(axis=(1, 2)), rtol=1e-5)


@pytest.mark.parametrize(("shape", "settings"), SHAPES.values(), ids=SHAPES)
def test_every_kernel_of_the_discriminator_is_normalized(shape, settings):
    critic = discriminator(shape, settings)
    wrapped = [layer for layer in critic.layers if isinstance(layer, SpectralNormalization)]
    kernels = {id(layer.kernel) for layer in wrapped}
    assert {id(w) for w in critic.trainable_variables if len(w.shape) > 1} == kernels
    assert len(kernels) == 4


def test_label_reaches_samples_through_gains_and_shifts_alone():
    model = ganzoo.create(
        "projection_gan", (8, 8, 1), num_classes=3, seed=0, generator={"width": 3}
    )
    same = model.generate(4, label=0, seed=0)
    np.testing.assert_array_equal(model.generate(4, label=1, seed=0), same)  # as initialized
    tables = [
        w for w in model.generator.trainable_variables if w.shape[0] == 3 and "gamma" in w.path
    ]
    assert len(tables) == 2
    for table in tables:
        table.assign(table * np.array([[1.0], [1.5], [1.0]]))
    np.testing.assert_array_equal(model.generate(4, label=2, seed=0), same)
    assert np.abs(model.generate(4, label=1, seed=0) - same).max() > 1e-4


def test_networks_without_a_label_are_refused():
    plain, model = small("nsgan"), small("projection_gan", num_classes=3)
    with pytest.raises(ValueError, match="each take two inputs"):
        ProjectionGAN(model.generator, plain.discriminator, num_classes=3)
    with pytest.raises(ValueError, match="each take two inputs"):
        ProjectionGAN(plain.generator, model.discriminator, num_classes=3)


@pytest.mark.parametrize("part", ["features", "psi", "classes"])
def test_kernels_without_spectral_normalization_are_refused(part):
    """Of the network of features, of psi and of the class vectors."""

    def layer(name, plain):
        return plain if name == part else SpectralNormalization(plain)

    sample, label = keras.Input((3,)), keras.Input((), dtype="int32")
    inner = keras.Sequential([keras.Input((3,)), layer("features", keras.layers.Dense(4))])
    phi = inner(sample)
    of_class = layer("classes", keras.layers.Embedding(3, 4))(label)
    scores = layer("psi", keras.layers.Dense(1))(phi) + keras.layers.Dot(1)([phi, of_class])
    critic = keras.Model([sample, label], scores)
    with pytest.raises(ValueError, match="kernel without spectral normalization"):
        ganzoo.create("projection_gan", (3,), num_classes=3, discriminator=critic)


def test_activations_of_the_discriminator_are_not_normalized():
    sample, label = keras.Input((3,)), keras.Input((), dtype="int32")
    phi = keras.layers.BatchNormalization()(sample)
    of_class = SpectralNormalization(keras.layers.Embedding(3, 3))(label)
    scores = SpectralNormalization(keras.layers.Dense(1))(phi)
    critic = keras.Model([sample, label], scores + keras.layers.Dot(1)([phi, of_class]))
    with pytest.raises(ValueError, match="discriminator normalizes activations"):
        ganzoo.create("projection_gan", (3,), num_classes=3, discriminator=critic)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_samples_belong_to_their_mode_of_the_ring(seed):
    model = toys.trained("projection_gan", "ring", seed, steps=800)
    assert toys.share_of_own_mode(model) >= 0.99
