import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.layers import MinibatchDiscrimination
from ganzoo.models.base import score_pair


def layer(features=4, kernels=3, dims=2, **settings):
    built = MinibatchDiscrimination(kernels, dims, kernel_initializer="random_normal", **settings)
    built.build((None, features))
    built.kernel.assign(np.random.default_rng(1).normal(size=built.kernel.shape))
    return built


def examples(count, features=4, seed=0):
    return np.random.default_rng(seed).normal(size=(count, features)).astype("float32")


def test_features_by_hand():
    x, built = examples(6), layer()
    tensor = built.kernel.numpy().reshape(4, 3, 2)
    m = np.einsum("na,abc->nbc", x, tensor)
    expected = [
        [
            sum(np.exp(-np.abs(m[i, b] - m[j, b]).sum()) for j in range(6) if j != i)
            for b in range(3)
        ]
        for i in range(6)
    ]
    outputs = built(x).numpy()
    np.testing.assert_array_equal(outputs[:, :4], x)
    np.testing.assert_allclose(outputs[:, 4:], expected, rtol=1e-5, atol=1e-6)


def test_a_batch_of_one_point_and_one_of_far_points():
    same = np.repeat(examples(1), 7, axis=0)
    np.testing.assert_allclose(layer()(same)[:, 4:], 6.0, rtol=1e-6)
    far = 1e3 * np.arange(7)[:, None] * np.ones((1, 4), np.float32)
    np.testing.assert_allclose(layer()(far)[:, 4:], 0.0, atol=1e-6)
    np.testing.assert_allclose(layer()(examples(1))[:, 4:], 0.0, atol=1e-6)


def test_examples_change_places_with_their_features():
    x, built = examples(5), layer()
    order = [3, 0, 4, 1, 2]
    np.testing.assert_allclose(built(x).numpy()[order], built(x[order]), rtol=1e-5)


def test_gradient_pushes_equal_examples_apart():
    """A generator that is told to lower the nearness leaves the others: each learns of all."""
    x = tf.Variable(examples(4))
    with tf.GradientTape() as tape:
        nearness = tf.reduce_sum(layer()(x)[0, 4:])
    gradient = tape.gradient(nearness, x).numpy()
    assert (np.abs(gradient).sum(axis=1) > 1e-4).all()
    np.testing.assert_allclose(gradient.sum(axis=0), 0, atol=1e-5)  # distances alone matter


def test_reduced_precision_compares_in_float32():
    x = examples(6)
    outputs = layer(dtype="mixed_bfloat16")(x)
    assert outputs.dtype == tf.bfloat16
    np.testing.assert_allclose(
        tf.cast(outputs, tf.float32)[:, 4:], layer()(x)[:, 4:], rtol=0.05, atol=0.05
    )


def test_config_round_trip_and_shapes():
    built = layer()
    copy = MinibatchDiscrimination.from_config(built.get_config())
    assert copy.get_config() == built.get_config()
    assert built.compute_output_shape((None, 4)) == (None, 7)
    with pytest.raises(ValueError, match="flatten"):
        MinibatchDiscrimination(2).build((None, 4, 4))


@pytest.mark.parametrize("shape", [(8, 8, 1), (2,)])
def test_discriminators_take_it_before_their_output(shape):
    settings = {"minibatch_kernels": 3}
    model = ganzoo.create("nsgan", shape, seed=0, latent_dim=2, discriminator=settings)
    assert isinstance(model.discriminator.layers[-2], MinibatchDiscrimination)
    x = examples(6, int(np.prod(shape))).reshape(6, *shape)
    one, other = model.discriminator(x), model.discriminator(x[:3])
    assert np.abs(one[:3] - other).max() > 1e-3


def test_data_and_samples_are_scored_apart():
    model = ganzoo.create("nsgan", (2,), seed=0, discriminator={"minibatch_kernels": 3})
    real, fake = examples(5, 2), examples(4, 2, seed=1)
    real_scores, fake_scores = score_pair(model.discriminator, real, fake)
    np.testing.assert_allclose(real_scores, model.discriminator(real, training=True), rtol=1e-6)
    np.testing.assert_allclose(fake_scores, model.discriminator(fake, training=True), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "critic", "settings", "penalty"),
    [
        ("wgan_gp", "critic", {}, "The gradient penalty"),
        ("nsgan", "discriminator", {"r1_weight": 1.0}, "R1"),
        ("nsgan", "discriminator", {"r2_weight": 1.0}, "R2"),
    ],
)
def test_gradient_penalties_refuse_it(name, critic, settings, penalty):
    with pytest.raises(ValueError, match=rf"{penalty} .* minibatch discrimination .*kernels"):
        ganzoo.create(name, (2,), seed=0, **settings, **{critic: {"minibatch_kernels": 3}})


def test_saved_networks_come_back(tmp_path):
    model = ganzoo.create("nsgan", (2,), seed=0, discriminator={"minibatch_kernels": 3})
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    x = examples(5, 2)
    np.testing.assert_array_equal(model.discriminator(x), restored.discriminator(x))
