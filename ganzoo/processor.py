"""What the processor can do."""

import functools
from pathlib import Path


@functools.cache
def flags():
    """The features that Linux lists, such as "avx512_bf16"; none where it is not asked."""
    information = Path("/proc/cpuinfo")
    return frozenset(information.read_text().split()) if information.exists() else frozenset()
