"""Indicators: declared once in the instrument, resolved here against its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, model_validator

from survey.columns import NONE_CODE, Column
from survey.problems import InstrumentError, Where
from survey.words import Code, Frozen, Words

Direction = Literal["higher_is_worse", "higher_is_better", "neutral"]
Level = Literal["class", "school", "district"]
Sign = Literal["carrying", "first_signs", "banded"]


class ClauseText(Frozen):
    """`{items: [a, b], at_least: 2, count: 1}` as written. `avoid__*` stands for all real options of `avoid`."""

    items: tuple[StrictStr, ...] = Field(min_length=1)
    at_least: StrictInt | None = None
    at_most: StrictInt | None = None
    one_of: tuple[StrictInt | StrictStr, ...] | None = None
    count: StrictInt = Field(default=1, ge=1)

    @model_validator(mode="after")
    def one_condition(self) -> ClauseText:
        if sum(value is not None for value in (self.at_least, self.at_most, self.one_of)) != 1:
            raise ValueError("a clause has exactly one of at_least, at_most, one_of")
        return self


def clauses(value: Any) -> Any:
    """`{any: [clause, clause]}` and a bare clause are both a list of clauses."""
    if isinstance(value, Mapping):
        return value["any"] if value.keys() == {"any"} else [value]
    return value


ClauseTexts = Annotated[tuple[ClauseText, ...], BeforeValidator(clauses), Field(min_length=1)]


class Declaration(Frozen):
    """An indicator as the instrument's YAML declares it."""

    code: Code
    label: Words
    long: Words
    numerator: ClauseTexts
    denominator: ClauseTexts | None = None
    direction: Direction
    within: tuple[Code, ...] = ()
    covered_by: tuple[Code, ...] = ()
    class_level: bool = False
    sign: Sign | None = None
    lowest_level: Level | None = None
    caution: Words | None = None
    reference_ratio: float = Field(default=1.0, gt=0)


@dataclass(frozen=True)
class Clause:
    """Met when at least `count` of the columns hold a counted code. Missing codes and empty never count."""

    columns: tuple[Column, ...]
    count: int = 1
    at_least: int | None = None
    at_most: int | None = None
    one_of: tuple[int | str, ...] | None = None

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def counted(self, column: Column) -> tuple[int | str, ...]:
        """The answer codes of `column` that count towards this clause."""
        return tuple(code for code in column.answers if self.is_counted(code))

    def is_counted(self, code: int | str) -> bool:
        if self.one_of is not None:
            return code in self.one_of
        if not isinstance(code, int):
            return False
        return code >= self.at_least if self.at_least is not None else code <= (self.at_most or 0)


@dataclass(frozen=True)
class AnyOf:
    """Met when any clause is."""

    clauses: tuple[Clause, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Each column once, in order of first mention."""
        return tuple({column.name: column for clause in self.clauses for column in clause.columns}.values())


@dataclass(frozen=True)
class Indicator:
    """A share among those asked. `denominator` narrows who is in the base; None: everyone who was asked.

    `lowest_level` is the lowest unit the indicator may ever be released for; `caution` must stand wherever
    bands stand side by side.
    """

    code: str
    numerator: AnyOf
    denominator: AnyOf | None
    direction: Direction
    within: tuple[str, ...]
    covered_by: tuple[str, ...]
    class_level: bool
    sign: Sign | None
    reference_ratio: float
    label: Words
    long: Words
    caution: Words | None
    bands: tuple[str, ...]
    lowest_level: Level

    def items_by_band(self, band: str) -> tuple[str, ...]:
        """The numerator's columns that this band has; () where the indicator isn't asked."""
        if band not in self.bands:
            return ()
        return tuple(column.name for column in self.numerator.columns if band in column.bands)

    def least_answered(self, band: str) -> int:
        """How many of the band's items must be answered for a 0: at least 80 %, in whole items."""
        return -(-len(self.items_by_band(band)) * 4 // 5)


def build_indicator(text: Declaration, columns: Mapping[str, Column], bands: tuple[str, ...]) -> Indicator:
    """Resolve a declaration against the answers' columns; InstrumentError if it names what isn't there."""
    numerator = build_any(text.code, text.numerator, columns)
    denominator = build_any(text.code, text.denominator, columns) if text.denominator else None
    asked = tuple(
        band for band in bands if has_band(numerator, band) and (denominator is None or has_band(denominator, band))
    )
    return Indicator(
        code=text.code,
        numerator=numerator,
        denominator=denominator,
        direction=text.direction,
        within=text.within,
        covered_by=text.covered_by,
        class_level=text.class_level,
        sign=text.sign,
        reference_ratio=text.reference_ratio,
        label=text.label,
        long=text.long,
        caution=text.caution,
        bands=asked,
        lowest_level=text.lowest_level or ("class" if text.class_level else "school"),
    )


def has_band(condition: AnyOf, band: str) -> bool:
    return any(band in column.bands for column in condition.columns)


def build_any(indicator: str, texts: tuple[ClauseText, ...], columns: Mapping[str, Column]) -> AnyOf:
    return AnyOf(tuple(build_clause(indicator, text, columns) for text in texts))


def build_clause(indicator: str, text: ClauseText, columns: Mapping[str, Column]) -> Clause:
    named = tuple(column for item in text.items for column in columns_named(indicator, item, columns))
    return Clause(named, text.count, text.at_least, text.at_most, text.one_of)


def columns_named(indicator: str, name: str, columns: Mapping[str, Column]) -> list[Column]:
    """`seen_freq`: that column; `avoid__*`: every real option of `avoid`."""
    if name.endswith("__*"):
        found = [column for column in columns.values() if column.item == name[:-3] and is_real_option(column)]
    else:
        found = [columns[name]] if name in columns else []
    if not found:
        raise InstrumentError(
            f"an indicator counts columns of the answers; there is none named {name}",
            where=Where(item=f"indicator {indicator}"),
        )
    return found


def is_real_option(column: Column) -> bool:
    return column.kind == "flag" and column.option != NONE_CODE and not column.impossible
