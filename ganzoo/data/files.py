"""A user's own images or vectors: a folder of images, or an array in an .npy or .npz file."""

import pathlib
import zipfile
import zlib

import numpy as np

from ganzoo.data import checks
from ganzoo.data.data import Data

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
EXAMPLE_KEYS = ("x", "images", "examples")
LABEL_KEYS = ("y", "labels")


def is_path(name):
    """Whether `name` means a file or folder rather than a data set of that name.

    "lsun/bedroom" is a data set with its configuration unless there is such a folder.
    """
    path = pathlib.Path(name).expanduser()
    is_explicit = path.is_absolute() or name.startswith(".")
    return is_explicit or path.suffix in (".npy", ".npz") or path.exists()


def load(name, split, image_size, channels, crop, max_bytes):
    """The examples in the folder or file `name`, as `ganzoo.data.load` describes them.

    Raises:
        ValueError: missing, empty or corrupt, images of several sizes, a dtype or values that are
            not taken, labels that do not fit; with the file or value and the cure.
    """
    path = pathlib.Path(name).expanduser()
    if not path.exists():
        raise ValueError(
            f"{name} does not exist: give the path of an image folder, an .npy, .npz or .txt file"
        )
    if split != "train":
        raise ValueError(
            f"split={split!r}: {name} is one set, read with split='train'; keep held-out examples "
            "in another folder or file and give its path"
        )
    if path.is_dir():
        return _load_folder(path, name, image_size, channels, crop, max_bytes)
    if path.suffix == ".npz":
        return _load_npz(path, name, image_size, channels, crop)
    if path.suffix == ".npy":
        array = _read_array_file(path)
        return _from_array(array, None, None, path, name, image_size, channels, crop)
    raise ValueError(f"{name} is neither a folder nor an .npy, .npz or .txt file")


def _read_array_file(path):
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} cannot be read as a NumPy file ({error}): write it with np.save or np.savez, "
            "as plain numeric arrays"
        ) from error


def _load_npz(path, name, image_size, channels, crop):
    archive = _read_array_file(path)
    with archive:
        examples = [key for key in EXAMPLE_KEYS if key in archive]
        labels = [key for key in LABEL_KEYS if key in archive]
        if len(examples) != 1 or len(labels) > 1:
            raise ValueError(
                f"{path} holds the arrays {sorted(archive)}; it must hold one of "
                f"{', '.join(EXAMPLE_KEYS)}, and may hold one of {', '.join(LABEL_KEYS)}: "
                "use np.savez(path, x=images, y=labels)"
            )
        try:
            x = archive[examples[0]]
            y = archive[labels[0]] if labels else None
            value_range = archive.get("value_range")
        except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{path} cannot be read ({error}): write it again") from error
    return _from_array(x, y, value_range, path, name, image_size, channels, crop)


def _from_array(x, y, value_range, path, name, image_size, channels, crop):
    from ganzoo.data import images

    if x.size == 0:
        raise ValueError(f"{path}: the array is empty (shape {list(x.shape)})")
    num_classes = None
    if y is not None:
        checks.check_labels(y, None, len(x), name=f"{path}: labels")
        y = y.astype(np.int32)
        num_classes = int(y.max()) + 1
    common = {"name": name, "labels": y, "num_classes": num_classes}

    is_float = x.dtype.kind == "f"
    if is_float and x.ndim == 2:
        if (image_size, channels, crop) != (None, None, None):
            raise ValueError(f"{path} holds vectors: image_size, channels and crop do not apply")
        checks.check_finite(x, name=str(path))
        return Data(examples=x.astype(np.float32), **common)
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim != 4 or x.shape[-1] not in (1, 3) or not (is_float or x.dtype == np.uint8):
        raise ValueError(
            f"{path} holds {x.dtype} of shape {list(x.shape)}; taken are images, uint8 in [0, 255] "
            "or float with a declared range, [N, H, W] or [N, H, W, C] with C = 1 or 3, and "
            "vectors, float [N, D]"
        )
    if is_float:
        x = _to_signed_range(x, value_range, path)
    examples = images.fit_array(x, path, image_size, crop, channels)
    return Data(examples=examples, value_range=(-1.0, 1.0), **common)


