"""The bundle's format: whole or refused, ciphertext only, read back in an order of its own."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pipelines.files import whole
from pipelines.files.bundle import Header, is_bundle, open_bundle, random_order, read_envelopes, write_bundle
from pipelines.problems import BadInput, CannotDo
from survey.sealing import APART_LENGTH, SHEET_LENGTH

SHEETS = [bytes([n]) * SHEET_LENGTH for n in range(30)]
APART = [bytes([200 + n]) * APART_LENGTH for n in range(20)]
HEADER = Header(
    "2026-1",
    "2026-05-22",
    b"p" * 32,
    "0" * 64,
    "{}",
    b"sealed counts",
    len(SHEETS),
    SHEET_LENGTH,
    len(APART),
    APART_LENGTH,
)


def written(folder: Path) -> Path:
    path = folder / "wave.bundle"
    write_bundle(path, HEADER, SHEETS, APART)
    return path


def test_every_envelope_comes_back_once(tmp_path: Path) -> None:
    bundle = open_bundle(written(tmp_path))
    assert bundle.header == HEADER
    assert sorted(read_envelopes(bundle, "sheets")) == SHEETS
    assert sorted(read_envelopes(bundle, "apart")) == APART


def test_each_reading_draws_its_own_order(tmp_path: Path) -> None:
    """Else a sheet's place in the bundle would say which one it is, and go with its self-description's."""
    bundle = open_bundle(written(tmp_path))
    orders = {tuple(read_envelopes(bundle, "sheets")) for _ in range(3)}
    assert len(orders) == 3 and tuple(SHEETS) not in orders


def test_an_order_is_a_permutation_and_each_place_is_as_likely() -> None:
    """Chi-square over where the first of five lands, 500 draws: beyond 23.5 (p = .0001) it isn't chance."""
    landed = [0] * 5
    for _ in range(500):
        order = random_order(5).tolist()
        assert sorted(order) == [0, 1, 2, 3, 4]
        landed[order.index(0)] += 1
    assert sum((count - 100) ** 2 / 100 for count in landed) < 23.5
    assert random_order(0).tolist() == []


@pytest.mark.parametrize(
    "envelopes", [SHEETS[:-1], [*SHEETS, b"x" * SHEET_LENGTH], [*SHEETS[:-1], b"x" * (SHEET_LENGTH - 1)]]
)
def test_what_the_header_doesnt_say_is_not_written(tmp_path: Path, envelopes: list[bytes]) -> None:
    """One too few, one too many, one too short: a bundle like this would lose a sheet on the way."""
    with pytest.raises(CannotDo, match="wrong number or length"):
        write_bundle(tmp_path / "wave.bundle", HEADER, envelopes, APART)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_the_last_byte_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(whole.os, "fsync", refuse)
    with pytest.raises(CannotDo, match="No space left"):
        write_bundle(tmp_path / "wave.bundle", HEADER, SHEETS, APART)
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_no_bundles(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    for content, words in (
        (b"", "not a bundle"),
        (b"class_id\nj7\n", "not a bundle"),
        (b"anxin bundle 2\n" + b"x" * 99, "doesn't know this version"),
        (b"anxin bundle 1\n" + b"\xff" * 99, "incomplete or was altered"),
        (b"anxin bundle 1\n\0\0\0\2{}" + b"x" * 99, "incomplete or was altered"),
    ):
        path.write_bytes(content)
        with pytest.raises(BadInput, match=words):
            open_bundle(path)
    with pytest.raises(BadInput, match="does not exist"):
        open_bundle(tmp_path / "nothing")
    assert not is_bundle(tmp_path / "nothing") and is_bundle(written(tmp_path))


def test_a_bundle_is_for_its_owner_only(tmp_path: Path) -> None:
    assert written(tmp_path).stat().st_mode & 0o077 == 0
