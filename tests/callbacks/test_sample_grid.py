import numpy as np
import pytest
from PIL import Image

from ganzoo.callbacks import SampleGrid
from ganzoo.callbacks.pictures import (
    image_grid,
    palette_images,
    sample_picture,
    text_lines,
    text_picture,
    vector_plot,
)

PALETTE = ((255, 0, 0), (0, 128, 0), (10, 20, 30), (255, 255, 255))
CHARACTERS = (" ", "$", "_", "a", "é")


def test_pictures_and_animation(counter, fit, tmp_path):
    fit(counter(), [SampleGrid(tmp_path, rows=2, columns=3)], epochs=3)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["epoch_0001.png", "epoch_0002.png", "epoch_0003.png", "training.gif"]
    with Image.open(tmp_path / "training.gif") as animation:
        assert animation.n_frames == 3


def test_resumed_run_drops_later_pictures_and_animates_all(counter, fit, tmp_path):
    model = counter()
    fit(model, [SampleGrid(tmp_path, rows=1, columns=1)], epochs=4)
    fit(model, [SampleGrid(tmp_path, rows=1, columns=1)], epochs=3, initial_epoch=2)
    assert len(list(tmp_path.glob("*.png"))) == 3
    with Image.open(tmp_path / "training.gif") as animation:
        assert animation.n_frames == 3


def test_the_same_latents_every_epoch(counter, fit, tmp_path):
    model = counter()
    model.weight.trainable = False
    callback = SampleGrid(tmp_path, rows=2, columns=2)
    callback.set_model(model)
    first, second = (np.asarray(callback._draw("")) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_columns_are_classes(counter, tmp_path):
    model = counter()
    model.uses_labels, model.num_classes = True, 3
    asked = []

    def generate(num_samples, label=None, seed=None):
        asked.append(label)
        return np.zeros((num_samples, 4, 4, 1), np.float32)

    model.generate = generate
    callback = SampleGrid(tmp_path, rows=2)
    callback.set_model(model)
    callback._draw("")
    np.testing.assert_array_equal(asked[0], [0, 1, 2, 0, 1, 2])


def test_vectors_need_data(counter, fit, tmp_path):
    model = counter()
    model.data_shape = (2,)
    with pytest.raises(ValueError, match="data=x"):
        fit(model, [SampleGrid(tmp_path)], epochs=1)


def test_image_grid_places_rows_and_scales_values():
    images = np.stack([np.full((2, 2, 1), value) for value in (-1.0, 0.0, 1.0, 5.0)])
    pixels = np.asarray(image_grid(images, columns=2, smallest_side=2))
    assert pixels.shape == (5, 5)
    assert pixels[0, 0] == 0
    assert pixels[0, 3] == 128
    assert pixels[3, 0] == 255
    assert pixels[3, 3] == 255
    assert np.asarray(image_grid(images, 2, smallest_side=8)).shape == (20, 20)


def test_image_grid_refuses_vectors():
    with pytest.raises(ValueError, match="shape"):
        image_grid(np.zeros((4, 2)), 2)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_vector_plot(dimensions):
    generator = np.random.default_rng(0)
    data = generator.normal(size=(50, dimensions))
    plots = [vector_plot(data * scale, data, "epoch 1") for scale in (1, 3)]
    assert plots[0].size == (480, 480)
    assert np.any(np.asarray(plots[0]) != np.asarray(plots[1]))


def test_palette_images_take_indices_and_one_hot():
    indices = np.random.default_rng(0).integers(0, 4, (3, 5, 6))
    expected = np.array(PALETTE)[indices]
    for samples in (indices, indices.astype(np.uint8), np.eye(4, dtype=np.float32)[indices]):
        images = palette_images(samples, PALETTE)
        assert images.dtype == np.uint8
        np.testing.assert_array_equal(images, expected)
    # lists, as a manifest has them, and probabilities, of which the largest counts
    probabilities = 0.6 * np.eye(4)[indices] + 0.1
    listed = [list(color) for color in PALETTE]
    np.testing.assert_array_equal(palette_images(probabilities, listed), expected)


def test_every_color_reaches_the_grid_unchanged():
    colors = np.random.default_rng(1).integers(0, 256, (64, 3))
    picture = sample_picture(np.arange(64).reshape(1, 8, 8), 1, (0.0, 1.0), colors.tolist())
    pixels = np.asarray(picture)[::4, ::4]
    np.testing.assert_array_equal(pixels, colors.reshape(8, 8, 3))


def test_text_lines_take_indices_and_one_hot():
    indices = np.array([[3, 0, 1], [2, 4, 4]])
    for samples in (indices, np.eye(5)[indices]):
        assert text_lines(samples, CHARACTERS) == ["a $", "_éé"]


def test_symbols_must_fit_the_samples():
    with pytest.raises(ValueError, match=r"each of 4 symbols .* \[1, 2, 2, 3\]"):
        palette_images(np.zeros((1, 2, 2, 3), np.float32), PALETTE)


def test_every_character_of_a_text_is_drawn_in_its_place():
    lines = ["$a_b$ \\frac{1}{2}", "ab", "éß%^&<>~|"]
    pixels = np.asarray(text_picture(lines))
    assert pixels.shape == np.asarray(text_picture(["x" * 17, "", ""])).shape
    row_height = (pixels.shape[0] - 12) // 3
    cell = (pixels.shape[1] - 12) / 17
    for row, line in enumerate(lines):
        for column, character in enumerate(line.ljust(17)):
            top, left = 6 + row * row_height, round(6 + column * cell)
            inked = (pixels[top : top + row_height, left : round(left + cell)] < 200).any()
            assert inked == (character != " "), (row, column)


def test_sample_grid_draws_palettes_and_texts(counter, tmp_path):
    asked = []

    def generate(num_samples, label=None, seed=None):
        asked.append((num_samples, label))
        shape = (num_samples, *model.data_shape[:-1])
        indices = np.random.default_rng(seed).integers(0, len(model.symbols), shape)
        return np.eye(len(model.symbols), dtype=np.float32)[indices]

    model = counter()
    model.generate, model.value_range = generate, (0.0, 1.0)
    callback = SampleGrid(tmp_path, rows=2, columns=3)
    callback.set_model(model)
    model.data_shape, model.symbols = (8, 8, 4), PALETTE
    picture = callback._draw("")
    expected = sample_picture(generate(6, seed=0), 3, None, PALETTE)
    np.testing.assert_array_equal(np.asarray(picture), np.asarray(expected))
    assert {tuple(color) for color in np.asarray(picture).reshape(-1, 3)} == set(PALETTE)

    model.data_shape, model.symbols = (9, 5), CHARACTERS
    picture = callback._draw("")
    expected = text_picture(text_lines(generate(24, seed=0), CHARACTERS))
    np.testing.assert_array_equal(np.asarray(picture), np.asarray(expected))
    model.uses_labels, model.num_classes = True, 3
    callback._draw("")
    assert [count for count, _ in asked] == [6, 6, 24, 24, 24]
    np.testing.assert_array_equal(asked[-1][1], np.arange(24) % 3)
