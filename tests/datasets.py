"""Data sets that a machine may lack."""

import pathlib

import pytest
import tensorflow_datasets as tfds


def require_prepared(name):
    """Skips the test where the data set of this TFDS name has not been prepared."""
    builder = tfds.builder(name)
    if not pathlib.Path(builder.data_dir).exists():
        pytest.skip(f"{name} is not prepared in {builder.data_dir}")
