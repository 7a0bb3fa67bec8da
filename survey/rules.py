"""Rules that hold across an instrument. Each `check_` raises InstrumentError at the first place that breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NoReturn

from survey.columns import NA_CODE, NONE_CODE
from survey.items import Item, Option
from survey.nesting import check_indicators
from survey.problems import InstrumentError, Where

if TYPE_CHECKING:
    from survey.instrument import Instrument

# Columns that stand beside the answers on their way through the pipeline.
RESERVED = frozenset(
    {
        "class_id",
        "school_id",
        "district_id",
        "cluster_id",
        "snapshot_id",
        "load_id",
        "wave",
        "weight",
        "take_part",
        "too_fast",
        "level",
        "grade",
        "band",
        "boarding",
        "rural",
        "enrolled",
        "boys",
        "boarders",
        "off_site",
        "class_name",
        "school_name",
        "district_name",
    }
)


def check_instrument(instrument: Instrument) -> None:
    """All rules, references first: later rules may follow them."""
    check_decline(instrument)
    check_codes(instrument)
    check_scales(instrument)
    check_lists(instrument)
    check_references(instrument)
    check_items(instrument)
    check_bands(instrument)
    check_counts(instrument)
    check_indicators(instrument)
    check_placeholders(instrument)


def refuse(rule: str, *, block: str = "", item: str = "") -> NoReturn:
    raise InstrumentError(rule, where=Where(block=block, item=item))


def items_with_block(instrument: Instrument) -> Iterator[tuple[str, Item]]:
    return ((block.code, item) for block in instrument.blocks for item in block.items)


def repeated(codes: Iterable[object]) -> list[object]:
    seen: set[object] = set()
    return [code for code in codes if code in seen or seen.add(code)]  # type: ignore[func-returns-value]


def check_decline(instrument: Instrument) -> None:
    if instrument.decline and not (isinstance(instrument.decline.code, int) and instrument.decline.missing):
        refuse("decline has a whole number as its code and is missing: true", item="decline")


def check_codes(instrument: Instrument) -> None:
    """Blocks, items and bands stand once; no item takes the name of a column the pipeline adds."""
    for kind, codes in (("block", (b.code for b in instrument.blocks)), ("band", instrument.bands)):
        for code in repeated(codes):
            refuse(f"a {kind} code stands once; {code} stands twice")
    seen: set[str] = set()
    for block, item in items_with_block(instrument):
        if item.code in seen:
            refuse("an item code stands once", block=block, item=item.code)
        if item.code in RESERVED:
            refuse("this code is the name of a column that stands beside the answers", block=block, item=item.code)
        seen.add(item.code)


def check_scales(instrument: Instrument) -> None:
    for name, options in instrument.scales.items():
        if not all(isinstance(option.code, int) for option in options):
            refuse("codes of a scale are whole numbers", item=f"scale {name}")
        if repeated(option.code for option in options):
            refuse("a code stands once in a scale", item=f"scale {name}")


def check_lists(instrument: Instrument) -> None:
    items = {item.code for _, item in items_with_block(instrument)}
    for name, code_list in instrument.lists.items():
        where = f"list {name}"
        groups = {group.code for group in code_list.groups}
        if repeated(entry.code for entry in code_list.entries):
            refuse("a code stands once in a list", item=where)
        for entry in code_list.entries:
            if entry.code == NONE_CODE:
                refuse("none is the item's own option, never an entry of a list", item=where)
            if (entry.group in groups) == entry.impossible:
                refuse(f"{entry.code} belongs to one group of its list; an impossible entry to none", item=where)
            if set(entry.not_in) - items:
                refuse(f"{entry.code} is left out of an item that isn't in the instrument", item=where)


def check_references(instrument: Instrument) -> None:
    for block, item in items_with_block(instrument):
        if sum(bool(source) for source in (item.scale, item.list_name, item.options)) != 1:
            refuse("an item has exactly one of scale, list, options", block=block, item=item.code)
        if item.scale and item.scale not in instrument.scales:
            refuse(f"there is no scale {item.scale}", block=block, item=item.code)
        if item.list_name and item.list_name not in instrument.lists:
            refuse(f"there is no list {item.list_name}", block=block, item=item.code)


def check_items(instrument: Instrument) -> None:
    for block, item in items_with_block(instrument):
        options = instrument.options_of(item.code)
        if repeated(str(option.code) for option in options):
            refuse(f"a code stands once in an item ({NA_CODE}: na, 9: decline)", block=block, item=item.code)
        if item.none and not item.list_name:
            refuse("none: goes with a list; an item with options writes none among them", block=block, item=item.code)
        broken = multi_rule(item, options) if item.type == "multi" else single_rule(instrument, item)
        if broken:
            refuse(broken, block=block, item=item.code)


def multi_rule(item: Item, options: tuple[Option, ...]) -> str | None:
    """The rule a multiple choice breaks."""
    if item.scale or item.na or item.key:
        return "a multiple choice has no scale, na or key"
    if not all(isinstance(option.code, str) for option in options) or any(option.missing for option in options):
        return "options of a multiple choice have words as codes, and none of them is missing"
    if options[-1].code != NONE_CODE or options[-1].bands is not None:
        return "a multiple choice ends with none, in every band, so that everyone reads the list"
    return None


def single_rule(instrument: Instrument, item: Item) -> str | None:
    """The rule a single choice breaks."""
    if item.list_name:
        complete = item.none and instrument.decline and not item.na
        return None if complete else "a single choice from a list has none and the instrument's decline, and no na"
    if not all(isinstance(option.code, int) for option in item.options):
        return "codes of a single choice are whole numbers"
    return None


def check_bands(instrument: Instrument) -> None:
    """Only bands of the instrument are named, and in each band a question leaves a choice."""
    for block, item in items_with_block(instrument):
        options = instrument.options_of(item.code)
        check_known(instrument, item.bands, block, item.code)
        for option in options:
            check_known(instrument, (*(option.bands or ()), *option.by_band), block, item.code)
        for band in item.bands:
            if sum(option.is_in(band) and not option.missing for option in options) < 2:
                refuse(f"in band {band} fewer than two answers are left", block=block, item=item.code)
    texts = (instrument.form.promise, instrument.form.class_check) if instrument.form else ()
    for text in texts:
        check_known(instrument, text.by_band, "", "form")


def check_known(instrument: Instrument, bands: Iterable[str], block: str, item: str) -> None:
    bands = tuple(bands)
    unknown = set(bands) - set(instrument.bands)
    if unknown:
        refuse(f"there is no band {min(unknown)}", block=block, item=item)


def check_counts(instrument: Instrument) -> None:
    """Each band has a question, and its number of counted items lies within the band's limits."""
    for band in instrument.band_list:
        items = instrument.items_in(band.code)
        counted = sum(item.counted for item in items)
        low, high = band.items or (1, len(items))
        if not items or not low <= counted <= high:
            refuse(f"band {band.code} has {counted} items; allowed are {low} to {high}")


def check_placeholders(instrument: Instrument) -> None:
    """Texts that are filled in later name the same things in both languages, and only declared ones."""
    if instrument.form is None:
        return
    for name, text in (("help", instrument.form.help), ("help_slip", instrument.form.help_slip)):
        zh, en = (set(re.findall(r"{(.*?)}", words)) for words in (text.zh, text.en))
        if zh != en:
            refuse("the Chinese and the English text have different placeholders", item=f"form {name}")
        if zh - instrument.form.placeholders.keys():
            refuse(f"placeholder {min(zh - instrument.form.placeholders.keys())} isn't declared", item=f"form {name}")
