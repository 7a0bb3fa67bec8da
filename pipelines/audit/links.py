"""What the questionnaire alone tells an attacker: indicators within others, covering them, excluding each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from pipelines.problems import BadInput, Where
from survey.indicators import Indicator
from survey.instrument import Instrument, load_instrument
from survey.problems import InstrumentError
from survey.settings import INSTRUMENTS


@dataclass(frozen=True)
class Links:
    """within: (part, whole); unions: (whole, its parts); exclusive: answers to one question, one per student."""

    within: tuple[tuple[str, str], ...] = ()
    unions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()

    def families(self) -> dict[str, frozenset[str]]:
        """Indicators that hang together, by indicator."""
        groups = [set(pair) for pair in self.within] + [{whole, *parts} for whole, parts in self.unions]
        groups += [set(family) for family in self.exclusive]
        found: dict[str, frozenset[str]] = {}
        for group in groups:
            joined = frozenset().union(group, *(found[code] for code in group if code in found))
            found |= dict.fromkeys(joined, joined)
        return found


def links_of(instrument: Instrument) -> Links:
    """Every link the instrument declares; of two indicators that count the same answer only the first is exclusive."""
    indicators = list(instrument.indicators.values())
    unions = tuple((one.code, tuple(one.covered_by)) for one in indicators if one.covered_by)
    within = {(one.code, whole) for one in indicators for whole in one.within}
    within |= {(part, whole) for whole, parts in unions for part in parts}
    return Links(tuple(sorted(within)), unions, exclusive_answers(indicators))


def exclusive_answers(indicators: list[Indicator]) -> tuple[tuple[str, ...], ...]:
    """Families of indicators that each count other options of one single-choice item."""
    families: dict[str, list[str]] = {}
    taken: set[tuple[str, int | str]] = set()
    for one in indicators:
        columns, clauses = one.numerator.columns, one.numerator.clauses
        if len(columns) != 1 or len(clauses) != 1 or columns[0].kind == "flag":
            continue
        answers = {(columns[0].name, answer) for answer in clauses[0].counted(columns[0])}
        if not answers & taken:
            taken |= answers
            families.setdefault(columns[0].name, []).append(one.code)
    return tuple(tuple(family) for family in families.values() if len(family) > 1)


def find_instrument(instrument_hash: str, own: Path | None = None) -> Instrument:
    """The questionnaire with this hash: the given file, or one that comes with the house. Raises BadInput for none."""
    for path in [own] if own else sorted(INSTRUMENTS.glob("*.yml")):
        try:
            instrument = load_instrument(path)
        except (InstrumentError, OSError, yaml.YAMLError):
            continue
        if instrument.hash == instrument_hash:
            return instrument
    raise BadInput(
        "the questionnaire of this release is not at hand, and without it the attack would miss what it tells",
        where=Where(str(own or INSTRUMENTS)),
        next_step="name the instrument that was asked with --instrument FILE",
    )
