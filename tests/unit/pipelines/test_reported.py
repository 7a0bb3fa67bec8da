"""What casework counted, read back: incidents of the wave's half year, and nothing stored of a faulty file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.problems import BadInput
from pipelines.reported import core_school_wave_reported, counts_file
from pipelines.settings import settings

HEAD = "school_id,wave,kind,code,number\n"
ROWS = (
    "s1,2026-1,incident,reported,3\ns1,2026-1,incident,late,1\ns1,2025-2,incident,reported,9\n"
    "s2,2026-1,sign,new,4\ns2,2026-1,clock,first_check.met,2\n"
)


def write(folder: Path, text: str) -> Path:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def stored(connection: duckdb.DuckDBPyConnection, wave: str = "2026-1") -> dict[str, int]:
    query = "SELECT school_id, incidents FROM core_school_wave_reported WHERE wave = ?"
    return dict(connection.execute(query, [wave]).fetchall())


def test_incidents_of_the_wave_and_schools_without_one(tmp_path: Path) -> None:
    """Late ones aren't counted twice, another half year not at all; a school with other rows reported nothing."""
    with duckdb.connect() as connection:
        assert core_school_wave_reported(connection, "2026-1", write(tmp_path, HEAD + ROWS)) == 2
        assert stored(connection) == {"s1": 3, "s2": 0}


def test_a_later_file_replaces_the_wave_and_no_other(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        core_school_wave_reported(connection, "2025-2", write(tmp_path, HEAD + ROWS))
        core_school_wave_reported(connection, "2026-1", write(tmp_path, HEAD + ROWS))
        core_school_wave_reported(connection, "2026-1", None)
        assert (stored(connection), stored(connection, "2025-2")) == ({}, {"s1": 9})


@pytest.mark.parametrize(
    ("row", "column"),
    [("s1,2026-1,incident,reported,-1", "number"), ("s1,spring,incident,reported,1", "wave"),
     ("s1,2026-1,rumour,heard,1", "kind"), ("s1,2026-1,incident,reported,2", "code")],
)  # fmt: skip
def test_a_faulty_file_is_refused_whole(tmp_path: Path, row: str, column: str) -> None:
    """The message names file, row and column; what was read before stays."""
    with duckdb.connect() as connection:
        core_school_wave_reported(connection, "2026-1", write(tmp_path, HEAD + ROWS))
        with pytest.raises(BadInput) as refused:
            core_school_wave_reported(connection, "2026-1", write(tmp_path, f"{HEAD}{ROWS}{row}\n"))
        assert (refused.value.where.row, refused.value.where.column) == (7, column)
        assert stored(connection) == {"s1": 3, "s2": 0}


def test_the_home_s_own_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named first, the home's second, none third; a name that leads nowhere is refused, not passed over."""
    monkeypatch.setenv("ANXIN_HOME", str(tmp_path))
    settings.cache_clear()
    assert counts_file(None) is None
    (tmp_path / "casework").mkdir()
    usual = write(tmp_path / "casework", HEAD)
    assert counts_file(None) == usual
    assert counts_file(write(tmp_path, HEAD)) == tmp_path / "counts.csv"
    with pytest.raises(BadInput):
        counts_file(tmp_path / "gone.csv")
    settings.cache_clear()
