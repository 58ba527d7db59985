"""Pictures of samples: grids of images, lines of text, plots of vectors, animations."""

import math

import numpy as np

_FONT_SIZE = 14
_MARGIN = 6


def sample_picture(samples, columns, value_range=None, symbols=None):
    """Draw samples that are not vectors: a grid of images, or one line of text for each.

    Args:
        samples: float array [N, H, W, 1 or 3]; with `symbols`, what `text_lines` or
            `palette_images` take.
        columns: int, images per row.
        value_range: (lowest, highest) value of images without `symbols`; None: (-1, 1).
        symbols: None; C characters (texts); or C colors (r, g, b) from 0 to 255 (palette images).

    Returns:
        A Pillow image.
    """
    if symbols is None:
        return image_grid(samples, columns, value_range or (-1.0, 1.0))
    if isinstance(symbols[0], str):
        return text_picture(text_lines(samples, symbols))
    return image_grid(palette_images(samples, symbols), columns, (0, 255))


def palette_images(samples, symbols):
    """The colors of categorical images.

    Args:
        samples: integer categories [N, H, W], or float [N, H, W, C], one-hot or probabilities, of
            which the largest counts.
        symbols: C colors (r, g, b) of integers from 0 to 255.

    Returns:
        uint8 [N, H, W, 3].
    """
    return np.asarray(symbols, np.uint8)[_categories(samples, symbols)]


def text_lines(samples, symbols):
    """The texts of categorical sequences.

    Args:
        samples: integer categories [N, length], or float [N, length, C], one-hot or probabilities,
            of which the largest counts.
        symbols: C characters.

    Returns:
        List of N strings.
    """
    return ["".join(line) for line in np.asarray(symbols)[_categories(samples, symbols)]]


def _categories(samples, symbols):
    samples = np.asarray(samples)
    if samples.dtype.kind in "iu":
        return samples
    if samples.shape[-1] != len(symbols):
        raise ValueError(
            f"samples must have one value for each of {len(symbols)} symbols on the last axis, got "
            f"the shape {list(samples.shape)}."
        )
    return samples.argmax(axis=-1)


def text_picture(lines):
    """Write lines in a font of fixed width, every character as it is.

    Args:
        lines: list of str.

    Returns:
        A Pillow image, whose size depends on the number of lines and the length of the longest.
    """
    from matplotlib import font_manager
    from PIL import Image, ImageDraw, ImageFont

    # a font that Matplotlib brings along; it has most alphabets
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans Mono"), _FONT_SIZE)
    height = sum(font.getmetrics())
    width = math.ceil(font.getlength("M" * max(map(len, lines))))
    picture = Image.new("L", (width + 2 * _MARGIN, height * len(lines) + 2 * _MARGIN), "white")
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        draw.text((_MARGIN, _MARGIN + row * height), line, "black", font)
    return picture


def image_grid(images, columns, value_range=(-1.0, 1.0), smallest_side=32):
    """Lay images out in rows, with a gap of one pixel before scaling.

    Args:
        images: float array [N, H, W, C] in `value_range`, C of 1 or 3; values beyond are clipped.
        columns: int, images per row.
        value_range: (lowest, highest) value, shown as black and white.
        smallest_side: images of fewer pixels are enlarged by a whole factor up to it.

    Returns:
        A Pillow image.
    """
    from PIL import Image

    images = np.asarray(images, np.float32)
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(f"images must have the shape [N, H, W, 1 or 3], got {list(images.shape)}.")
    low, high = value_range
    pixels = np.clip((images - low) / (high - low) * 255.0 + 0.5, 0, 255).astype(np.uint8)
    count, height, width, channels = pixels.shape
    rows = -(-count // columns)
    canvas = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, channels), 255, np.uint8)
    for index, image in enumerate(pixels):
        top, left = index // columns * (height + 1), index % columns * (width + 1)
        canvas[top : top + height, left : left + width] = image
    factor = max(1, -(-smallest_side // min(height, width)))
    canvas = canvas.repeat(factor, axis=0).repeat(factor, axis=1)
    return Image.fromarray(canvas[..., 0] if channels == 1 else canvas)


def vector_plot(generated, data=None, title=""):
    """Draw generated vectors over data: histograms in one dimension, else scatter plots.

    Two and three dimensions are shown as they are; of more, the two leading principal axes of the
    data. The axes are those of the data, the same for every plot of a training.

    Args:
        generated: float array [N, D].
        data: float array [M, D]; None shows the generated vectors alone.
        title: text above the plot.

    Returns:
        A Pillow image of 480 x 480 pixels.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    clouds = {"generated": np.asarray(generated)}
    if data is not None:
        clouds = {"data": np.asarray(data), **clouds}
    frame = next(iter(clouds.values()))
    if frame.shape[1] > 3:
        center = frame.mean(axis=0)
        axes = np.linalg.svd(frame - center, full_matrices=False)[2][:2].T
        clouds = {label: (cloud - center) @ axes for label, cloud in clouds.items()}
        frame = (frame - center) @ axes
    low, high = frame.min(axis=0), frame.max(axis=0)
    margin = 0.2 * np.maximum(high - low, 1e-6)
    low, high = low - margin, high + margin

    figure = Figure(figsize=(4.8, 4.8), dpi=100, layout="tight")
    canvas = FigureCanvasAgg(figure)
    if frame.shape[1] == 1:
        axes = figure.add_subplot(xlim=(low[0], high[0]))
        bins = np.linspace(low[0], high[0], 61)
        for label, cloud in clouds.items():
            axes.hist(cloud[:, 0], bins, density=True, alpha=0.5, label=label)
    else:
        limits = {f"{axis}lim": pair for axis, pair in zip("xyz", zip(low, high))}
        axes = figure.add_subplot(projection="3d" if frame.shape[1] == 3 else None, **limits)
        for label, cloud in clouds.items():
            axes.scatter(*cloud.T, s=3, alpha=0.5, label=label)
    axes.set_title(title)
    axes.legend(loc="upper right")
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])


def save_animation(path, frames, pause=1.0):
    """Write Pillow images as an animated GIF that repeats, in about five seconds.

    Args:
        path: file ending in `.gif`.
        frames: list of Pillow images of one size; each lasts 0.04 to 0.5 seconds.
        pause: float, seconds that the last frame stays longer.
    """
    milliseconds = int(min(500, max(40, 5000 / len(frames))))
    durations = [milliseconds] * (len(frames) - 1) + [milliseconds + int(1000 * pause)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0)
