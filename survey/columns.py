"""Response columns: what one answered sheet looks like as a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from survey.items import Item, Option
from survey.lists import CodeList, Entry

NA_CODE = 8
NONE_CODE = "none"


@dataclass(frozen=True)
class Column:
    """One column of the answers: a single choice's code (or option code as text), or one option's 0/1 flag."""

    name: str
    item: str
    option: str | None
    kind: Literal["code", "flag", "text"]
    codes: tuple[int | str, ...]
    missing: tuple[int | str, ...]
    bands: tuple[str, ...]
    impossible: bool = False

    @property
    def answers(self) -> tuple[int | str, ...]:
        """The codes that are an answer: all but those that mean missing."""
        return tuple(code for code in self.codes if code not in self.missing)


def build_options(
    item: Item, scales: Mapping[str, tuple[Option, ...]], lists: Mapping[str, CodeList], decline: Option | None
) -> tuple[Option, ...]:
    """All options of an item in the order of the form: its own, then none, not applicable, rather not answer."""
    if item.scale:
        own = scales[item.scale]
    elif item.list_name:
        own = tuple(option_of(entry) for entry in lists[item.list_name].entries if item.code not in entry.not_in)
    else:
        own = item.options
    return own + tuple(extra_options(item, decline))


def option_of(entry: Entry) -> Option:
    return Option(code=entry.code, zh=entry.zh, en=entry.en, bands=entry.bands, impossible=entry.impossible)


def extra_options(item: Item, decline: Option | None) -> list[Option]:
    extra = []
    if item.none:
        extra.append(Option(code=NONE_CODE, zh=item.none.zh, en=item.none.en))
    if item.na:
        extra.append(Option(code=NA_CODE, zh=item.na.zh, en=item.na.en, missing=True))
    if decline and item.type == "single":
        # A choice from a code list is stored as text, and so is its "rather not answer".
        extra.append(decline.model_copy(update={"code": str(decline.code)}) if item.list_name else decline)
    return extra


def columns_of(item: Item, options: tuple[Option, ...]) -> list[Column]:
    """One column for a single choice; one 0/1 column per option for a multiple choice."""
    if item.type == "multi":
        return [flag_column(item, option) for option in options]
    codes = tuple(option.code for option in options)
    missing = tuple(option.code for option in options if option.missing)
    return [Column(item.code, item.code, None, "text" if item.list_name else "code", codes, missing, item.bands)]


def flag_column(item: Item, option: Option) -> Column:
    bands = tuple(band for band in item.bands if option.is_in(band))
    name = f"{item.code}__{option.code}"
    return Column(name, item.code, str(option.code), "flag", (0, 1), (), bands, option.impossible)
