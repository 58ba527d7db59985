import numpy as np
import pytest
from PIL import Image

import ganzoo.data


def write(path, size=(12, 8), mode="RGB", color=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path, **options)


@pytest.fixture
def folder(tmp_path):
    for name, color in [("b/2.png", 20), ("b/10.PNG", 10), ("a/x.png", 30)]:
        write(tmp_path / name, mode="L", color=color)
    return tmp_path


def test_class_folders_sorted_by_name(folder):
    write(folder / ".cache" / "thumb.png")
    (folder / "a" / "notes.txt").write_text("not an image")
    data = ganzoo.data.load(folder)
    assert data.examples.shape == (3, 8, 12, 1) and data.examples.dtype == np.uint8
    assert data.examples[:, 0, 0, 0].tolist() == [30, 10, 20]
    assert data.labels.tolist() == [0, 1, 1] and data.labels.dtype == np.int32
    assert (data.num_classes, data.class_names) == (2, ("a", "b"))
    assert data.value_range == (-1.0, 1.0) and data.name == str(folder)


def test_flat_folder_has_no_labels(tmp_path):
    for suffix in ("png", "jpg", "jpeg", "bmp", "gif", "webp"):
        write(tmp_path / f"image.{suffix}", color="red")
    data = ganzoo.data.load(str(tmp_path))
    assert data.examples.shape == (6, 8, 12, 3)
    assert data.labels is None and data.num_classes is None
    # lossy formats come close to pure red
    assert np.all(np.abs(data.examples[:, 4, 6].astype(int) - [255, 0, 0]) < 8)


def test_one_colour_image_makes_all_colour(folder):
    write(folder / "a" / "y.png", color=(1, 2, 3))
    data = ganzoo.data.load(folder)
    assert data.data_shape == (8, 12, 3)
    assert data.examples[0, 0, 0].tolist() == [30, 30, 30]
    assert data.examples[1, 0, 0].tolist() == [1, 2, 3]
    grey = ganzoo.data.load(folder, channels=1)
    assert grey.data_shape == (8, 12, 1)


def test_transparency_becomes_white(tmp_path):
    write(tmp_path / "clear.png", mode="RGBA", color=(9, 9, 9, 0))
    assert np.all(ganzoo.data.load(tmp_path).examples == 255)


def test_camera_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    write(tmp_path / "photo.jpg", size=(12, 8), exif=exif)
    assert ganzoo.data.load(tmp_path).data_shape == (12, 8, 3)


def test_mixed_sizes_name_two_files_and_the_cure(folder):
    write(folder / "b" / "3.png", size=(16, 16), mode="L")
    message = r"a/x.png is 12x8 and .*b/3.png is 16x16: give image_size="
    with pytest.raises(ValueError, match=message):
        ganzoo.data.load(folder)
    assert ganzoo.data.load(folder, image_size=4).data_shape == (4, 4, 1)
    assert ganzoo.data.load(folder, crop=6).data_shape == (6, 6, 1)
    with pytest.raises(ValueError, match=r"crop=10 is larger than .*a/x.png \(12x8\).*at most 8"):
        ganzoo.data.load(folder, crop=10)


def test_crop_takes_the_center_and_resize_keeps_proportions(tmp_path):
    pixels = np.zeros([8, 16, 3], np.uint8)
    pixels[:, 4:12] = 200
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    for arguments in ({"crop": 8}, {"image_size": 4}, {"image_size": 8}, {"image_size": 16}):
        assert np.all(ganzoo.data.load(tmp_path, **arguments).examples == 200), arguments


def test_resize_averages_rather_than_skips(tmp_path):
    # every fourth column is bright; sampling between the dark ones would find black alone
    stripes = np.zeros([32, 32], np.uint8)
    stripes[:, ::4] = 200
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    small = ganzoo.data.load(tmp_path, image_size=8).examples
    assert np.all(np.abs(small[0, :, 1:-1].astype(int) - 50) < 10)


