"""What a machine says of itself."""

import pytest

from helpers import machine


@pytest.mark.parametrize(
    ("flags", "able"),
    [
        ("sse avx512f avx512bw", False),
        ("sse avx512f avx512_bf16", True),
        ("sse amx_bf16 amx_tile", True),
    ],
)
def test_bfloat16_is_read_from_the_flags(monkeypatch, flags, able):
    monkeypatch.setattr(machine.Path, "read_text", lambda _: f"flags : {flags}")
    assert machine.cpu_has_bfloat16() is able


def test_without_flags_there_is_no_bfloat16(monkeypatch, tmp_path):
    missing = tmp_path / "cpuinfo"
    monkeypatch.setattr(machine, "Path", lambda _: missing)
    assert machine.cpu_has_bfloat16() is False
