"""Writes a simulated city: the interchange files that a real survey brings, and the truth beside them.

`truth/` says what was planted and what each class's rate is. It exists for benches and tests alone: no step from
load to release may read it, else a model would be measured against what it was told.
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet as pq

from models import simulator
from models.simulator import registry
from models.simulator.draws import EMPTY
from pipelines.problems import BadInput, CannotDo, Where
from survey.instrument import Instrument, load_instrument

FIRST_YEAR = 2025
MAX_SCHOOLS, MAX_WAVES = 5_000, 40
TRUTH, SETTINGS = "truth", "city.json"
OWN_FILES = ("registry.csv", "contacts.csv", "places.csv", "responses-*.parquet", "apart-*.parquet", TRUTH)
Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all) after every district × wave."""


@dataclass(frozen=True)
class CityReport:
    """What was written. `responses` counts the sheets handed in (blanks included) by wave."""

    schools: int
    classes: int
    students: int
    responses: Mapping[str, int]
    files: tuple[Path, ...]


def write_city(
    out: Path,
    schools: int = 40,
    waves: int = 3,
    seed: int = 7,
    scenario: str = "default",
    progress: Progress | None = None,
) -> CityReport:
    """Simulate a city into the folder `out`; the same arguments give the same bytes.

    An earlier simulation in `out` is replaced; other files there stay. Nothing appears before everything is written.
    BadInput for sizes or a scenario that don't exist and for a folder with another survey's files; CannotDo if the
    folder can't be written.
    """
    check_arguments(schools, waves, seed, scenario)
    check_folder(out)
    params = simulator.parameters(scenario)
    districts = [
        simulator.build_district(params, seed, part) for part in simulator.build_schools(params, seed, schools)
    ]
    settings = {"schools": schools, "waves": waves, "seed": seed, "scenario": scenario}
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".city-", dir=out) as folder:
            _write_lists(Path(folder), seed, districts)
            responses = _write_answers(Path(folder), params, seed, districts, wave_ids(waves), progress)
            _write_settings(Path(folder), params, settings)
            files = _replace_city(Path(folder), out)
    except OSError as error:
        next_step = "choose another folder, or free space on the disk"
        raise CannotDo(error.strerror or "cannot be written", where=Where(str(out)), next_step=next_step) from error
    return CityReport(
        schools=schools,
        classes=sum(len(district.classes.size) for district in districts),
        students=sum(int(district.classes.size.sum()) for district in districts),
        responses=responses,
        files=files,
    )


def check_arguments(schools: int, waves: int, seed: int, scenario: str) -> None:
    if not 1 <= schools <= MAX_SCHOOLS:
        raise BadInput(f"--schools must be 1 to {MAX_SCHOOLS}", next_step="give another number of schools")
    if not 1 <= waves <= MAX_WAVES:
        raise BadInput(f"--waves must be 1 to {MAX_WAVES}", next_step="give another number of waves")
    if seed < 0:
        raise BadInput("--seed must not be negative", next_step="give 0 or a positive whole number")
    if scenario not in simulator.SCENARIOS:
        raise BadInput("no such scenario", next_step=f"choose one of {', '.join(simulator.SCENARIOS)}")


def check_folder(out: Path) -> None:
    """A folder that holds another survey's lists or answers isn't overwritten by invented ones."""
    if (out / TRUTH / SETTINGS).exists():
        return
    found = next((path.name for pattern in OWN_FILES for path in out.glob(pattern)), None)
    if found:
        rule = "the folder holds files that no simulation wrote"
        raise BadInput(rule, where=Where(str(out / found)), next_step="choose an empty folder for --out")


def wave_ids(waves: int) -> tuple[str, ...]:
    """Consecutive terms from spring 2025: 2025-1, 2025-2, 2026-1 …"""
    return tuple(f"{FIRST_YEAR + number // 2}-{number % 2 + 1}" for number in range(waves))


def build_questionnaire(instrument: Instrument) -> simulator.Questionnaire:
    """The instrument as plain columns and codes: all that the model may know of it."""
    return simulator.Questionnaire(
        answers=tuple(_question(instrument, name) for name in instrument.columns),
        apart=tuple(_question(instrument, name) for name in instrument.apart_columns),
    )


def _question(instrument: Instrument, name: str) -> simulator.Question:
    column = instrument.columns.get(name) or instrument.apart_columns[name]
    flag = column.kind == "flag"
    codes = {
        band: column.codes if flag else tuple(option.code for option in instrument.options_of(column.item, band))
        for band in column.bands
    }
    return simulator.Question(column.name, column.item, column.option, column.kind, codes)


