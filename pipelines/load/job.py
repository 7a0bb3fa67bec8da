"""What one load is, settled before a row is read: file, instrument, where columns come from, which wave."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from pipelines.files.read import Source, open_source
from pipelines.load.mapping import Mapping, Plan, load_mapping, plan_interchange, plan_mapping
from pipelines.load.store import WaveCount
from pipelines.problems import BadInput, Where
from pipelines.words import say
from survey.instrument import Instrument, load_instrument
from survey.problems import InstrumentError
from survey.settings import INSTRUMENTS

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""
Beside = Callable[[DuckDBPyConnection, str], None]
"""Checks and keeps what belongs to a wave besides its answers, in the same transaction; what it raises undoes all."""


@dataclass(frozen=True)
class LoadReport:
    """What became of a file. read = accepted + rejected; `waves` has the same per wave."""

    wave: str
    read: int
    accepted: int
    rejected: int
    reject_file: Path | None
    already: bool
    warnings: tuple[str, ...]
    quality_page: Path | None
    waves: tuple[WaveCount, ...]
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """One load, settled before a row is read."""

    source: Source
    plan: Plan
    instrument: Instrument
    wave: str | None
    replace: bool
    progress: Progress
    beside: Beside | None = None


def prepare(
    file: Path, wave: str | None, mapping: Path | None, instrument: Path | None, replace: bool, progress: Progress
) -> Job:
    """Settle file, mapping, instrument and wave; BadInput for whatever doesn't fit."""
    source = open_source(file)
    known = load_mapping(mapping) if mapping else None
    asked = find_instrument(instrument, known)
    plan = plan_mapping(known, mapping, source, asked) if known and mapping else plan_interchange(source, asked)
    check_wave(wave, plan)
    return Job(source, plan, asked, wave, replace, progress)


def find_instrument(path: Path | None, mapping: Mapping | None) -> Instrument:
    """The instrument named on the command line, else by the mapping, else the term survey."""
    if path is None and mapping and mapping.instrument:
        path = INSTRUMENTS / f"{mapping.instrument}.yml"
    try:
        return load_instrument(path)
    except InstrumentError as error:
        raise BadInput(error.rule, where=Where(error.where.file), next_step=say("load.instrument_step")) from error


def check_wave(wave: str | None, plan: Plan) -> None:
    if wave is None and plan.wave is None:
        raise BadInput(say("load.no_wave"), next_step=say("load.no_wave_step"))
    if wave is not None and not re.match(plan.wave_pattern, wave):
        raise BadInput(say("load.bad_wave", wave=wave), next_step=say("load.bad_wave_step"))
