"""After the wipe nothing of a wave is on the disk but its name."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
from intake_wave import WAVE, open_small_wave
from postgres_server import Server
from sqlalchemy import select
from stolen_files import Sitting, find_leftovers, sit

from survey.intake import close_intake, close_wave, open_intake, schema, sqlite, wipe_wave
from survey.intake.waves import read_wave


def known_of(sitting: Sitting) -> list[bytes]:
    """Every id, MAC and ciphertext of the sitting."""
    store, found = sitting.wave.intake.store, list(sitting.replays)
    with store.shelf(WAVE, store.shelf_of("s1")) as connection:
        for table in (schema.access_code, schema.sealed, schema.apart):
            for row in connection.execute(select(table)):
                found += [bytes(value)[:32] for value in row if isinstance(value, bytes | memoryview)]
    return found


def delete_rows(sitting: Sitting) -> None:
    """What somebody would do who trusts DELETE."""
    store = sitting.wave.intake.store
    with store.shelf(WAVE, store.shelf_of("s1")) as connection:
        for table in (schema.access_code, schema.sealed, schema.apart):
            connection.execute(table.delete())


def test_no_file_holds_a_known_byte_after_the_wipe(tmp_path: Path) -> None:
    sitting = sit(open_small_wave(tmp_path), 30)
    known = known_of(sitting)
    close_intake(sitting.wave.intake)
    close_wave(sitting.wave.intake, WAVE)
    assert find_leftovers(tmp_path, known) == len(known)
    proof = wipe_wave(sitting.wave.intake, WAVE)
    assert find_leftovers(tmp_path, known) == 0
    assert (proof.is_clean, proof.found, proof.destroyed >= 4) == (True, 0, True)
    assert proof.looked_for >= 90
    assert "backups" in proof.beyond_reach
    assert read_wave(sitting.wave.intake, WAVE).state == "wiped"


def test_a_wipe_cut_short_is_finished_by_whoever_opens_the_store_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power fails after the first file: no other command would ever look at what is left."""
    sitting = sit(open_small_wave(tmp_path), 30)
    known = known_of(sitting)
    close_wave(sitting.wave.intake, WAVE)
    wiped: list[Path] = []

    def cut(path: Path) -> None:
        if wiped:
            raise OSError("power cut")
        wiped.append(path)

    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(sqlite, "overwrite", cut)
        wipe_wave(sitting.wave.intake, WAVE)
    close_intake(sitting.wave.intake)
    assert find_leftovers(tmp_path, known)
    close_intake(open_intake(tmp_path, bytes(32)))
    assert not find_leftovers(tmp_path, known)


def test_mere_deletion_leaves_the_bytes_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: DELETE, log put away, file closed, without the pragma that overwrites what is deleted."""
    sitting = sit(open_small_wave(tmp_path), 30)
    known = known_of(sitting)
    close_intake(sitting.wave.intake)
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "PRAGMA secure_delete = OFF"))
    delete_rows(sitting)
    assert find_leftovers(tmp_path, known) > len(known) / 2


def test_a_process_that_holds_the_file_open_holds_zeros(tmp_path: Path) -> None:
    """An unlinked file lives on in every process that has it open, and on the disk beneath."""
    sitting = sit(open_small_wave(tmp_path), 12)
    close_intake(sitting.wave.intake)
    close_wave(sitting.wave.intake, WAVE)
    path = sitting.wave.intake.store.shelf_path(WAVE, "s1")  # type: ignore[attr-defined]
    with path.open("rb") as held:
        assert any(os.pread(held.fileno(), path.stat().st_size, 0))
        wipe_wave(sitting.wave.intake, WAVE)
        assert not any(held.read())


def test_a_leftover_is_found_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof that couldn't fail would prove nothing: here the store forgets to destroy a file."""
    sitting = sit(open_small_wave(tmp_path), 12)
    close_intake(sitting.wave.intake)
    close_wave(sitting.wave.intake, WAVE)
    store = type(sitting.wave.intake.store)
    book = sitting.wave.intake.store.book_path(WAVE)  # type: ignore[attr-defined]

    def forgetful(*_: object) -> int:
        book.unlink()
        return 1

    monkeypatch.setattr(store, "destroy", forgetful)
    proof = wipe_wave(sitting.wave.intake, WAVE)
    assert not proof.is_clean


def test_the_data_files_of_postgresql_are_clean_after_the_wipe(postgres_server: Server, postgres_url: str) -> None:
    sitting = sit(open_small_wave(postgres_url), 30)
    known = known_of(sitting)
    analyze(postgres_url)  # the planner's samples are copies, too
    close_wave(sitting.wave.intake, WAVE)
    analyze(postgres_url)
    checkpoint(postgres_url)
    assert find_leftovers(postgres_server.data / "base", known) == len(known)
    proof = wipe_wave(sitting.wave.intake, WAVE)
    assert proof.is_clean
    assert find_leftovers(postgres_server.data / "base", known) == 0
    assert "write_ahead_log" in proof.beyond_reach
    assert find_leftovers(postgres_server.data / "pg_wal", known) > 0  # so the proof says that, and says so rightly
    close_intake(sitting.wave.intake)


def test_mere_deletion_leaves_the_bytes_in_postgresql_too(postgres_server: Server, postgres_url: str) -> None:
    sitting = sit(open_small_wave(postgres_url), 30)
    known = known_of(sitting)
    delete_rows(sitting)
    checkpoint(postgres_url)
    assert find_leftovers(postgres_server.data / "base", known) > len(known) / 2
    close_intake(sitting.wave.intake)


def analyze(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def checkpoint(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