def _write_lists(folder: Path, seed: int, districts: Sequence[simulator.District]) -> None:
    lists = [registry.build_lists(seed, district) for district in districts]
    for name, header in registry.COLUMNS.items():
        _write_csv(folder / f"{name}.csv", header, [row for part in lists for row in part[name]])


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    """With a byte-order mark, so that Excel shows Chinese as it is."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_answers(
    folder: Path,
    params: simulator.Parameters,
    seed: int,
    districts: Sequence[simulator.District],
    waves: tuple[str, ...],
    progress: Progress | None,
) -> dict[str, int]:
    """Sheets handed in by wave. Every file grows by one row group per district, so memory stays at one district."""
    questionnaire, sheets = build_questionnaire(load_instrument()), dict.fromkeys(waves, 0)
    with ExitStack() as stack:
        files = _ParquetFiles(folder, stack)
        for place, district in enumerate(districts):
            files.write(
                f"{TRUTH}/hotspots", _hotspots(simulator.build_hotspots(params, seed, district.schools), district)
            )
            for chunk in simulator.simulate_district(params, questionnaire, seed, district, len(waves)):
                _write_chunk(files, waves[chunk.wave], chunk)
                sheets[waves[chunk.wave]] += len(chunk.responses["class_id"])
                if progress:
                    progress(place * len(waves) + chunk.wave + 1, len(districts) * len(waves))
    return sheets


class _ParquetFiles:
    """Parquet files by name, opened at their first table and closed with the stack."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.writers: dict[str, pq.ParquetWriter] = {}

    def write(self, name: str, columns: Mapping[str, Any]) -> None:
        table = pa.table({column: _to_arrow(values) for column, values in columns.items()})
        if name not in self.writers:
            path = self.folder / f"{name}.parquet"
            path.parent.mkdir(exist_ok=True)
            self.writers[name] = self.stack.enter_context(pq.ParquetWriter(path, table.schema, compression="zstd"))
        self.writers[name].write_table(table)


def _to_arrow(values: np.ndarray) -> pa.Array:
    """Codes and texts with nothing in them (EMPTY, "") become null."""
    if values.dtype.kind == "U":
        return pa.array(values.astype(object), type=pa.string(), mask=values == "")
    return pa.array(values, mask=values == EMPTY) if values.dtype == np.int8 else pa.array(values)


def _write_chunk(files: _ParquetFiles, wave: str, chunk: simulator.WaveChunk) -> None:
    files.write(f"responses-{wave}", chunk.responses)
    files.write(f"apart-{wave}", chunk.apart)
    files.write(f"{TRUTH}/sheets-{wave}", chunk.sheets)
    classes = len(chunk.classes["class_id"])
    files.write(f"{TRUTH}/classes", {"wave": np.full(classes, wave)} | chunk.classes)
    planted = [(wave, *row) for row in chunk.planted]
    files.write(f"{TRUTH}/planted", _columns(("wave", "unit_kind", "unit_id", "pattern", "goal"), planted))


def _hotspots(spots: Sequence[simulator.Hotspot], district: simulator.District) -> dict[str, Any]:
    rows = [(district.schools[spot.school].school_id, spot.place, spot.time, spot.ratio) for spot in spots]
    return _columns(("school_id", "place", "time", "ratio"), rows)


def _columns(names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """Rows → columns of text, the last of numbers; typed even if there are no rows."""
    return {
        name: np.array([row[place] for row in rows], dtype=float if name == names[-1] else np.str_)
        for place, name in enumerate(names)
    }


def _write_settings(folder: Path, params: simulator.Parameters, settings: Mapping[str, Any]) -> None:
    """truth/city.json: what was asked for, and every parameter."""
    content = {**settings, "parameters": {field.name: _plain(getattr(params, field.name)) for field in fields(params)}}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / TRUTH / SETTINGS).write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _replace_city(fresh: Path, out: Path) -> tuple[Path, ...]:
    """Move the written files to `out`; an earlier city's files go first, so that two cities never mix."""
    for pattern in OWN_FILES:
        for old in out.glob(pattern):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for path in sorted(fresh.iterdir()):
        path.replace(out / path.name)
    return tuple(sorted(path for pattern in OWN_FILES for path in _files_in(out, pattern)))


def _files_in(out: Path, pattern: str) -> list[Path]:
    return [file for path in out.glob(pattern) for file in (path.iterdir() if path.is_dir() else [path])]
