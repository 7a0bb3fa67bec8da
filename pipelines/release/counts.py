"""Read the cube of one wave from the core tables: hidden counts come in here, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pipelines.contracts import has_table
from pipelines.problems import CannotDo
from pipelines.release.cube import Apart, Cube, IndicatorFacts
from pipelines.score.places import area_of_group, area_words
from survey.indicators import Indicator
from survey.instrument import Instrument
from survey.words import Words

MEASURES = ("happens", "avoided")
OPTION = IndicatorFacts("", (), (), (), False, None, "neutral", 1.0)
LANGUAGES = (("zh_CN", "zh"), ("en", "en"))


def read_cube(connection: duckdb.DuckDBPyConnection, wave: str) -> Cube:
    """All counts of a wave. Raises CannotDo for a survey without classes: there is nobody it could be shown to."""
    row = connection.execute(
        "SELECT instrument_json, snapshot_id, units, anonymous FROM raw_wave WHERE wave = ?", [wave]
    ).fetchone()
    if row is None:
        raise CannotDo(f"wave {wave} has not been loaded", next_step=f"anxin load FILE --wave {wave}")
    instrument_json, snapshot, units, anonymous = row
    if units == "none":
        raise CannotDo(
            f"wave {wave} is a survey without classes and schools, so it cannot be released",
            next_step="read core_group_wave_indicator on the confidential side instead",
        )
    instrument = Instrument.from_json(instrument_json)
    classes, schools = _units(connection, wave, snapshot)
    place_groups, time_groups = _group_codes(instrument, "places"), _group_codes(instrument, "times")
    indicators = _all_facts(instrument)
    codes = [fact.code for fact in indicators]
    by_class, by_place = ("class_id", list(classes["class_id"])), ("place_group", list(place_groups))
    areas = tuple(dict.fromkeys(area_of_group()[group] for group in place_groups if group in area_of_group()))
    by_measure, by_time = ("measure", list(MEASURES)), ("time_group", list(time_groups))
    return Cube(
        wave=wave,
        instrument_id=instrument.id,
        instrument_hash=instrument.hash,
        anonymous=bool(anonymous),
        indicators=indicators,
        classes=classes,
        schools=schools,
        yes=_by_class(connection, wave, "core_class_wave_indicator", [by_class, ("indicator", codes)]),
        place=_by_class(connection, wave, "core_class_wave_place_group", [by_class, by_measure, by_place]),
        place_time=_by_class(connection, wave, "core_class_wave_place_time_group", [by_class, by_place, by_time]),
        measures=MEASURES,
        place_groups=place_groups,
        time_groups=time_groups,
        apart=_apart(connection, wave, instrument),
        area=_by_class(connection, wave, "core_class_wave_place_area", [by_class, by_measure, ("area", list(areas))]),
        areas=areas,
        quality=_quality(connection, wave, list(classes["class_id"])),
        reported=_reported(connection, wave),
        scales=_scales(connection, wave, instrument_json),
        labels=pub_label(instrument, _local_names(connection, snapshot)),
    )


def _units(connection: duckdb.DuckDBPyConnection, wave: str, snapshot: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Surveyed classes with their sheets, and their schools, both sorted; a class without a sheet has zeros."""
    classes = connection.execute(
        """SELECT registry.*, coalesce(response.submitted, 0)::BIGINT AS submitted, coalesce(response.r, 0)::BIGINT AS r
           FROM raw_registry AS registry
           LEFT JOIN core_class_wave_response AS response ON response.class_id = registry.class_id AND response.wave = ?
           WHERE registry.snapshot_id = ? AND registry.band IS NOT NULL
           ORDER BY school_id, registry.grade, registry.class_id""",
        [wave, snapshot],
    ).df()
    facts = ["school_id", "school_name", "level", "boarding", "rural", "cluster_id", "district_id", "district_name"]
    schools = classes[facts].drop_duplicates("school_id").sort_values("school_id", ignore_index=True)
    kept = ["class_id", "class_name", "school_id", "level", "grade", "band", "enrolled", "submitted", "r"]
    return classes[kept], schools.assign(
        boarding=schools["boarding"].astype("boolean"),
        rural=schools["rural"].astype("boolean"),
        **{f"{who}_share": list_share(classes, who) for who in ("boys", "boarders")},
    )


