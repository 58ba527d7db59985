import numpy as np
import pytest
from PIL import Image

from ganzoo.callbacks import SampleGrid
from ganzoo.callbacks.pictures import image_grid, vector_plot


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
