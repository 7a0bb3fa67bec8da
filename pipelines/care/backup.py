"""`anxin backup`: a folder with everything that must survive, each file with its hash in manifest.json."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import duckdb

from pipelines.care.inventory import DATABASE, LEFT_OUT, list_files, list_stores
from pipelines.care.purge import LOADS
from pipelines.contracts import has_table, quoted, wave_schema
from pipelines.microdata import open_microdata
from pipelines.problems import BadInput, CannotDo, Where
from pipelines.settings import settings
from pipelines.words import say

MANIFEST = "manifest.json"
ELSEWHERE = ("ANXIN_INTAKE_URL", "ANXIN_HELP_URL", "ANXIN_CASEWORK_URL")


@dataclass(frozen=True)
class Backup:
    """A backup as it was written or restored. `check`: sha256 of its manifest, which names the hash of every file."""

    folder: Path
    files: int
    bytes: int
    check: str
    elsewhere: tuple[str, ...]


def write_backup(folder: Path, today: date) -> Backup:
    """Back the home up into a new folder (0700). BadInput where it holds something, CannotDo where a disk refuses."""
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(say("care.not_empty"), where=Where(str(folder)), next_step=say("care.not_empty_step"))
    part = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True, mode=0o700)
        copy_all(settings().home, part)
        check = write_manifest(part, today)
        if folder.exists():
            folder.rmdir()
        part.replace(folder)
    except (OSError, sqlite3.Error, duckdb.Error) as error:
        raise CannotDo(say("care.not_written"), where=Where(str(folder)), next_step=say("care.disk_step")) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return Backup(folder, len(files) - 1, sum(path.stat().st_size for path in files), check, stores_elsewhere())


def copy_all(home: Path, part: Path) -> None:
    copy_database(home / DATABASE, part / DATABASE)
    for store in list_stores(home):
        copy_store(store, place_for(part, home, store))
    for file in list_files(home):
        copy_durably(file, place_for(part, home, file))


def place_for(part: Path, home: Path, path: Path) -> Path:
    place = part / path.relative_to(home)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def copy_database(source: Path, place: Path) -> None:
    """The confidential database at rest: nobody writes while it is copied. The copy knows of no opened answers."""
    if not source.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open_microdata() as connection:
        connection.execute("CHECKPOINT")
        waves = read_waves(connection)
    with open_microdata(read_only=True):
        copy_durably(source, place)
    with closing(duckdb.connect(str(place), config={"temp_directory": ""})) as copied:
        for wave in waves:
            copied.execute(f"DROP SCHEMA IF EXISTS {quoted(wave_schema(wave))} CASCADE")
        for table in LOADS:
            if has_table(copied, "main", table):
                copied.execute(f"UPDATE {table} SET status = 'destroyed'")
        if has_table(copied, "main", "raw_sealed"):
            copied.execute("DELETE FROM raw_sealed")
        copied.execute("CHECKPOINT")


def read_waves(connection: duckdb.DuckDBPyConnection) -> list[str]:
    if not has_table(connection, "main", "raw_wave"):
        return []
    return [wave for (wave,) in connection.execute("SELECT wave FROM raw_wave").fetchall()]


def copy_store(source: Path, place: Path) -> None:
    """A SQLite store as of one moment, by SQLite's backup, whoever writes meanwhile; one file without a log."""
    os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o600))
    address = f"{source.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as origin, closing(sqlite3.connect(place)) as copied:
        origin.backup(copied)
        copied.execute("PRAGMA journal_mode = DELETE")
        fault = copied.execute("PRAGMA integrity_check").fetchone()[0]
    if fault != "ok":
        raise sqlite3.DatabaseError("the store is damaged")
    sync(place)


def copy_durably(source: Path, place: Path) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as origin, os.fdopen(descriptor, "wb") as copied:
        shutil.copyfileobj(origin, copied, 1 << 20)
        copied.flush()
        os.fsync(copied.fileno())


def sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def write_manifest(part: Path, today: date) -> str:
    """manifest.json: when, by which version, and every file's hash; returns its own hash."""
    files = sorted(path for path in part.rglob("*") if path.is_file())
    content = {
        "anxin": version("anxin"),
        "made": today.isoformat(),
        "left_out": list(LEFT_OUT),
        "elsewhere": list(stores_elsewhere()),
        "files": {path.relative_to(part).as_posix(): file_hash(path) for path in files},
    }
    text = json.dumps(content, indent=1, ensure_ascii=False).encode()
    place = part / MANIFEST
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(text).hexdigest()


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stores_elsewhere() -> tuple[str, ...]:
    """Settings that put a store on a server, which this backup doesn't reach."""
    return tuple(name for name in ELSEWHERE if os.environ.get(name))
