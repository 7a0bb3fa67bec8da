"""The instrument: what is asked of whom, in which words, and which indicators are made of it.

An instrument is a value read from one YAML file; it validates itself or raises InstrumentError.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, ValidationError, model_validator

from survey import rules
from survey.columns import Column, build_options, columns_of
from survey.form import FormTexts
from survey.indicators import Declaration, Indicator, build_indicator
from survey.items import Block, Item, Option
from survey.lists import CodeList
from survey.problems import InstrumentError
from survey.settings import REFERENCE, TERM
from survey.source import locate, read_source
from survey.words import Code, FromMapping, Frozen, Text, Words


class Band(Words):
    """Who answers together. `items` is the allowed number of items, `minutes` the longest sitting."""

    code: Code
    items: tuple[StrictInt, StrictInt] | None = None
    minutes: StrictInt | None = None


class Instrument(Frozen):
    id: Code
    version: Text
    title: Words
    units: Literal["class", "none"]
    period: Words | None = None
    band_list: Annotated[tuple[Band, ...], FromMapping] = Field(alias="bands", min_length=1)
    decline: Option | None = None
    scales: dict[Code, tuple[Option, ...]] = Field(default={})
    lists: dict[Code, CodeList] = Field(default={})
    blocks: tuple[Block, ...] = Field(min_length=1)
    declarations: Annotated[tuple[Declaration, ...], FromMapping] = Field(alias="indicators")
    form: FormTexts | None = None
    notes: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def is_sound(self) -> Instrument:
        rules.check_instrument(self)
        return self

    @cached_property
    def bands(self) -> tuple[str, ...]:
        return tuple(band.code for band in self.band_list)

    @cached_property
    def items(self) -> dict[str, Item]:
        """Every item by its code, in the order of the form, those kept apart included."""
        return {item.code: item for block in self.blocks for item in block.items}

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Response columns of the answers, in the order of the form."""
        return self.columns_in("answers")

    @cached_property
    def apart_columns(self) -> dict[str, Column]:
        """Columns that are collected and kept apart from the answers."""
        return self.columns_in("apart")

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        return {text.code: build_indicator(text, self.columns, self.bands) for text in self.declarations}

    def columns_in(self, store: str) -> dict[str, Column]:
        items = [item for item in self.items.values() if item.store == store]
        return {column.name: column for item in items for column in columns_of(item, self.options_of(item.code))}

    def options_of(self, item: str, band: str | None = None) -> tuple[Option, ...]:
        """The options of an item in the order of the form; with a band, only those it is shown."""
        options = build_options(self.items[item], self.scales, self.lists, self.decline)
        return tuple(option for option in options if option.is_in(band))

    def items_in(self, band: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items.values() if band in item.bands)

    @cached_property
    def hash(self) -> str:
        """sha256 of all that is asked and counted, 64 hex digits; layout, comments and notes don't move it."""
        content = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"notes"})
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> str:
        """The whole instrument, code lists included, so that a wave can be read without any file."""
        content = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Instrument:
        """The inverse of `to_json`: the same instrument with the same hash."""
        try:
            content = json.loads(text)
        except json.JSONDecodeError:
            raise InstrumentError("not readable as JSON").in_file("instrument_json") from None
        return build_instrument(content, "instrument_json")


def load_instrument(path: Path | None = None) -> Instrument:
    """Read an instrument (default: the term survey). InstrumentError names file, block, item and rule."""
    path = path or TERM
    source = read_source(path)
    return build_instrument({**source, "lists": load_lists(source.get("lists"), path)}, path.name)


def load_lists(lists: Any, path: Path) -> Any:
    """`lists: [places, times]` names files of data/reference; a mapping holds the lists themselves."""
    if not isinstance(lists, list):
        return lists or {}
    unknown = [name for name in lists if name not in {file.stem for file in REFERENCE.glob("*.yml")}]
    if unknown:
        raise InstrumentError(f"no code list {unknown[0]!r} in data/reference").in_file(path.name)
    return {name: read_source(REFERENCE / f"{name}.yml") for name in lists}


def build_instrument(source: Mapping[str, Any], file: str) -> Instrument:
    try:
        return Instrument.model_validate(source)
    except ValidationError as problem:
        raise locate(problem, source).in_file(file) from None