def test_corrupt_image_is_named(folder):
    whole = (folder / "a" / "x.png").read_bytes()
    for content in (b"", b"no image", whole[: len(whole) // 2]):
        (folder / "a" / "broken.png").write_bytes(content)
        with pytest.raises(ValueError, match=r"a/broken.png cannot be read as an image.*remove"):
            ganzoo.data.load(folder)


def test_sixteen_bit_image_is_named(folder):
    deep = np.full([8, 12], 40_000, np.uint16)
    Image.fromarray(deep).save(folder / "a" / "deep.png")
    with pytest.raises(ValueError, match=r"deep.png has pixels of mode I;16: convert it to 8 bits"):
        ganzoo.data.load(folder)


def test_empty_and_ambiguous_folders(tmp_path, folder):
    (folder / "c").mkdir()
    with pytest.raises(ValueError, match=r"c holds no image .*\.png.*remove it or fill it"):
        ganzoo.data.load(folder)
    (folder / "c").rmdir()
    write(folder / "stray.png")
    with pytest.raises(ValueError, match=r"holds images \(stray.png, ...\) beside subfolders \(a"):
        ganzoo.data.load(folder)
    empty = tmp_path / "c" / "empty"
    empty.mkdir(parents=True)
    with pytest.raises(ValueError, match=r"empty holds no image"):
        ganzoo.data.load(empty)


def test_folder_that_exceeds_the_memory_limit(folder):
    with pytest.raises(ValueError, match=r"3 images of shape \[8, 12, 1\].*reduce image_size"):
        ganzoo.data.load(folder, max_bytes=200)


def test_missing_path_and_other_splits(tmp_path, folder):
    with pytest.raises(ValueError, match=r"nowhere does not exist: give the path of an image"):
        ganzoo.data.load(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"split='test': .* split='train'; keep held-out"):
        ganzoo.data.load(folder, split="test")
    (tmp_path / "list.csv").write_text("")
    with pytest.raises(ValueError, match=r"list.csv is neither a folder nor an .npy, .npz or .txt"):
        ganzoo.data.load(tmp_path / "list.csv")


def test_npy_images_with_and_without_channel_axis(tmp_path):
    pixels = np.arange(3 * 8 * 8, dtype=np.uint8).reshape(3, 8, 8)
    np.save(tmp_path / "grey.npy", pixels)
    data = ganzoo.data.load(tmp_path / "grey.npy")
    assert np.array_equal(data.examples, pixels[..., None])
    assert data.labels is None and data.value_range == (-1.0, 1.0)
    assert ganzoo.data.load(tmp_path / "grey.npy", image_size=4, channels=3).data_shape == (4, 4, 3)
    with pytest.raises(ValueError, match=r"crop=9 is larger than .*grey.npy \(8x8\)"):
        ganzoo.data.load(tmp_path / "grey.npy", crop=9)


@pytest.mark.parametrize("keys", [("x", "y"), ("images", "labels"), ("examples", "labels")])
def test_npz_keys(tmp_path, keys):
    path = tmp_path / "set.npz"
    arrays = {keys[0]: np.zeros([4, 8, 8, 3], np.uint8), keys[1]: np.array([0, 2, 1, 2])}
    np.savez(path, **arrays)
    data = ganzoo.data.load(path)
    assert data.data_shape == (8, 8, 3) and data.num_classes == 3
    assert data.labels.tolist() == [0, 2, 1, 2] and data.labels.dtype == np.int32


def test_npz_vectors(tmp_path):
    np.savez(tmp_path / "points.npz", x=np.linspace(-9, 9, 10).reshape(5, 2))
    data = ganzoo.data.load(tmp_path / "points.npz")
    assert data.examples.dtype == np.float32 and data.value_range is None
    with pytest.raises(ValueError, match="holds vectors: image_size"):
        ganzoo.data.load(tmp_path / "points.npz", image_size=8)


def test_float_images_declare_their_range(tmp_path):
    x = np.linspace(0, 1, 2 * 16).reshape(2, 4, 4, 1)
    np.savez(tmp_path / "float.npz", x=x, value_range=(0, 1))
    data = ganzoo.data.load(tmp_path / "float.npz")
    assert data.value_range == (-1.0, 1.0)
    assert np.allclose(data.scaled(), 2 * x - 1, atol=1e-6)
    (batch,) = next(iter(data.dataset(2, shuffle=False)))
    assert np.array_equal(batch, data.scaled())
    with pytest.raises(ValueError, match="binarized='dynamic' is for uint8 images"):
        ganzoo.data.load(tmp_path / "float.npz", binarized="dynamic")

    np.savez(tmp_path / "wrong.npz", x=x * 2, value_range=(0, 1))
    with pytest.raises(ValueError, match=r"are in \[0, 2\], outside the declared value_range"):
        ganzoo.data.load(tmp_path / "wrong.npz")
    np.savez(tmp_path / "order.npz", x=x, value_range=(1, 0))
    with pytest.raises(ValueError, match="must be two numbers, low < high"):
        ganzoo.data.load(tmp_path / "order.npz")
    np.save(tmp_path / "float.npy", x)
    with pytest.raises(ValueError, match="float images without their range: save them as uint8"):
        ganzoo.data.load(tmp_path / "float.npy")


def nan_at(shape, index):
    x = np.zeros(shape)
    x[index] = np.nan
    return x


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"pixels": np.zeros(3)}, r"holds the arrays \['pixels'\]; .* np.savez\(path, x="),
        ({"x": np.zeros([0, 8, 8], np.uint8)}, r"the array is empty \(shape \[0, 8, 8\]\)"),
        ({"x": np.zeros([2, 8, 8], np.int64)}, r"holds int64 of shape \[2, 8, 8, 1\]; taken are"),
        ({"x": np.zeros([2, 8, 8, 4], np.uint8)}, "C = 1 or 3"),
        ({"x": np.zeros([2, 8], np.uint8)}, r"holds uint8 of shape \[2, 8\]; .*float \[N, D\]"),
        ({"x": nan_at([5, 2], (3, 1))}, r"set.npz holds 1 values .*index \(3, 1\)"),
        (
            {"x": nan_at([2, 8, 8], (1, 0, 7)), "value_range": (0, 1)},
            r"set.npz holds 1 values .*index \(1, 0, 7, 0\)",
        ),
        ({"x": np.zeros([2, 2]), "y": np.array([0.5, 1])}, "set.npz: labels has dtype float64"),
        ({"x": np.zeros([2, 2]), "y": np.array([0, -1])}, r"labels\[1\] is -1"),
        ({"x": np.zeros([2, 2]), "y": np.array([0])}, "1 labels for 2 examples"),
    ],
)
def test_bad_npz(tmp_path, arrays, message):
    np.savez(tmp_path / "set.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        ganzoo.data.load(tmp_path / "set.npz")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_corrupt_array_file_is_named(tmp_path, suffix):
    path = tmp_path / f"broken{suffix}"
    for content in (b"", b"not an array", b"PK\x03\x04 cut off"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"broken\{suffix} cannot be read"):
            ganzoo.data.load(path)


def test_damaged_npz_member_is_named(tmp_path):
    path = tmp_path / "damaged.npz"
    np.savez_compressed(path, x=np.random.default_rng(0).integers(0, 255, [50, 8, 8], np.uint8))
    content = bytearray(path.read_bytes())
    content[500:600] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"damaged.npz cannot be read"):
        ganzoo.data.load(path)


def test_pickled_objects_are_refused(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([None, "a"], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"objects.npy cannot be read .*plain numeric arrays"):
        ganzoo.data.load(tmp_path / "objects.npy")
