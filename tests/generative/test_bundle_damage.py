"""Any byte changed, any tail lost or added: a bundle is refused, wherever it was hurt."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.files.bundle import Header, open_bundle, write_bundle
from pipelines.problems import BadInput
from survey.sealing import APART_LENGTH, SHEET_LENGTH

HEADER = Header("2026-1", "2026-05-22", b"p" * 32, "0" * 64, "{}", b"sealed counts", 3, SHEET_LENGTH, 2, APART_LENGTH)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    path = tmp_path / "sound.bundle"
    write_bundle(
        path, HEADER, [bytes([n]) * SHEET_LENGTH for n in range(3)], [bytes([n]) * APART_LENGTH for n in range(2)]
    )
    assert open_bundle(path).header == HEADER
    return path.read_bytes()


@FEW
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_one_byte_changed(tmp_path: Path, sound: bytes, place: int, flip: int) -> None:
    place %= len(sound)
    with pytest.raises(BadInput):
        open_written(tmp_path / "hurt.bundle", sound[:place] + bytes([sound[place] ^ flip]) + sound[place + 1 :])


@FEW
@given(length=st.integers(0, 10_000))
def test_the_end_lost(tmp_path: Path, sound: bytes, length: int) -> None:
    with pytest.raises(BadInput):
        open_written(tmp_path / "hurt.bundle", sound[: length % len(sound)])


@FEW
@given(tail=st.binary(min_size=1, max_size=99))
def test_something_added(tmp_path: Path, sound: bytes, tail: bytes) -> None:
    with pytest.raises(BadInput):
        open_written(tmp_path / "hurt.bundle", sound + tail)


def open_written(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    open_bundle(path)
