"""Columns of a file against what was expected, and which other table the file looks like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from pipelines.contracts import load_contract
from pipelines.files.read import Source
from pipelines.problems import BadInput, Where
from pipelines.words import say
from survey.instrument import Instrument, load_instrument
from survey.problems import InstrumentError
from survey.settings import INSTRUMENTS


def check_columns(source: Source, instrument: Instrument, required: Sequence[str], known: set[str]) -> None:
    """BadInput: another table altogether, an unknown item, a missing column."""
    here = set(source.columns)
    unknown = [name for name in source.columns if name not in known]
    missing = [name for name in required if name not in here]
    if not unknown and not missing:
        return
    if looks := looks_like(here, known, instrument):
        rule = say("columns.other_table", looks=looks, instrument=instrument.id)
        raise BadInput(rule, where=Where(source.path.name, 1), next_step=say("columns.other_table_step"))
    if unknown:
        rule = say("columns.unknown", others=_others(unknown))
        raise BadInput(rule, where=Where(source.path.name, 1, unknown[0]), next_step=say("columns.unknown_step"))
    rule = say("columns.missing", others=_others(missing))
    raise BadInput(rule, where=Where(source.path.name, 1, missing[0]), next_step=say("columns.missing_step"))


def _others(names: Sequence[str]) -> str:
    return say("columns.and_more", count=len(names) - 1) if len(names) > 1 else ""


def looks_like(here: set[str], known: set[str], instrument: Instrument) -> str | None:
    """Name of the table that fits the columns clearly better than the one expected; None if none does."""
    own = likeness(here, known)
    best, name = max((likeness(here, columns), name) for name, columns in other_tables(instrument))
    return name if best > own and best >= 0.5 else None


def likeness(here: Iterable[str], there: Iterable[str]) -> float:
    """Jaccard index of two sets of column names, 0 to 1."""
    a, b = set(here), set(there)
    return len(a & b) / len(a | b) if a | b else 0.0


def other_tables(instrument: Instrument) -> list[tuple[str, set[str]]]:
    """Tables a person may have taken for the answers: the class list's files, what is kept apart, other instruments."""
    found = [(f"{table}.csv", set(load_contract(table).columns)) for table in ("registry", "contacts", "places")]
    found.append((say("columns.apart"), {"school_id", "grade", *instrument.apart_columns}))
    fixed = set(load_contract("submission").columns)
    for path in sorted(INSTRUMENTS.glob("*.yml")):
        with suppress(InstrumentError):
            other = load_instrument(path)
            if other.hash != instrument.hash:
                found.append(
                    (say("columns.instrument", id=other.id, version=other.version), fixed | set(other.columns))
                )
    return found
