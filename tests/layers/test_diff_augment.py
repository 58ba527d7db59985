import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.layers import DiffAugment, diff_augment, step_noise


def images(count=5, height=8, width=8, channels=3, seed=0):
    values = np.random.default_rng(seed).uniform(-1, 1, (count, height, width, channels))
    return tf.constant(values, tf.float32)


def uniform(*rows):
    return tf.constant(rows, tf.float32)


# === The pure functions ===


def test_color_by_hand():
    x = images(2).numpy()
    numbers = np.array([[0.1, 0.9, 0.3], [0.7, 0.2, 0.8]], "float32")
    for image, (b, s, c), found in zip(x, numbers, diff_augment.color(x, numbers).numpy()):
        image = image + (b - 0.5)
        gray = image.mean(axis=-1, keepdims=True)
        image = (image - gray) * 2 * s + gray
        image = (image - image.mean()) * (c + 0.5) + image.mean()
        np.testing.assert_allclose(found, image, rtol=1e-4, atol=1e-5)


def test_the_middle_of_the_color_ranges_is_the_identity():
    x = images()
    np.testing.assert_allclose(diff_augment.color(x, tf.fill([5, 3], 0.5)), x, rtol=1e-5, atol=1e-6)
    gray = tf.reduce_mean(x, axis=-1, keepdims=True)
    without_saturation = diff_augment.color(x, uniform(*[[0.5, 0.0, 0.5]] * 5))
    np.testing.assert_allclose(without_saturation, gray + 0 * x, atol=1e-6)


def shifted(image, down, right):
    """Zeros come in."""
    height, width = image.shape[:2]
    result = np.zeros_like(image)
    for i in range(height):
        for j in range(width):
            if 0 <= i - down < height and 0 <= j - right < width:
                result[i, j] = image[i - down, j - right]
    return result


def test_translations_are_all_shifts_of_an_eighth_equally_often():
    """16 rows: -2 to 2; 8 columns: -1 to 1. A grid of uniform numbers gives each pair once."""
    grid = [[(i + 0.5) / 5, (j + 0.5) / 3] for i in range(5) for j in range(3)]
    image = images(1, 16, 8)[0].numpy()
    found = diff_augment.translation(tf.stack([image] * 15), uniform(*grid)).numpy()
    expected = [shifted(image, down, right) for down in range(-2, 3) for right in range(-1, 2)]
    np.testing.assert_array_equal(found, expected)


def test_the_extremes_of_uniform_numbers_stay_in_range():
    below_one = np.nextafter(np.float32(1), np.float32(0))
    image = images(1, 16, 16)[0].numpy()
    found = diff_augment.translation(
        tf.stack([image] * 2), uniform([0, below_one], [below_one, 0])
    ).numpy()
    np.testing.assert_array_equal(found, [shifted(image, -2, 2), shifted(image, 2, -2)])


def hidden(x):
    return np.all(x.numpy() == 0, axis=-1)


def test_cutouts_are_squares_of_half_the_side_at_all_places_equally_often():
    """A hole of 4 in 8 rows has its middle at 0, ..., 8: nine places, cut by the edges."""
    ones = tf.ones([9, 8, 8, 1])
    grid = [[(i + 0.5) / 9, 4.5 / 9] for i in range(9)]
    found = hidden(diff_augment.cutout(ones, uniform(*grid)))
    for middle, mask in enumerate(found):
        expected = np.zeros((8, 8), bool)
        expected[max(0, middle - 2) : middle + 2, 2:6] = True
        np.testing.assert_array_equal(mask, expected)


def test_cutout_of_an_odd_hole():
    """A hole of 3 in 6 rows has its middle on a pixel, 0, ..., 5."""
    ones = tf.ones([6, 6, 6, 1])
    grid = [[2.5 / 6, (i + 0.5) / 6] for i in range(6)]
    for middle, mask in enumerate(hidden(diff_augment.cutout(ones, uniform(*grid)))):
        expected = np.zeros((6, 6), bool)
        expected[1:4, max(0, middle - 1) : middle + 2] = True
        np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("name", ["translation", "cutout"])
def test_gradient_is_zero_only_on_pixels_that_are_gone(name):
    x = images(4)
    numbers = np.random.default_rng(1).random((4, 2)).astype("float32")
    transform, _ = diff_augment.TRANSFORMATIONS[name]
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(transform(x, numbers))
    gradient = tape.gradient(total, x).numpy()
    assert set(np.unique(gradient)) == {0.0, 1.0}
    kept = np.isin(x.numpy(), transform(x, numbers).numpy())  # pixels are all different
    np.testing.assert_array_equal(gradient == 1.0, kept)


