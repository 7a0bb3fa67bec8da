"""Viewer → file: the only way to data.

The release is named by the pointer, the file by the viewer's role and scope; nothing else a person sends
can choose a path. A released file is immutable, so what was read from it may be kept by (release, audience): as plain
rows that nobody can change, ready to be looked up by column. A page asks for some hundred of them at every click, which
a table of pandas would answer a hundred times slower.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from dashboard.settings import settings
from dashboard.viewer import Viewer, audience_of

Row = Mapping[str, Any]  # column → plain value, None where the file has NULL

RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
CONFIG = {
    "access_mode": "READ_ONLY",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
    "memory_limit": "256MB",
    "lock_configuration": "true",
}
TABLES = (
    "pub_band_wave_base",
    "pub_city_wave_indicator",
    "pub_city_wave_model",
    "pub_city_wave_scale",
    "pub_class_wave_coverage",
    "pub_class_wave_forecast",
    "pub_class_wave_credibility",
    "pub_class_wave_indicator",
    "pub_class_wave_signal",
    "pub_cluster_wave_indicator",
    "pub_district_wave_indicator",
    "pub_grade_wave_apart",
    "pub_grade_wave_calm",
    "pub_grade_wave_indicator",
    "pub_grade_wave_place",
    "pub_indicator",
    "pub_label",
    "pub_release",
    "pub_school_pool_indicator",
    "pub_school_pool_place",
    "pub_school_pool_signal",
    "pub_school_pool_indicator",
    "pub_school_pool_place",
    "pub_school_pool_signal",
    "pub_school_wave_apart",
    "pub_school_wave_comparison",
    "pub_school_wave_coverage",
    "pub_school_wave_hotspot",
    "pub_school_wave_credibility",
    "pub_school_wave_gap",
    "pub_school_wave_indicator",
    "pub_school_wave_patrol",
    "pub_school_wave_place",
    "pub_school_wave_place_time",
    "pub_school_wave_sheet",
    "pub_unit",
    "pub_wave",
)


class NothingPublishedError(Exception):
    """There is no release yet, or none for this viewer. `reason` is no_release or not_for_you."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def current_release() -> str:
    """The release the pointer names; read anew on each rerun, since a release may be switched under an open page."""
    try:
        name = (settings().published / "current").read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NothingPublishedError("no_release") from error
    if not RELEASE.fullmatch(name):
        raise NothingPublishedError("no_release")
    return name


def read_rows(viewer: Viewer, release: str, table: str, /, **asked: object) -> Sequence[Row]:
    """Rows of a published table as this viewer's file has it: all of them, or those whose columns hold what is asked.

    Raises NothingPublishedError if the viewer's audience has no file there, KeyError for a table out of contract.
    """
    if table not in TABLES:
        raise KeyError(table)
    if not RELEASE.fullmatch(release):
        raise NothingPublishedError("no_release")
    held = _rows_by(settings().published, release, audience_of(viewer), table, tuple(asked))
    return held.get(tuple(asked.values()), ())


def has_table(viewer: Viewer, release: str, table: str) -> bool:
    """Whether this viewer's file has a table at all: an older release lacks what a later version learned to say."""
    if table not in TABLES:
        return False
    if not RELEASE.fullmatch(release):
        raise NothingPublishedError("no_release")
    return table in _tables(settings().published, release, audience_of(viewer))


@lru_cache(maxsize=64)
def _tables(published: Path, release: str, audience: str) -> frozenset[str]:
    cursor = _connection(published, release, audience).cursor()
    try:
        return frozenset(name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall())
    finally:
        cursor.close()


# A school's pages ask in some 30 ways, of about 2 MB altogether: 150 schools at once.
@lru_cache(maxsize=4096)
def _rows_by(
    published: Path, release: str, audience: str, table: str, columns: tuple[str, ...]
) -> dict[tuple[object, ...], tuple[Row, ...]]:
    """What the named columns hold → its rows, in the file's order."""
    if not columns:
        return {(): _rows(published, release, audience, table)}
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in _rows_by(published, release, audience, table, ())[()]:
        found.setdefault(tuple(row[column] for column in columns), []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def _rows(published: Path, release: str, audience: str, table: str) -> tuple[Row, ...]:
    # pub_unit's names are put in Chinese (pinyin) order here, where the collation is.
    order = "*, row_number() OVER (ORDER BY name COLLATE zh, unit_id) AS position" if table == "pub_unit" else "*"
    cursor = _connection(published, release, audience).cursor()
    try:
        rows = cursor.execute(f"SELECT {order} FROM {table}").fetchall()
        names = [sys.intern(column[0]) for column in cursor.description]
    finally:
        cursor.close()
    return tuple(MappingProxyType(dict(zip(names, map(_plain, row), strict=True))) for row in rows)


def _plain(value: Any) -> Any:
    """Equal words share their memory; not-a-number is nothing."""
    if isinstance(value, str):
        return sys.intern(value)
    return None if value != value else value


# Open only while tables are first read: fifty open ones would hold more memory than all that was read from them.
@lru_cache(maxsize=8)
def _connection(published: Path, release: str, audience: str) -> duckdb.DuckDBPyConnection:
    path = published / release / f"{audience}.duckdb"
    if not path.is_file():
        raise NothingPublishedError("not_for_you")
    connection = duckdb.connect(str(path), read_only=True, config=dict(CONFIG))
    held = connection.execute("SELECT release_id, audience FROM pub_release").fetchall()
    if held != [(release, audience)]:  # a file copied to another name must not open another school
        connection.close()
        raise NothingPublishedError("not_for_you")
    return connection
