"""Texts as sequences of characters."""

import pathlib
import re

import numpy as np

from ganzoo.data.data import Data

DEFAULT_LENGTH = 32
MOST_CHARACTERS = 255


def is_text(name):
    """Whether `name` means a text: an embedded one, or the path of a .txt file."""
    path = pathlib.Path(name).expanduser()
    return name in EMBEDDED or (path.suffix == ".txt" and not path.is_dir())


def load(name, split, sequence_length):
    """The sequences of an embedded text or a file, as `ganzoo.data.load` describes them.

    Raises:
        ValueError: the file is missing or not UTF-8, or the errors of `sequences`.
    """
    text = EMBEDDED[name]() if name in EMBEDDED else _read(name)
    return sequences(text, name, split, sequence_length)


def _read(name):
    """The text of a file in UTF-8, line ends as spaces."""
    path = pathlib.Path(name).expanduser()
    if not path.exists():
        raise ValueError(f"{name} does not exist: give the path of a text file in UTF-8")
    try:
        # "utf-8-sig" drops the byte order mark that some editors write
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name} is not UTF-8 ({error.reason} at byte {error.start}): save it as UTF-8, for "
            "example with iconv -f latin1 -t utf-8"
        ) from error
    return text.replace("\n", " ")


def python_topics():
    """The language reference that `help()` shows: about 430 kB of English prose with code.

    The module `pydoc_data.topics` of the installed Python, each page once, in the order of their
    names; runs of whitespace and of characters outside printable ASCII are one space. The text is
    that of the Python version. Pages quote each other: some sentences are in both splits.
    License: PSF License Version 2; its code examples also Zero-Clause BSD.
    """
    from pydoc_data.topics import topics

    # some pages have two names
    pages = dict.fromkeys(topics[name] for name in sorted(topics))
    return re.sub(r"[^!-~]+", " ", " ".join(pages)).strip()


EMBEDDED = {"python_topics": python_topics}


def sequences(text, name, split, sequence_length):
    """Non-overlapping sequences of the text, the last tenth of which is the test split.

    Args:
        text: str.
        name: of the data set.
        split: "train" or "test".
        sequence_length: characters of a sequence; what is left at the end of a split is dropped.

    Returns:
        Data with uint8 examples [N, sequence_length]; `symbols` are the sorted characters of the
        whole text, the same for both splits.

    Raises:
        ValueError: no such split, a text that is empty or too short for a sequence in each split,
            or one with fewer than 2 or more than 255 different characters.
    """
    if split not in ("train", "test"):
        raise ValueError(f"split={split!r}: {name} has 'train' and 'test'")
    if not text.strip():
        raise ValueError(f"{name} holds no text: give a file with text in UTF-8")
    num_test = len(text) // 10
    if num_test < sequence_length:
        raise ValueError(
            f"{name} has {len(text)} characters, and the last tenth is the test split: sequences "
            f"of {sequence_length} take at least {10 * sequence_length}; give a longer text or a "
            "smaller sequence_length"
        )
    symbols = tuple(sorted(set(text)))
    if not 2 <= len(symbols) <= MOST_CHARACTERS:
        raise ValueError(
            f"{name} has {len(symbols)} different characters, taken are 2 to {MOST_CHARACTERS}: "
            "clean the file, for example replace rare characters by a space"
        )
    cut = len(text) - num_test
    part = text[:cut] if split == "train" else text[cut:]
    part = part[: len(part) // sequence_length * sequence_length]
    index = {character: number for number, character in enumerate(symbols)}
    examples = np.array([index[character] for character in part], np.uint8)
    return Data(
        name=name,
        examples=examples.reshape(-1, sequence_length),
        value_range=(0.0, 1.0),
        symbols=symbols,
    )