def test_color_has_a_gradient_everywhere():
    x, numbers = images(2), uniform([0.3, 0.2, 0.9], [0.8, 0.7, 0.1])
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(diff_augment.color(x, numbers))
    np.testing.assert_allclose(tape.gradient(total, x), 1.0, rtol=1e-4)  # means are kept


# === The layer ===


def test_inference_leaves_images_alone():
    x = images()
    np.testing.assert_array_equal(DiffAugment()(x), x)
    np.testing.assert_array_equal(DiffAugment()(x, training=False), x)


def test_transformations_in_their_order_with_numbers_for_each_example():
    x = images(4)
    numbers = np.random.default_rng(2).random((4, 7)).astype("float32")
    with step_noise(lambda sampler, shape: tf.constant(numbers)):
        found = DiffAugment()(x, training=True)
    expected = diff_augment.color(x, numbers[:, :3])
    expected = diff_augment.translation(expected, numbers[:, 3:5])
    np.testing.assert_array_equal(found, diff_augment.cutout(expected, numbers[:, 5:]))


def test_training_mode_needs_a_train_step():
    with pytest.raises(ValueError, match="call it with training=False"):
        DiffAugment()(images(), training=True)


@pytest.mark.parametrize("policy", [("flip",), (), "color", ("color", "flip")])
def test_policies_are_checked(policy):
    with pytest.raises(ValueError, match="give some of"):
        DiffAugment(policy)


def test_vectors_are_refused():
    with pytest.raises(ValueError, match="it takes images"):
        ganzoo.create("nsgan", (2,), discriminator={"augmentation": ("cutout",)})


def test_config_round_trip():
    config = DiffAugment(("cutout", "color")).get_config()
    assert DiffAugment.from_config(config).get_config() == config


# === In models ===


class Watch:
    """The draws of layers in a model's train steps."""

    def __init__(self, model):
        self.numbers, draw = [], model.draw

        def watched(sampler, shape, seed):
            values = draw(sampler, shape, seed)
            if shape[-1] == 7:
                self.numbers.append(values.numpy())
            return values

        model.draw = watched


def tiny(name="dcgan", **settings):
    critic = "critic" if name.startswith("wgan") else "discriminator"
    augmented = {"width": 2, "augmentation": ("color", "translation", "cutout")}
    settings = {"generator": {"width": 2}, critic: augmented, "latent_dim": 3, **settings}
    return ganzoo.create(name, (8, 8, 1), num_classes=3, seed=0, **settings)


@pytest.mark.parametrize(
    ("name", "count"), [("dcgan", 3), ("lsgan", 3), ("cgan", 3), ("wgan_gp", 2 * 2 + 1)]
)
def test_data_and_samples_are_transformed_in_both_updates(name, count):
    """Data and samples for the discriminator, each of k times; samples for the generator."""
    settings = {"critic_steps": 2} if name == "wgan_gp" else {}
    model = tiny(name, run_eagerly=True, **settings)
    watch = Watch(model)
    size = 4 * model.minibatches_per_step
    model.fit(
        images(2 * size, channels=1).numpy(), np.arange(2 * size) % 3, batch_size=4, verbose=0
    )
    assert [len(numbers) for numbers in watch.numbers] == [4] * 2 * count
    drawn = np.concatenate(watch.numbers)
    assert len(np.unique(drawn)) == drawn.size  # no number twice, in two steps
    before = len(watch.numbers)
    model.evaluate(images(8, channels=1).numpy(), np.arange(8) % 3, batch_size=4, verbose=0)
    assert len(watch.numbers) == before


def test_the_gradient_passes_through_to_the_generator():
    model = tiny(run_eagerly=True, discriminator={"width": 2, "augmentation": ("translation",)})
    before = model.generator.get_weights()
    model.fit(images(4, channels=1).numpy(), batch_size=4, verbose=0)
    trainable = {id(w) for w in model.generator.trainable_variables}
    for weight, old in zip(model.generator.weights, before):
        assert id(weight) not in trainable or not np.array_equal(weight, old)


def test_a_resumed_training_draws_what_an_uninterrupted_one_does(tmp_path):
    x = images(16, channels=1).numpy()
    model = tiny()
    model.fit(x, batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    for each in (model, restored):
        each.fit(x, batch_size=8, epochs=2, initial_epoch=1, verbose=0)
    for one, other in zip(model.get_weights(), restored.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("settings", [{"jit_compile": True}, {"precision": "mixed_bfloat16"}])
@pytest.mark.thorough
def test_compiled_and_reduced_steps_stay_finite(settings):
    history = tiny(**settings).fit(images(16, channels=1).numpy(), batch_size=8, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