def list_share(classes: pd.DataFrame, who: str) -> pd.Series:
    """Whole percent of each school's class list, in the order of their ids; NULL where a class doesn't say."""
    sums = classes.groupby("school_id")[[who, "enrolled"]].sum(min_count=1).reset_index()
    told = ~classes[who].isna().groupby(classes["school_id"]).any().reset_index(drop=True)
    share = (100 * sums[who].astype("float64") / sums["enrolled"]).round()
    return share.where(told).astype("Int64")


def _all_facts(instrument: Instrument) -> tuple[IndicatorFacts, ...]:
    """Facts of every indicator; the question is named where answers to it are counted that no other one counts."""
    counted: dict[str, set[int | str]] = {}
    found = []
    for indicator in instrument.indicators.values():
        question, answers = _question(indicator)
        is_new = bool(question) and not answers & counted.get(question, set())
        if is_new:
            counted.setdefault(question, set()).update(answers)
        found.append(_facts(indicator, question if is_new else ""))
    return tuple(found)


def _question(indicator: Indicator) -> tuple[str, set[int | str]]:
    """The single-choice question an indicator counts, and the answers it counts; nothing where it counts several."""
    columns = indicator.numerator.columns
    if len(columns) != 1 or columns[0].kind == "flag" or len(indicator.numerator.clauses) != 1:
        return "", set()
    return columns[0].name, set(indicator.numerator.clauses[0].counted(columns[0]))


def _facts(indicator: Indicator, question: str) -> IndicatorFacts:
    return IndicatorFacts(
        code=indicator.code,
        bands=indicator.bands,
        within=indicator.within,
        covered_by=indicator.covered_by,
        class_level=indicator.class_level,
        sign=indicator.sign,
        direction=indicator.direction,
        reference_ratio=indicator.reference_ratio,
        lowest_level="district" if indicator.lowest_level == "district" else "grade",
        question=question,
    )


def _by_class(
    connection: duckdb.DuckDBPyConnection, wave: str, table: str, axes: list[tuple[str, list[str]]]
) -> np.ndarray:
    """Counts of a class table over its axes; the first axis is class_id."""
    names = ", ".join(name for name, _ in axes)
    return _fill(connection.execute(f"SELECT {names}, yes FROM {table} WHERE wave = ?", [wave]).df(), axes)


def _quality(connection: duckdb.DuckDBPyConnection, wave: str, classes: list[str]) -> np.ndarray | None:
    """(classes, 3): sheets too fast, equal, doubtful; None before they were counted."""
    if not has_table(connection, "main", "core_class_wave_quality"):
        return None
    query = "SELECT class_id, fast, same, doubtful FROM core_class_wave_quality WHERE wave = ?"
    counts = connection.execute(query, [wave]).df().set_index("class_id")
    if counts.empty:
        return None
    return np.stack(
        [
            np.full(len(classes), -1) if counts[name].isna().any() else counts[name].reindex(classes, fill_value=0)
            for name in counts
        ],
        axis=1,
    ).astype(np.int64)


def _scales(connection: duckdb.DuckDBPyConnection, wave: str, instrument_json: str) -> pd.DataFrame | None:
    """Figures of the wave's scales, with drift (change of an item's place in its scale) against the wave before.

    comparable: whether that wave asked the same instrument; NULL where there is none.
    """
    if not has_table(connection, "main", "core_band_wave_scale"):
        return None
    return connection.execute(
        """WITH before AS (
               SELECT wave, instrument_json = ? AS comparable FROM raw_wave
               WHERE wave = (SELECT max(wave) FROM core_band_wave_scale WHERE wave < ?))
           SELECT this.*, before.comparable,
               CASE WHEN before.comparable THEN this.place - earlier.place END AS drift
           FROM core_band_wave_scale AS this LEFT JOIN before ON true
           LEFT JOIN core_band_wave_scale AS earlier ON earlier.wave = before.wave AND earlier.band = this.band
               AND earlier.scale = this.scale AND earlier.item = this.item
           WHERE this.wave = ? ORDER BY this.band, this.scale, this.item""",
        [instrument_json, wave, wave],
    ).df()


def _reported(connection: duckdb.DuckDBPyConnection, wave: str) -> dict[str, int] | None:
    """Incidents that each school reported in the wave's half year; None where nothing is known of the wave."""
    if not has_table(connection, "main", "core_school_wave_reported"):
        return None
    query = "SELECT school_id, incidents FROM core_school_wave_reported WHERE wave = ?"
    return {school: int(incidents) for school, incidents in connection.execute(query, [wave]).fetchall()} or None


