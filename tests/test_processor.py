import pytest

from ganzoo import processor
from ganzoo.cli import environment
from ganzoo.layers import convolution


@pytest.mark.parametrize(
    ("flags", "multiplies", "named"),
    [
        ({"sse2", "avx2"}, False, "avx2"),
        ({"avx2", "avx512f"}, False, "avx2 avx512f"),
        ({"avx2", "avx512f", "avx512_bf16"}, True, "avx2 avx512f avx512_bf16"),
        ({"avx512f", "avx512_bf16", "amx_bf16"}, True, "avx512f avx512_bf16 amx_bf16"),
        (set(), False, ""),
    ],
)
def test_what_multiplies_bfloat16_is_read_and_named(flags, multiplies, named, monkeypatch):
    monkeypatch.setattr(processor, "flags", lambda: frozenset(flags))
    assert convolution.has_bfloat16_units.__wrapped__() is multiplies
    assert environment.hardware().endswith(named)


def test_flags_are_words():
    assert all(flag == flag.strip() and flag for flag in processor.flags())
