"""From stolen files: not the order of a sitting, not whose code gave which sheet, not whose description is whose."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from intake_wave import WAVE, open_small_wave
from stolen_files import Sitting, chance, files_under, order_in, sit, tau

from survey.intake import close_intake, close_wave, compact
from survey.intake.postgres import PREFIX
from survey.intake.sqlite import connect_file
from survey.sealing import decode_sheet, unseal
from survey.sheets import encode_cells, sheet_layout

STUDENTS = 48


@pytest.fixture
def sitting(tmp_path: Path) -> Sitting:
    return sit(open_small_wave(tmp_path / "intake"), STUDENTS)


def shelf(sitting: Sitting) -> Path:
    return sitting.wave.intake.store.shelf_path(WAVE, "s1")  # type: ignore[attr-defined]


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def ciphertexts(path: Path, table: str) -> list[bytes]:
    connection = connect_file(path)
    rows = connection.execute(f"SELECT ciphertext FROM {table}").fetchall()
    connection.close()
    return [row[0] for row in rows]


def in_order(sitting: Sitting, path: Path, table: str = "sealed") -> list[bytes]:
    """The sitting's ciphertexts in the order of their arrival."""
    number = sitting.number_of if table == "sealed" else sitting.number_of_apart
    return sorted(ciphertexts(path, table), key=number)


def test_after_a_rewrite_the_file_knows_no_order(sitting: Sitting) -> None:
    path = shelf(sitting)
    assert compact(sitting.wave.intake, WAVE, quiet_seconds=0) == 1
    assert compact(sitting.wave.intake, WAVE, quiet_seconds=0) == 0  # nothing new: nothing to do
    known = [in_order(sitting, path, table) for table in ("sealed", "apart")] + [sitting.replays]
    assert log_of(path).stat().st_size == 0
    for needles in known:
        places = order_in(path.read_bytes(), needles)
        assert min(places) > 0
        assert abs(tau(places)) < chance(STUDENTS)
    close_intake(sitting.wave.intake)


def test_before_it_the_log_tells_the_order_of_ciphertexts_and_nothing_else(sitting: Sitting) -> None:
    """The control: the same look at the log finds both orders whole. What it joins to a code is sealed."""
    path = shelf(sitting)
    envelopes = in_order(sitting, path)
    content = log_of(path).read_bytes()
    assert tau(order_in(content, envelopes)) == 1
    assert tau(order_in(content, sitting.replays)) == 1
    close_intake(sitting.wave.intake)


def test_no_answer_touches_the_disk(sitting: Sitting) -> None:
    """Every file, the log included, in the middle of a sitting. Control: the opened envelope does hold the cells."""
    wave, path = sitting.wave, shelf(sitting)
    contents = b"".join(file.read_bytes() for file in files_under(path.parent.parent))
    for ciphertext in ciphertexts(path, "sealed"):
        payload = unseal(wave.key, ciphertext)
        cells = encode_cells(sheet_layout(wave.instrument), decode_sheet(payload, wave.instrument).answers)
        assert cells in payload
        assert cells not in contents
    close_intake(wave.intake)


def test_a_table_with_row_ids_would_tell_the_order(sitting: Sitting, tmp_path: Path) -> None:
    """The control of the design: the same rows under the same random keys, but numbered; rewriting doesn't help."""
    rows = in_order(sitting, shelf(sitting))
    connection = sqlite3.connect(tmp_path / "numbered.sqlite", isolation_level=None)
    connection.execute("CREATE TABLE sealed (envelope_id BLOB PRIMARY KEY, ciphertext BLOB)")
    connection.executemany("INSERT INTO sealed VALUES (randomblob(16), ?)", [(row,) for row in rows])
    connection.execute("VACUUM")
    arrived = [row[0] for row in connection.execute("SELECT ciphertext FROM sealed ORDER BY rowid")]
    connection.close()
    assert tau([sitting.number_of(ciphertext) for ciphertext in arrived]) == 1
    assert abs(tau(order_in((tmp_path / "numbered.sqlite").read_bytes(), rows))) > 1.5 * chance(STUDENTS)
    close_intake(sitting.wave.intake)


def test_after_close_codes_and_sheets_and_descriptions_cannot_be_joined(sitting: Sitting) -> None:
    """Byte order of one against byte order of the other, for every pair of the three."""
    path = shelf(sitting)
    envelopes = {table: in_order(sitting, path, table) for table in ("sealed", "apart")}
    close_wave(sitting.wave.intake, WAVE)
    content = path.read_bytes()
    assert not log_of(path).exists() or log_of(path).stat().st_size == 0
    places = {
        **{name: order_in(content, rows) for name, rows in envelopes.items()},
        "code": order_in(content, sitting.replays),
    }
    assert all(min(found) > 0 for found in places.values())
    for one, other in (("sealed", "apart"), ("sealed", "code"), ("apart", "code")):
        along = [place for _, place in sorted(zip(places[one], places[other], strict=True))]
        assert abs(tau(along)) < chance(STUDENTS), (one, other)
    close_intake(sitting.wave.intake)


def test_fewer_than_ten_new_sheets_wait_for_company(tmp_path: Path) -> None:
    """Two copies of the file, before and after a rewrite, would single out whoever came in between."""
    wave = open_small_wave(tmp_path / "intake")
    for students, rewritten in ((9, 0), (1, 1), (9, 0)):
        sit(wave, students)
        assert compact(wave.intake, WAVE, quiet_seconds=0) == rewritten
    assert compact(wave.intake, WAVE, quiet_seconds=60) == 0
    sit(wave, 1)
    assert compact(wave.intake, WAVE, quiet_seconds=60) == 0  # the sitting isn't quiet yet
    close_intake(wave.intake)
    assert compact(wave.intake, WAVE, quiet_seconds=0) == 1  # also when no worker runs and the log is gone


def test_hidden_columns_of_postgresql_say_nothing_after_close(postgres_url: str) -> None:
    """ctid: order on the disk; xmin: transaction. The control, before close: order whole, every pair joined."""
    sitting = sit(open_small_wave(postgres_url), STUDENTS)
    assert tau(postgres_order(postgres_url, sitting)) == 1
    assert joined_by_transaction(postgres_url, sitting) == STUDENTS
    close_wave(sitting.wave.intake, WAVE)
    assert abs(tau(postgres_order(postgres_url, sitting))) < chance(STUDENTS)
    assert transactions(postgres_url) == [1, 1, 1]
    close_intake(sitting.wave.intake)


def look(url: str, query: str) -> list[tuple[bytes, ...]]:
    with psycopg.connect(url, options=f'-c search_path="{PREFIX}{WAVE}"') as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload]


def postgres_order(url: str, sitting: Sitting) -> list[int]:
    return [sitting.number_of(row[0]) for row in look(url, "SELECT ciphertext FROM sealed ORDER BY ctid")]


def joined_by_transaction(url: str, sitting: Sitting) -> int:
    """How many codes lead to their own sheet."""
    query = "SELECT replay_mac, ciphertext FROM access_code c JOIN sealed s ON c.xmin = s.xmin"
    number = {mac: place for place, mac in enumerate(sitting.replays)}
    return sum(number[mac] == sitting.number_of(ciphertext) for mac, ciphertext in look(url, query))


def transactions(url: str) -> list[int]:
    """How many different transactions each table's rows show."""
    tables = ("access_code", "sealed", "apart")
    return [look(url, f"SELECT count(DISTINCT xmin::text) FROM {table}")[0][0] for table in tables]  # type: ignore[misc]
