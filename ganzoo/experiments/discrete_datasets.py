"""Discrete data sets, as the experiments use them.

Section 4.1.1 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431): toys whose every state can be enumerated, binarized images, images of 16 colors,
and characters.

The authors' colors are those of CelebA at 32x32 pixels and their characters those of the
One Billion Word corpus. Neither can be had without a network, nor can CIFAR-10; crops of two
photographs and the language reference of Python stand in for them. With a network,
`ganzoo.data.load("celeb_a", image_size=32, colors=16)` is the real path, and the path of a .txt
file that of another text.

Protocol: the splits and palettes that training uses; images are binarized once, from seed 0.
Shares are those of the training split. The entropy of a whole example is given where the
distribution is known.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import ganzoo
from ganzoo.callbacks.pictures import sample_picture
from ganzoo.data import bits
from ganzoo.experiments import photographs, records


class Source(NamedTuple):
    """How a data set is loaded, and what is to be said about it."""

    load: Callable  # of split and seed
    origin: str
    license: str
    entropy: float | str = ""  # of an example, nats
    shown_as: tuple = ()  # height, width and channels of a vector's picture
    columns: int = 8  # of pictures


def _from_catalog(name, **settings):
    return functools.partial(ganzoo.data.load, name, **settings)


def _four_bits_entropy():
    probabilities = bits.four_bits_probabilities()
    return float(-np.sum(probabilities * np.log(probabilities)))


SOURCES = {
    "four_bits": Source(
        _from_catalog("four_bits"), "sampled", "none", _four_bits_entropy(), (1, 4, 1), 8
    ),
    "bars_and_stripes": Source(
        _from_catalog("bars_and_stripes"),
        "sampled",
        "none",
        float(np.log(len(bits.bars_and_stripes_patterns()))),
        (4, 4, 1),
    ),
    "mnist": Source(
        _from_catalog("mnist", binarized="static"), "TensorFlow Datasets", "CC BY-SA 3.0"
    ),
    "fashion_mnist": Source(
        _from_catalog("fashion_mnist", binarized="static"), "TensorFlow Datasets", "MIT"
    ),
    "photographs": Source(photographs.load, "scikit-learn", "CC BY 2.0"),
    "python_topics": Source(_from_catalog("python_topics"), "Python's pydoc_data", "PSF-2.0"),
}
_PICTURES, _LINES = 40, 8


def run(output, seeds=(0,), names=tuple(SOURCES)):
    """Describes every data set and shows its first training examples.

    Args:
      output: directory; `results/discrete_datasets.csv`, `figures/discrete_datasets.png`.
      seeds: the first is that of toy points, binarization and crops.
      names: of `SOURCES`.

    Returns:
      The rows, as dicts.
    """
    rows, pictures = [], {}
    for name in names:
        source = SOURCES[name]
        train, test = [source.load(split=split, seed=seeds[0]) for split in ("train", "test")]
        rows.append(_describe(name, source, train, test))
        pictures[name] = _picture(source, train)
        print(rows[-1], flush=True)
    rows = records.write_rows(output, "discrete_datasets", rows, seeds[:1])
    _draw(output, pictures)
    return rows


def _describe(name, source, train, test):
    categorical = train.symbols is not None
    counts = np.unique(train.examples, return_counts=True)[1] / train.examples.size
    return {
        "name": name,
        "train": len(train),
        "test": len(test),
        "event": "x".join(map(str, train.data_shape)),
        "distribution": "categorical" if categorical else "bernoulli",
        "entropy_nats": "" if source.entropy == "" else f"{source.entropy:.4f}",
        "share_of_ones": "" if categorical else f"{counts[1]:.4f}",
        "categories_in_train": len(counts) if categorical else "",
        "largest_share": f"{counts.max():.4f}",
        "source": source.origin,
        "license": source.license,
    }


def _picture(source, data):
    """The first examples, as a Pillow image."""
    if data.symbols is not None and isinstance(data.symbols[0], str):
        return sample_picture(data.examples[:_LINES], 1, symbols=data.symbols)
    if data.symbols is not None:
        return sample_picture(data.examples[:_PICTURES], source.columns, symbols=data.symbols)
    examples = data.scaled(np.arange(_PICTURES))
    if source.shown_as:
        # Ones in gray: between so few pixels white ones and white gaps are not told apart.
        return sample_picture(examples.reshape(-1, *source.shown_as), source.columns, (0.0, 1.4))
    return sample_picture(examples, source.columns, value_range=(0.0, 1.0))


def _draw(output, pictures):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.2 * -(-len(pictures) // 3) + 0.4), layout="constrained")
    panels = figure.subplots(-(-len(pictures) // 3), 3, squeeze=False).ravel()
    for panel in panels:
        panel.axis("off")
    for panel, (name, picture) in zip(panels, pictures.items()):
        panel.imshow(
            picture.convert("RGB"),
            interpolation="nearest" if picture.mode == "RGB" else "antialiased",
        )
        panel.set_title(name, fontsize=9)
    records.write_figure(output, "discrete_datasets", figure)