def _apart(connection: duckdb.DuckDBPyConnection, wave: str, instrument: Instrument) -> Apart | None:
    """Totals of what is stored apart; None before such answers were loaded."""
    if not has_table(connection, "main", "core_school_wave_apart"):
        return None
    counts = connection.execute("SELECT * FROM core_school_wave_apart WHERE wave = ? ORDER BY ALL", [wave]).df()
    if counts.empty:
        return None
    options = tuple(
        replace(OPTION, code=option, bands=column.bands, question="" if column.kind == "flag" else column.item)
        for column in instrument.apart_columns.values()
        for option in (
            [column.name] if column.kind == "flag" else [f"{column.name}__{code}" for code in column.answers]
        )
    )
    rows = counts[["school_id", "grade"]].drop_duplicates(ignore_index=True)
    keyed = counts.assign(
        row=pd.MultiIndex.from_frame(rows).get_indexer(pd.MultiIndex.from_frame(counts[["school_id", "grade"]]))
    )
    axes: list[tuple[str, list[Any]]] = [("row", list(range(len(rows)))), ("option", [fact.code for fact in options])]
    r, yes = (_fill(keyed.assign(yes=keyed[name]), axes) for name in ("r", "yes"))
    return Apart(rows, options, r, yes)


def _fill(counts: pd.DataFrame, axes: list[tuple[str, list[str]]]) -> np.ndarray:
    """A dense array over the axes from rows (…, yes); absent combinations are 0, rows off an axis are left out."""
    array = np.zeros([len(codes) for _, codes in axes], np.int64)
    where = [counts[name].map({code: index for index, code in enumerate(codes)}) for name, codes in axes]
    known = np.logical_and.reduce([index.notna().to_numpy() for index in where])
    cells = tuple(index[known].to_numpy(np.int64) for index in where)
    array[cells] = counts.loc[known, "yes"].to_numpy(np.int64)
    return array


def _group_codes(instrument: Instrument, name: str) -> tuple[str, ...]:
    """Groups of a code list; a foreign instrument may ask for no places, and its place tables are empty then."""
    codes = instrument.lists.get(name)
    return tuple(group.code for group in codes.groups) if codes else ()


def _local_names(connection: duckdb.DuckDBPyConnection, snapshot: str) -> pd.DataFrame:
    return connection.execute(
        "SELECT school_id, place, local_name FROM raw_place WHERE snapshot_id = ? ORDER BY ALL", [snapshot]
    ).df()


def _apart_words(instrument: Instrument) -> list[tuple[str, Words]]:
    """Options of the questions stored apart, each with its words."""
    found: list[tuple[str, Words]] = []
    for item in dict.fromkeys(column.item for column in instrument.apart_columns.values()):
        options = [option for option in instrument.options_of(item) if not option.missing]
        found += [(f"{item}__{option.code}", option) for option in options]
    return found


def pub_label(instrument: Instrument, local_names: pd.DataFrame) -> pd.DataFrame:
    """One row per word per language, and per school for the local name of a place."""
    words: list[tuple[str, str, Words, Words | None]] = [
        ("indicator", indicator.code, indicator.label, indicator.long) for indicator in instrument.indicators.values()
    ]
    words += [("band", band.code, band, None) for band in instrument.band_list]
    for kind, name in (("place", "places"), ("time", "times")):
        if (code_list := instrument.lists.get(name)) is None:
            continue
        words += [(kind, entry.code, entry, None) for entry in code_list.entries if not entry.impossible]
        words += [(f"{kind}_group", group.code, group, None) for group in code_list.groups]
    if "places" in instrument.lists:
        words += [("place_area", code, text, None) for code, text in area_words().items()]
    words += [("apart", option, text, None) for option, text in _apart_words(instrument)]
    rows = [
        (kind, code, "", language, getattr(text, attribute), getattr(long, attribute) if long else None)
        for kind, code, text, long in words
        for language, attribute in LANGUAGES
    ]
    rows += [
        ("place", row.place, row.school_id, language, row.local_name, None)
        for row in local_names.itertuples()
        if "places" in instrument.lists
        for language, _ in LANGUAGES
    ]
    return pd.DataFrame(rows, columns=["kind", "code", "school_id", "lang", "text", "long_text"])
