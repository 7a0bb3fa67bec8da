"""Opened answers at rest: nothing readable under the home, no spill, and what a lost or wrong key does."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import duckdb
import pytest
from tiny_city import WAVE, sheet, sheets, write_city, write_instrument, write_rows

from pipelines.load import load_file
from pipelines.microdata import CONFIG, open_microdata, transaction
from pipelines.microdata.keys import destroy_key, key_path, make_key, read_key
from pipelines.microdata.rest import answers_folder, store_rows, sweep_files
from pipelines.problems import CannotDo
from pipelines.registry import import_registry
from pipelines.stage import stg_submission

RARE = "rare-answer-7391846"  # what nobody's file should hold in plain
ROWS = f"SELECT 'l1' AS load_id, '{RARE}' AS spot, (range % 7)::TINYINT AS hit FROM range(5000)"


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANXIN_LANG", "en")
    import_registry(write_city(tmp_path / "city"))
    load_file(write_rows(tmp_path / "answers.csv", sheets(9)), WAVE, instrument=write_instrument(tmp_path))
    return tmp_path


def store(select: str = ROWS, wave: str = WAVE) -> int:
    with open_microdata() as connection, transaction(connection):
        return store_rows(connection, wave, "raw_submission", select)


def count(wave: str = "wave_2026_1") -> int:
    with open_microdata(read_only=True) as connection:
        return connection.execute(f"SELECT count(*) FROM {wave}.raw_submission WHERE spot = '{RARE}'").fetchall()[0][0]


def readable(home: Path, pattern: str = RARE) -> list[str]:
    """Files under the home that hold the pattern in plain."""
    files = (path for path in home.rglob("*") if path.is_file())
    return [path.name for path in files if pattern.encode() in path.read_bytes()]


def test_no_file_holds_an_answer_in_plain(home: Path) -> None:
    """Neither the encrypted file nor the database, its log, or anything else under the home."""
    assert store() == 5000 and count() == 5000
    assert readable(home) == []
    assert readable(home, "spot") == ["microdata.duckdb"]  # the view's columns, which are no secret


def test_control_a_plain_table_is_found(home: Path) -> None:
    """The same rows in a table of the database: the search above finds them."""
    with open_microdata() as connection:
        connection.execute(f"CREATE TABLE plain AS {ROWS}")
    assert readable(home) == ["microdata.duckdb"]


def test_answers_are_no_column_bytes_either(home: Path) -> None:
    """Codes without compression: a column of bytes is found in a plain Parquet file, and not in the encrypted one."""
    codes = bytes(byte % 5 for byte in secrets.token_bytes(4000))
    values = ", ".join(f"({code}::TINYINT)" for code in codes)
    select = f"SELECT col0 AS hit FROM (VALUES {values})"
    store(select)
    [file] = answers_folder().iterdir()
    with duckdb.connect() as connection:
        ordered = f"COPY ({select}) TO '{home}/plain.parquet' (FORMAT parquet, COMPRESSION uncompressed)"
        connection.execute(ordered)
    plain, sealed = (home / "plain.parquet").read_bytes(), file.read_bytes()
    assert plain[:4] == b"PAR1" and b"hit" in plain
    assert sealed[:4] == b"PARE" and b"hit" not in sealed


def test_the_database_may_not_spill(home: Path) -> None:
    """What doesn't fit in memory ends in an error: nothing is written to a temporary file in plain."""
    assert CONFIG["temp_directory"] == ""
    with open_microdata() as connection:
        connection.execute("SET memory_limit = '20MB'")
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute(
                "CREATE TEMP TABLE big AS SELECT hash(range) AS a, hash(-range) AS b FROM range(5000000)"
            )
    assert [path.name for path in home.rglob("*") if "tmp" in path.name] == []


def test_key_and_answers_are_closed_to_others(home: Path) -> None:
    store()
    [file] = answers_folder().iterdir()
    assert key_path(WAVE).read_bytes() == read_key(WAVE) and len(read_key(WAVE) or b"") == 32
    for path in (key_path(WAVE), key_path(WAVE).parent, file, answers_folder()):
        assert path.stat().st_mode & 0o077 == 0, path


