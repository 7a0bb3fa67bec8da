"""A wave on two hosts in one folder: the tiny city, its key, and what is carried between them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import tiny_city

from pipelines.contracts import has_table, wave_schema
from pipelines.files.bundle import open_bundle, read_envelopes, write_bundle
from pipelines.load.bundle import BundleReport, load_bundle
from pipelines.microdata import open_microdata
from pipelines.registry import import_registry
from pipelines.settings import settings
from pipelines.waves.key import make_key
from pipelines.waves.opening import start_wave
from pipelines.waves.rehearsal import build_sheets, hand_in_all
from survey.instrument import Instrument, load_instrument
from survey.intake import Intake, close_intake, open_intake
from survey.sealing import LEAST, seal
from survey.settings import survey_settings

WAVE = "2026-1"
PASSPHRASE = "eight quiet geese cross the lake"
OPENS, CLOSES = date.today(), date.today() + timedelta(days=11)  # a wave that is over can't be opened
SIZES = {"p3": 14, "j7": 23, "j8": 8}  # sheets handed in per class; j7 has 30 students, j8 has 10


@dataclass(frozen=True)
class Hosts:
    """Two homes, and a folder for what is carried."""

    folder: Path

    @property
    def carried(self) -> Path:
        return self.folder / "carried"

    @property
    def private(self) -> Path:
        return self.folder / "analysis" / "wave.key"

    @property
    def public(self) -> Path:
        return self.carried / "wave.pub"

    @contextmanager
    def at(self, host: str) -> Iterator[Path]:
        """Everything inside runs on that host."""
        before = os.environ.get("ANXIN_HOME")
        os.environ["ANXIN_HOME"] = str(self.folder / host)
        forget_settings()
        try:
            yield self.folder / host
        finally:
            os.environ.pop("ANXIN_HOME") if before is None else os.environ.update(ANXIN_HOME=before)
            forget_settings()


def forget_settings() -> None:
    for cached in (settings, survey_settings):
        cached.cache_clear()


@cache
def tiny_instrument(folder: Path) -> Instrument:
    return load_instrument(tiny_city.write_instrument(folder))


def found_hosts(folder: Path, city: Path | None = None) -> Hosts:
    """Both hosts know the class list; the analysis host has a key, whose public file was carried over."""
    hosts = Hosts(folder)
    hosts.carried.mkdir(parents=True)
    city = city or tiny_city.write_city(folder / "city")
    for host in ("analysis", "survey"):
        with hosts.at(host):
            import_registry(city)
    make_key(WAVE, hosts.private, hosts.public, PASSPHRASE, LEAST)
    return hosts


def copy_hosts(hosts: Hosts, folder: Path) -> Hosts:
    """The same state in another place."""
    shutil.copytree(hosts.folder, folder)
    return Hosts(folder)


def open_tiny(hosts: Hosts) -> Instrument:
    """The tiny wave, open on the survey host."""
    instrument = tiny_instrument(hosts.folder)
    with hosts.at("survey"):
        start_wave(WAVE, hosts.public, OPENS, CLOSES, instrument)
    return instrument


def hand_in_sheets(hosts: Hosts, sizes: dict[str, int] = SIZES) -> None:
    """So many sheets per class, the first of each a blank."""
    with hosts.at("survey"), intake_of_host() as intake:
        rows = [row for class_id, number in sizes.items() for row in class_rows(class_id, number)]
        apart = [dict(place) for place in apart_places(sizes)]
        asyncio.run(hand_in_all(intake, list(build_sheets(intake, WAVE, rows, apart))))


@contextmanager
def intake_of_host() -> Iterator[Intake]:
    intake = open_intake()
    try:
        yield intake
    finally:
        close_intake(intake)


def class_rows(class_id: str, number: int) -> list[dict[str, Any]]:
    rows = tiny_city.sheets(number, class_id)
    if class_id == "p3":  # grades 3 and 4 are not asked this
        rows = [row | {"threat": None} for row in rows]
    return [blank(rows[0]), *rows[1:]]


def blank(row: dict[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(row) | {"class_id": row["class_id"], "take_part": 0, "too_fast": 0}


def apart_places(sizes: dict[str, int]) -> Sequence[dict[str, Any]]:
    places = {row["class_id"]: {"school_id": row["school_id"], "grade": row["grade"]} for row in tiny_city.CLASSES}
    return [places[class_id] for class_id, number in sizes.items() for _ in range(number)]


def load_carried(hosts: Hosts, bundle: Path, receipt: Path, anew: bool = False) -> BundleReport:
    with hosts.at("analysis"):
        return load_bundle(bundle, hosts.private, PASSPHRASE, receipt, anew)


def rewrite(bundle: Path, out: Path, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    """A bundle of the same wave, sound in itself, with other sheets in it."""
    found = open_bundle(bundle)
    sheets = change(list(read_envelopes(found, "sheets")))
    write_bundle(out, replace(found.header, sheets=len(sheets)), sheets, read_envelopes(found, "apart"))
    return out


def recount(bundle: Path, out: Path, spent: dict[str, int]) -> Path:
    """The same bundle with other counts of codes spent."""
    found = open_bundle(bundle)
    counts = seal(found.header.public, json.dumps(spent).encode(), 4096)
    header = replace(found.header, participation=counts)
    write_bundle(out, header, read_envelopes(found, "sheets"), read_envelopes(found, "apart"))
    return out


def stored(hosts: Hosts, wave: str = WAVE) -> tuple[int, int] | None:
    """(sheets, apart) on the analysis host; None where nothing of the wave is stored."""
    schema = wave_schema(wave)
    with hosts.at("analysis"), open_microdata() as connection:
        if not has_table(connection, schema, "raw_submission"):
            return None
        tables = [f'"{schema}".raw_submission', f'"{schema}".raw_apart']
        first, second = (connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in tables)
        return first, second