def _to_signed_range(x, value_range, path):
    """Float images in the range that their file declares -> float32 in [-1, 1]."""
    if value_range is None:
        raise ValueError(
            f"{path} holds float images without their range: save them as uint8 in [0, 255], or "
            "declare the range with np.savez(path, x=images, value_range=(0, 1))"
        )
    if np.shape(value_range) != (2,) or not value_range[0] < value_range[1]:
        raise ValueError(f"{path}: value_range={value_range} must be two numbers, low < high")
    checks.check_finite(x, name=str(path))
    low, high = (float(end) for end in value_range)
    slack = checks.RANGE_TOLERANCE * (high - low)
    if x.min() < low - slack or x.max() > high + slack:
        raise ValueError(
            f"{path}: the images are in [{x.min():g}, {x.max():g}], outside the declared "
            f"value_range [{low:g}, {high:g}]: declare the range that they have"
        )
    return ((x.astype(np.float32) - low) * (2 / (high - low)) - 1).astype(np.float32)


def _image_files(folder):
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
    )


def _load_folder(folder, name, image_size, channels, crop, max_bytes):
    kinds = ", ".join(IMAGE_SUFFIXES)
    classes = sorted(
        entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    )
    flat = [path for path in _image_files(folder) if path.parent == folder]
    if flat and classes:
        raise ValueError(
            f"{folder} holds images ({flat[0].name}, ...) beside subfolders "
            f"({classes[0].name}, ...): use either one subfolder per class, or none"
        )
    files, labels = flat, None
    if classes:
        members = [_image_files(entry) for entry in classes]
        for entry, found in zip(classes, members):
            if not found:
                raise ValueError(f"{entry} holds no image ({kinds}): remove it or fill it")
        files = [path for found in members for path in found]
        labels = np.repeat(np.arange(len(classes), dtype=np.int32), [len(m) for m in members])
    if not files:
        raise ValueError(f"{folder} holds no image ({kinds})")
    return Data(
        name=name,
        examples=_read_images(files, image_size, channels, crop, max_bytes),
        labels=labels,
        num_classes=len(classes) or None,
        class_names=tuple(entry.name for entry in classes) or None,
        value_range=(-1.0, 1.0),
    )


def _read_images(files, image_size, channels, crop, max_bytes):
    """uint8 [N, H, W, C]; C is `channels`, else 1 if every image is grey and 3 otherwise."""
    from ganzoo.data import images

    loaded = []
    for path in files:
        decoded = _decode(path)
        images.check_crop(decoded.shape, crop, path)
        image = images.fit(decoded, image_size, crop, channels).numpy()
        if not loaded:
            images.check_memory(len(files), image.shape, max_bytes)
        elif image.shape[:2] != loaded[0].shape[:2]:
            raise ValueError(
                f"images of different sizes: {files[0]} is {images.size(loaded[0].shape)} and "
                f"{path} is {images.size(image.shape)}: give image_size=... to bring them to one "
                "size"
            )
        loaded.append(image)
    if len({image.shape[-1] for image in loaded}) > 1:
        loaded = [images.fit(image, channels=3).numpy() for image in loaded]
    return np.stack(loaded)


def _decode(path):
    """One image file -> uint8 [H, W, 1] if it is grey, else [H, W, 3]; transparency on white."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as file:
            if file.mode.startswith(("I", "F")):
                raise ValueError(
                    f"{path} has pixels of mode {file.mode}: convert it to 8 bits per channel"
                )
            image = ImageOps.exif_transpose(file)
            grey = image.mode in ("1", "L", "LA")
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            array = np.asarray(image.convert("L" if grey else "RGB"))
    except (OSError, SyntaxError, EOFError) as error:
        # Pillow reports broken PNG chunks as SyntaxError
        raise ValueError(f"{path} cannot be read as an image ({error}): remove it") from error
    return array[..., None] if grey else array