def test_keys_may_lie_elsewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ANXIN_KEYS: a stick or another volume; then the home alone opens nothing."""
    from pipelines.settings import settings

    monkeypatch.setenv("ANXIN_KEYS", str(tmp_path / "stick"))
    settings.cache_clear()
    store()
    assert (tmp_path / "stick" / f"{WAVE}.key").exists() and not (home / "keys").exists()


def test_each_wave_has_a_key_of_its_own(home: Path) -> None:
    store()
    store(wave="2026-2")
    assert read_key(WAVE) != read_key("2026-2")
    key_path("2026-2").write_bytes(read_key(WAVE) or b"")
    assert count() == 5000
    with pytest.raises(duckdb.CatalogException):
        count("wave_2026_2")


def test_rows_added_later_stand_among_the_earlier_ones(home: Path) -> None:
    """One file, written anew in a new order; the one before it is swept away once nothing names it."""
    store()
    [before] = answers_folder().iterdir()
    assert store("SELECT 'l2' AS load_id, 'gate' AS spot, 1::TINYINT AS hit FROM range(5000)") == 10_000
    with open_microdata() as connection:
        order = [load for (load,) in connection.execute("SELECT load_id FROM wave_2026_1.raw_submission").fetchall()]
        assert sweep_files(connection) == 1
    assert [path == before for path in answers_folder().iterdir()] == [False]
    assert abs(order[:5000].count("l1") - 2500) < 4 * (5000 * 0.25 * 0.5) ** 0.5


def test_a_transaction_that_fails_keeps_the_rows_before(home: Path) -> None:
    """The file was written, the row that names it was not: the old rows are still the wave's, the new file is swept."""
    store()
    with open_microdata() as connection:
        with pytest.raises(RuntimeError), transaction(connection):
            store_rows(connection, WAVE, "raw_submission", ROWS)
            raise RuntimeError("planted")
        assert len(list(answers_folder().iterdir())) == 2 and sweep_files(connection) == 1
    assert count() == 5000


def test_a_lost_key_is_said_and_costs_nothing_else(loaded: Path) -> None:
    """The wave can't be counted or added to; a load that starts it anew works."""
    key = key_path(WAVE).read_bytes()
    destroy_key(WAVE)
    with open_microdata() as connection, pytest.raises(CannotDo, match="key is missing") as lost:
        stg_submission(connection, WAVE)
    assert "--replace" in lost.value.next_step
    more = write_rows(loaded / "more.csv", [sheet(hit=1)] * 2)
    with pytest.raises(CannotDo, match="key is missing"):
        load_file(more, WAVE, instrument=loaded / "tiny.yml")
    key_path(WAVE).write_bytes(key)
    assert load_file(more, WAVE, instrument=loaded / "tiny.yml").accepted == 2
    destroy_key(WAVE)
    assert load_file(more, WAVE, instrument=loaded / "tiny.yml", replace=True).accepted == 2


def test_a_damaged_file_or_key_is_refused(loaded: Path) -> None:
    """A flipped byte in the data ends the reading, one in the footer the opening; a file that is no key is named."""
    [file] = answers_folder().iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(bytes(content))
    with open_microdata(read_only=True) as connection, pytest.raises((duckdb.Error, OSError)):
        connection.execute("SELECT count(hit), count(mock), count(spot) FROM wave_2026_1.raw_submission").fetchall()
    file.write_bytes(bytes(content)[:-40])
    with open_microdata() as connection, pytest.raises(CannotDo, match="file is damaged"):
        stg_submission(connection, WAVE)
    key_path(WAVE).write_text("no key")
    with pytest.raises(CannotDo, match="not a key"):
        count()


def test_answers_of_an_earlier_version_are_refused(home: Path) -> None:
    """A plain table in the database's file is not counted as if nothing were wrong."""
    with open_microdata() as connection:
        connection.execute("CREATE SCHEMA wave_2026_1; CREATE TABLE wave_2026_1.raw_submission AS SELECT 1 AS hit")
        connection.execute("CREATE TABLE raw_wave (wave TEXT, instrument_json TEXT, snapshot_id TEXT, units TEXT)")
        connection.execute("ALTER TABLE raw_wave ADD COLUMN groups TEXT")
        connection.execute("INSERT INTO raw_wave VALUES ('2026-1', '', NULL, 'none', '')")
        with pytest.raises(CannotDo, match="unencrypted"):
            stg_submission(connection, WAVE)


def test_a_key_is_overwritten_before_it_goes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hard link keeps the bytes that were on the disk: they are no longer the key."""
    key = make_key(WAVE)
    assert make_key(WAVE) == key
    os.link(key_path(WAVE), home / "kept")
    assert destroy_key(WAVE) and not key_path(WAVE).exists() and not destroy_key(WAVE)
    assert (home / "kept").read_bytes() != key and len((home / "kept").read_bytes()) == len(key)
