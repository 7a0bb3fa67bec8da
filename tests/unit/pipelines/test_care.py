"""Purge, backup, restore: what is destroyed, what survives, and that a half-way stop can be taken up again."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.care import purge as purging
from pipelines.care.backup import MANIFEST, write_backup
from pipelines.care.purge import MAX_DAYS, purge_due, purge_wave
from pipelines.care.restore import restore_backup
from pipelines.contracts import create_tables
from pipelines.microdata import open_microdata, transaction
from pipelines.microdata.keys import key_path, make_key
from pipelines.microdata.rest import answers_folder, store_rows
from pipelines.problems import BadInput, CannotDo
from pipelines.settings import settings
from pipelines.stage import stg_submission

WAVE, TODAY = "2026-1", date.today()
RARE = "rare-answer-7391846"


@pytest.fixture(autouse=True)
def language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_LANG", "en")


@pytest.fixture
def opened(home: Path) -> Path:
    """A home with one wave opened and counted, a store, a published file and a policy of its own."""
    with open_microdata() as connection, transaction(connection):
        create_tables(connection, ["raw_wave", "raw_load", "core_class_wave_response"])
        connection.execute(
            f"INSERT INTO raw_wave VALUES ('{WAVE}', 'term', '{'0' * 64}', '{{}}', NULL, 'none', true, '')"
        )
        connection.execute(
            f"INSERT INTO raw_load VALUES ('{WAVE}', '{'1' * 12}', '{'1' * 64}', 'f', 9, 9, 0, 'loaded')"
        )
        store_rows(connection, WAVE, "raw_submission", f"SELECT 'l' AS load_id, '{RARE}' AS spot FROM range(9)")
        store_rows(connection, WAVE, "raw_apart", f"SELECT 's1' AS school_id, '{RARE}' AS uses FROM range(4)")
    write(home / "casework" / "dashboard.sqlite", None)
    write(home / "published" / "current", "2026-1.1\n")
    write(home / "published" / "2026-1.1" / "manifest.json", "{}")
    write(home / "policy.yml", "stricter: true\n")
    write(home / "survey" / "pepper", "secret")
    return home


def write(path: Path, text: str | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is not None:
        path.write_text(text, encoding="utf-8")
        return
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("CREATE TABLE account (name TEXT)")
        store.execute("INSERT INTO account VALUES ('counselor')")


def release(home: Path, wave: str = WAVE) -> None:
    folder = home / "confidential" / "releases"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{wave}.1.duckdb").touch()


def query(text: str) -> list[tuple[Any, ...]]:
    with open_microdata(read_only=True) as connection:
        return connection.execute(text).fetchall()


# purge


def test_a_purge_leaves_no_answer_and_no_key(opened: Path) -> None:
    """Rows, files and key are gone; what was loaded stays on record as destroyed; the stage says that counts stay."""
    release(opened)
    key = key_path(WAVE).read_bytes()
    done = purge_wave(WAVE, TODAY)
    assert (done.rows, done.key_destroyed, done.files, done.unchanged) == (13, True, 2, False)
    assert list(answers_folder().iterdir()) == [] and not key_path(WAVE).exists()
    assert not any(key in path.read_bytes() for path in opened.rglob("*") if path.is_file())
    assert query("SELECT status FROM raw_load") == [("destroyed",)] and query("SELECT wave FROM raw_wave") == [(WAVE,)]
    assert query("SELECT wave, purged_on, reason FROM raw_purge") == [(WAVE, TODAY, "released")]
    with open_microdata() as connection, pytest.raises(CannotDo, match="no longer here") as gone:
        stg_submission(connection, WAVE)
    assert "its counts stay" in gone.value.next_step
    assert purge_wave(WAVE, TODAY).unchanged


def test_before_a_release_answers_are_kept(opened: Path) -> None:
    """Without a release they could never be counted again: only a reason, which is kept, destroys them."""
    with pytest.raises(CannotDo, match="no release"):
        purge_wave(WAVE, TODAY)
    with pytest.raises(BadInput, match="reason"):
        purge_wave(WAVE, TODAY, "  ")
    assert key_path(WAVE).exists() and query("SELECT count(*) FROM wave_2026_1.raw_submission") == [(9,)]
    assert purge_wave(WAVE, TODAY, "consent withdrawn").rows == 13
    assert query("SELECT reason FROM raw_purge") == [("consent withdrawn",)]


def test_another_wave_s_release_doesn_t_count(opened: Path) -> None:
    release(opened, "2026-2")
    with pytest.raises(CannotDo, match="no release"):
        purge_wave(WAVE, TODAY)
    with pytest.raises(BadInput, match="never loaded"):
        purge_wave("2025-1", TODAY)


def test_the_timer_destroys_what_is_due_and_nothing_else(opened: Path) -> None:
    """On the last day answers are still here, on the day after they go, released or not."""
    with open_microdata() as connection, transaction(connection):
        store_rows(connection, "2026-2", "raw_submission", "SELECT 'l' AS load_id")
        connection.execute("UPDATE raw_sealed SET since = ? WHERE wave = ?", [TODAY - timedelta(MAX_DAYS), WAVE])
    assert purge_due(TODAY) == []
    assert [one.wave for one in purge_due(TODAY + timedelta(1))] == [WAVE]
    assert key_path("2026-2").exists() and query("SELECT count(*) FROM wave_2026_2.raw_submission") == [(1,)]


def test_rows_added_later_don_t_win_time(opened: Path) -> None:
    """The clock of a wave starts with its first file."""
    first = TODAY - timedelta(MAX_DAYS + 1)
    with open_microdata() as connection, transaction(connection):
        connection.execute("UPDATE raw_sealed SET since = ? WHERE content = 'raw_submission'", [first])
        store_rows(connection, WAVE, "raw_submission", "SELECT 'l' AS load_id, 'x' AS spot")
    assert [one.rows for one in purge_due(TODAY)] == [14]


@pytest.mark.parametrize("step", ["forget_rows", "sweep_files"])
def test_a_purge_cut_short_is_finished_by_the_next(opened: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The key goes first: nothing is readable from then on, and running it again does the rest."""
    release(opened)

    def fail(*arguments: Any) -> None:
        raise OSError("planted")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="planted"):
        patch.setattr(purging, step, fail)
        purge_wave(WAVE, TODAY)
    assert not key_path(WAVE).exists() and len(list(answers_folder().iterdir())) == 2
    assert not purge_wave(WAVE, TODAY).unchanged
    assert list(answers_folder().iterdir()) == [] and query("SELECT count(*) FROM raw_sealed") == [(0,)]


