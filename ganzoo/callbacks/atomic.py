"""Writing a file so that a reader, or a killed writer, only ever leaves the old one or the new."""

import os
from pathlib import Path


def replace(path, write):
    """Put the file that `write(temporary_path)` creates in place of `path`, in one step.

    The temporary file lies in the same directory and keeps the suffix of `path`, because
    `os.replace` is atomic within one file system only and writers choose a format by suffix. File
    and directory are flushed to the disk, so that the order of two replacements is the order in
    which they become visible after a crash.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.tmp{path.suffix}")
    try:
        write(temporary)
        _flush(temporary)
        os.replace(temporary, path)
        _flush(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def replace_text(path, text):
    """Put `text` in place of the file `path`, in one step."""
    replace(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _flush(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
