"""Columns that nobody publishes and everybody can add up: what lies between counts that are linked.

Where one count lies within another, what is left between them is a count too: a school's is the sum of its grades', and
a floor of it lifts the whole and lowers the part. The same holds for the parts of a union together and for what they
count beyond it, and for all answers to one question. Made columns let the gate follow such chains, in the tree and
before a window is cut; each is tied to its counts by a sum (see docs/adr/0011).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pipelines.release.cube import MADE, Cube, IndicatorFacts

Codes = tuple[str, ...]
Split = tuple[str, Codes]  # a whole, and the parts that add up to it
Made = tuple[IndicatorFacts, Codes, Codes]  # a made column, the columns it adds up, those it takes away from them


def with_splits(cube: Cube) -> Cube:
    """The cube with its made columns, after all others."""
    asked, at, made = cube.yes * cube.asked(), cube.position(), list(made_columns(cube.indicators))
    counts = np.zeros((len(asked), len(made)), dtype=np.int64)
    for column, (_, plus, minus) in enumerate(made):
        for sign, codes in ((1, plus), (-1, minus)):
            counts[:, column] += sign * asked[:, [at[code] for code in codes]].sum(axis=1)
    return replace(
        cube,
        indicators=(*cube.indicators, *(fact for fact, _, _ in made)),
        yes=np.hstack([cube.yes, counts]),
        left_out=None if cube.left_out is None else np.hstack([cube.left_out, np.zeros(counts.shape, dtype=bool)]),
    )


def made_columns(facts: tuple[IndicatorFacts, ...]) -> Iterator[Made]:
    """Every made column, with what it is made of."""
    known = {fact.code: fact for fact in facts}
    for part, whole in nested_pairs(facts):
        yield _made(between(part, whole), known[whole].bands), (whole,), (part,)
    for whole, parts in unions_of(facts):
        bands, answers = known[whole].bands, len(parts)
        yield _made(together(whole), bands, answers), parts, ()
        yield _made(beyond(whole), bands, answers), parts, (whole,)
    for question, family in families_of(facts).items():
        asked = dict.fromkeys(band for code in family for band in known[code].bands)
        yield _made(together(question), tuple(asked)), family, ()


def splits_of(facts: tuple[IndicatorFacts, ...]) -> Iterator[Split]:
    """Every sum of columns that are all there: parts of a whole, and those that made columns are tied by."""
    known, parts_of = {fact.code for fact in facts}, dict[str, list[str]]()
    for fact in facts:
        if fact.part_of:
            parts_of.setdefault(fact.part_of, []).append(fact.code)
    sums: list[Split] = [(whole, tuple(parts)) for whole, parts in parts_of.items()]
    sums += [(whole, (part, between(part, whole))) for part, whole in nested_pairs(facts)]
    for whole, parts in unions_of(facts):
        sums += [(together(whole), parts), (together(whole), (whole, beyond(whole)))]
    sums += [(together(question), family) for question, family in families_of(facts).items()]
    return (one for one in sums if known >= {one[0], *one[1]})


def nested_pairs(facts: tuple[IndicatorFacts, ...]) -> list[tuple[str, str]]:
    """(part, whole) of every count that lies within another; the parts of a union do."""
    known = {fact.code for fact in facts}
    pairs = {(fact.code, whole) for fact in facts for whole in fact.within if whole in known}
    return sorted(pairs | {(part, whole) for whole, parts in unions_of(facts) for part in parts})


def unions_of(facts: tuple[IndicatorFacts, ...]) -> list[Split]:
    """(whole, parts it is made of), where all of them are counted."""
    known = {fact.code for fact in facts}
    return [(fact.code, fact.covered_by) for fact in facts if fact.covered_by and known >= set(fact.covered_by)]


def families_of(facts: tuple[IndicatorFacts, ...]) -> dict[str, Codes]:
    """Columns that are different answers to the same question, by question, two or more together."""
    families: dict[str, list[str]] = {}
    for fact in facts:
        if fact.question:
            families.setdefault(fact.question, []).append(fact.code)
    return {question: tuple(family) for question, family in families.items() if len(family) > 1}


def between(part: str, whole: str) -> str:
    """Code of what lies between a part and its whole."""
    return f"{whole} - {part}"


def together(whole: str) -> str:
    """Code of the sum of a union's parts, or of a question's answers."""
    return f"{whole} together"


def beyond(whole: str) -> str:
    """Code of what a union's parts count beyond the whole."""
    return f"{whole} beyond"


def _made(code: str, bands: Codes, answers: int = 1) -> IndicatorFacts:
    plain = IndicatorFacts(code, bands, (), (), False, None, "neutral", 1.0)
    return replace(plain, table=MADE, answers=answers)