def test_a_destroyed_wave_may_be_loaded_again(opened: Path) -> None:
    """The same rows are new again once they were destroyed, under another key."""
    from pipelines.load.store import loaded_before

    key = key_path(WAVE).read_bytes()
    with open_microdata() as connection:
        assert loaded_before(connection, WAVE, "1" * 64)
    purge_wave(WAVE, TODAY, "for the test")
    with open_microdata() as connection:
        assert loaded_before(connection, WAVE, "1" * 64) is None
    assert make_key(WAVE) != key


# backup and restore


def restored(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Path:
    """The backup in another home, as on another machine."""
    monkeypatch.setenv("ANXIN_HOME", str(home))
    settings.cache_clear()
    restore_backup(folder, **options)
    return home


def test_what_must_survive_comes_back(opened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = write_backup(tmp_path / "backup", TODAY)
    home = restored(tmp_path / "backup", tmp_path / "other", monkeypatch, check=done.check[:16])
    assert (home / "published" / "current").read_text() == "2026-1.1\n"
    assert (home / "policy.yml").read_text() == "stricter: true\n"
    with closing(sqlite3.connect(home / "casework" / "dashboard.sqlite")) as store:
        assert store.execute("SELECT name FROM account").fetchall() == [("counselor",)]
    assert query("SELECT wave FROM raw_wave") == [(WAVE,)] and query("SELECT status FROM raw_load") == [("destroyed",)]
    with open_microdata() as connection, pytest.raises(CannotDo, match="no longer here"):
        stg_submission(connection, WAVE)


def test_no_backup_holds_answers_keys_or_the_intake(opened: Path, tmp_path: Path) -> None:
    """Copies would outlive their destruction; and the folder is closed to others."""
    write_backup(tmp_path / "backup", TODAY)
    files = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    key = key_path(WAVE).read_bytes()
    assert not any(key in path.read_bytes() or RARE.encode() in path.read_bytes() for path in files)
    names = {path.relative_to(tmp_path / "backup").as_posix() for path in files}
    assert names == {
        MANIFEST, "policy.yml", "confidential/microdata.duckdb", "casework/dashboard.sqlite",
        "published/current", "published/2026-1.1/manifest.json",
    }  # fmt: skip
    assert not any(path.stat().st_mode & 0o077 for path in [tmp_path / "backup", *files])
    assert query("SELECT count(*) FROM wave_2026_1.raw_submission") == [(9,)]  # the original is untouched


def test_a_store_is_backed_up_while_it_is_written(
    opened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is committed is in it although it still stands in the log; what isn't is not."""
    store = sqlite3.connect(opened / "casework" / "dashboard.sqlite")
    store.execute("INSERT INTO account VALUES ('bureau')")
    store.commit()
    store.execute("INSERT INTO account VALUES ('unfinished')")
    write_backup(tmp_path / "backup", TODAY)
    store.close()
    with closing(sqlite3.connect(tmp_path / "backup" / "casework" / "dashboard.sqlite")) as copied:
        assert copied.execute("SELECT name FROM account").fetchall() == [("counselor",), ("bureau",)]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def rename(folder: Path) -> None:
    """A file that would be written outside of the home."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"]["published/../../outside"] = manifest["files"].pop("published/current")
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("tamper", "rule"),
    [
        (lambda folder: flip(folder / "confidential" / "microdata.duckdb"), "isn't what"),
        (lambda folder: (folder / "policy.yml").unlink(), "lacks this file"),
        (lambda folder: (folder / "published" / "more").write_text("x"), "doesn't name"),
        (lambda folder: (folder / MANIFEST).write_text("{}"), "no backup"),
        (rename, "no backup"),
    ],
    ids=["a byte", "a file less", "a file more", "no manifest", "a way out"],
)
def test_a_tampered_backup_is_refused(
    opened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tamper: Callable[[Path], None], rule: str
) -> None:
    write_backup(tmp_path / "backup", TODAY)
    tamper(tmp_path / "backup")
    with pytest.raises(BadInput, match=rule):
        restored(tmp_path / "backup", tmp_path / "other", monkeypatch)
    assert not (tmp_path / "other").exists() and not (tmp_path / "outside").exists()


def test_a_manifest_made_anew_has_another_check(opened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who changes a file and its hash is found by the check that was written down elsewhere."""
    done = write_backup(tmp_path / "backup", TODAY)
    (tmp_path / "backup" / "policy.yml").write_text("stricter: false\n")
    manifest = json.loads((tmp_path / "backup" / MANIFEST).read_text())
    manifest["files"]["policy.yml"] = hashlib.sha256(b"stricter: false\n").hexdigest()
    (tmp_path / "backup" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BadInput, match="check is another"):
        restored(tmp_path / "backup", tmp_path / "other", monkeypatch, check=done.check)


def test_a_backup_goes_into_an_empty_home_only(opened: Path, tmp_path: Path) -> None:
    write_backup(tmp_path / "backup", TODAY)
    with pytest.raises(BadInput, match="already lives here"):
        restore_backup(tmp_path / "backup")
    with pytest.raises(BadInput, match="isn't empty"):
        write_backup(tmp_path / "backup", TODAY)


def test_a_disk_that_refuses_leaves_neither_half_a_backup_nor_half_a_home(
    opened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted at the third sync to the disk."""
    write_backup(tmp_path / "backup", TODAY)
    calls = []

    def fail(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) % 3 == 0:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CannotDo, match="could not be written"):
        write_backup(tmp_path / "second", TODAY)
    with pytest.raises(CannotDo, match="could not be restored"):
        restored(tmp_path / "backup", tmp_path / "other", monkeypatch)
    assert not (tmp_path / "second").exists() and list((tmp_path / "other").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "home", "other"]
