import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.layers import DropReference, ReferenceBatch, VirtualBatchNormalization
from ganzoo.networks import dcgan_critic

R = 6
SHAPES = {"dense": (5,), "image": (3, 2, 5)}


def layer(shape, **settings):
    built = VirtualBatchNormalization(R, epsilon=1e-3, **settings)
    built.build((None, *shape))
    rng = np.random.default_rng(1)
    built.gamma.assign(rng.normal(1, 0.2, shape[-1]))
    built.beta.assign(rng.normal(0, 0.5, shape[-1]))
    return built


def rows(shape, count=R + 4, seed=0):
    scale = np.linspace(0.5, 2.0, shape[-1])
    return (np.random.default_rng(seed).normal(size=(count, *shape)) * scale + 3).astype("float32")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_statistics_by_hand(shape):
    x, built = rows(shape), layer(shape)
    spatial = tuple(range(1, len(shape)))
    reference = x[:R].astype("float64")
    mean, square = reference.mean((0, *spatial)), (reference**2).mean((0, *spatial))
    expected = []
    for row in x:
        if len(expected) < R:
            m, s = mean, square
        else:
            own = tuple(range(len(shape) - 1))
            m = (R * mean + row.mean(own)) / (R + 1)
            s = (R * square + (row.astype("float64") ** 2).mean(own)) / (R + 1)
        normalized = (row - m) / np.sqrt(s - m**2 + 1e-3)
        expected.append(built.gamma.numpy() * normalized + built.beta.numpy())
    np.testing.assert_allclose(built(x), expected, rtol=1e-4, atol=1e-5)


def test_the_mean_of_the_reference_becomes_the_shift():
    x, built = rows((5,)), layer((5,))
    x[R:] = x[:R].mean(axis=0)
    np.testing.assert_allclose(built(x)[R:], np.tile(built.beta, (4, 1)), atol=1e-5)


def test_a_large_mean_does_not_cancel():
    x, built = rows((5,)), layer((5,))
    np.testing.assert_allclose(built(x + 1e4), built(x), rtol=0.02, atol=0.02)


def test_examples_do_not_interact_and_the_reference_has_a_gradient():
    x, built = tf.constant(rows((3, 2, 5))), layer((3, 2, 5))
    # To rounding: how a sum over a batch is ordered depends on its size.
    alone = built(tf.gather(x, [*range(R), R + 1]))[R]
    np.testing.assert_allclose(built(x)[R + 1], alone, atol=2e-6)
    with tf.GradientTape() as tape:
        tape.watch(x)
        one = tf.reduce_sum(built(x)[R + 1] ** 3)
    reach = tf.reduce_sum(tf.abs(tape.gradient(one, x)), axis=[1, 2, 3]).numpy()
    assert (reach[R:] > 0).tolist() == [False, True, False, False]
    assert (reach[:R] > 1e-4).all()


def test_training_and_inference_are_the_same_and_nothing_moves():
    x, built = rows((5,)), layer((5,))
    np.testing.assert_array_equal(built(x, training=True), built(x, training=False))
    assert built.non_trainable_variables == []


def test_reduced_precision_has_statistics_in_float32():
    x = rows((5,))
    outputs = layer((5,), dtype="mixed_bfloat16")(x)
    assert outputs.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(outputs, tf.float32), layer((5,))(x), atol=0.06)


def test_reference_goes_in_front_and_off_again():
    front, off = ReferenceBatch(R), DropReference(R)
    x = rows((5,), 3)
    both = front(x)
    np.testing.assert_array_equal(both, np.concatenate([front.reference, x]))
    np.testing.assert_array_equal(off(both), x)
    assert front.trainable_variables == []
    for each in (front, off, layer((5,))):
        assert type(each).from_config(each.get_config()).get_config() == each.get_config()


@pytest.mark.parametrize("size", [1, 0, -3])
def test_a_reference_of_fewer_than_two_is_refused(size):
    with pytest.raises(ValueError, match=f"size={size}: a reference batch takes"):
        ReferenceBatch(size)


def tiny(name="dcgan", **settings):
    generator = {"width": 2, "normalization": "virtual", "reference_size": R}
    networks = {"generator": generator, "discriminator": {"width": 2}}
    return ganzoo.create(
        name, (8, 8, 1), num_classes=3, seed=0, latent_dim=3, **networks, **settings
    )


def images(count=16):
    return np.random.default_rng(0).uniform(-1, 1, (count, 8, 8, 1)).astype("float32")


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_the_reference_is_drawn_from_the_prior(distribution):
    model = tiny(latent_distribution=distribution)
    reference = model.generator.get_layer("reference_batch").reference
    expected = model.draw_prior([R, 3], tf.constant([0, 2], tf.int64))
    np.testing.assert_array_equal(reference, expected)
    assert np.abs(reference - model.sample_latents(R, seed=0)).min() > 0  # not shown by `generate`


def test_a_sample_does_not_depend_on_its_batch():
    model = tiny()
    codes = model.sample_latents(9, seed=1)
    np.testing.assert_allclose(model.decode(codes)[4:5], model.decode(codes[4:5]), atol=1e-6)


@pytest.mark.parametrize("name", ["dcgan", "cgan"])
@pytest.mark.thorough
def test_models_train_save_and_export(name, tmp_path):
    model = tiny(name, averaging=0.5)
    reference = model.generator.get_layer("reference_batch").reference.numpy()
    model.fit(images(), np.arange(16) % 3, batch_size=8, epochs=1, verbose=0)
    np.testing.assert_array_equal(reference, model.generator.get_layer("reference_batch").reference)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    for each in (model, restored):
        each.fit(images(), np.arange(16) % 3, batch_size=8, epochs=2, initial_epoch=1, verbose=0)
    np.testing.assert_array_equal(model.generate(5, seed=0), restored.generate(5, seed=0))
    model.export(tmp_path / "saved")
    served = ganzoo.load(tmp_path / "saved").generate(5, seed=0)
    np.testing.assert_allclose(served, model.generate(5, seed=0), atol=1e-6)


def test_critics_have_none():
    with pytest.raises(ValueError, match="normalization='virtual'"):
        dcgan_critic((8, 8, 1), width=2, normalization="virtual")
