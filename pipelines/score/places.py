"""The places and times an instrument asks for, and the coarse grid they map onto."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines.plain_yaml import read_yaml
from pipelines.settings import REFERENCE
from survey.words import Words

if TYPE_CHECKING:
    from survey.instrument import Instrument
    from survey.lists import Entry

Bands = tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """Codes that stand in the instrument, in its order, each with the bands that are offered it.

    The coarse groups come from the instrument's own code lists, so a wave keeps the grid it was asked with. An entry
    without a group (the impossible place) is not in here, hence never counted.
    """

    top: dict[str, Bands]  # places of place_top
    mentioned: dict[str, Bands]  # place__*
    avoided: dict[str, Bands]  # avoid__*
    times: dict[str, Bands]  # time__*
    group_of: dict[str, str]  # place or time → coarse group

    @property
    def has_places(self) -> bool:
        return bool(self.top or self.mentioned or self.avoided)

    @property
    def top_groups(self) -> dict[str, list[str]]:
        return self.by_group(self.top)

    @property
    def avoided_groups(self) -> dict[str, list[str]]:
        return self.by_group(self.avoided)

    def by_area(self, codes: dict[str, Bands]) -> dict[str, list[str]]:
        areas: dict[str, list[str]] = {}
        for code in codes:
            if area := area_of_group().get(self.group_of[code]):  # a foreign list may have groups of its own
                areas.setdefault(area, []).append(code)
        return areas

    @property
    def pairs(self) -> dict[tuple[str, str], tuple[list[str], list[str]]]:
        """Coarse place × coarse time, with the fine codes of each."""
        return {
            (group, time_group): (places, times)
            for group, places in self.top_groups.items()
            for time_group, times in self.by_group(self.times).items()
        }

    def by_group(self, codes: dict[str, Bands]) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for code in codes:
            groups.setdefault(self.group_of[code], []).append(code)
        return groups


@cache
def area_of_group() -> dict[str, str]:
    """Place group → area, from data/reference/areas.yml."""
    areas = read_yaml(REFERENCE / "areas.yml")["areas"]
    return {group: area for area, entry in areas.items() for group in entry["groups"]}


@cache
def area_words() -> dict[str, Words]:
    """Area → its words."""
    areas = read_yaml(REFERENCE / "areas.yml")["areas"]
    return {area: Words(zh=entry["zh"], en=entry["en"]) for area, entry in areas.items()}


def grid_of(instrument: Instrument) -> Grid:
    """The grid an instrument spans; empty parts where it does not ask."""
    items = ("place_top", "place", "avoid", "time")
    offered = {item: offered_codes(instrument, item) for item in items}
    entries = [entry for item in items for entry in entries_of(instrument, item)]
    return Grid(
        top=offered["place_top"],
        mentioned=offered["place"],
        avoided=offered["avoid"],
        times=offered["time"],
        group_of={entry.code: entry.group for entry in entries if entry.group},
    )


def offered_codes(instrument: Instrument, item: str) -> dict[str, Bands]:
    """Codes of an item's list that can be counted, with the bands that are offered each."""
    found = {}
    for entry in entries_of(instrument, item):
        column = instrument.columns.get(item) or instrument.columns.get(f"{item}__{entry.code}")
        if column is not None and item not in entry.not_in:
            found[entry.code] = tuple(band for band in column.bands if entry.bands is None or band in entry.bands)
    return {code: bands for code, bands in found.items() if bands}


def entries_of(instrument: Instrument, item: str) -> list[Entry]:
    """Entries of the code list behind an item that belong to a coarse group; none where it is not asked."""
    if item not in instrument.items or instrument.items[item].list_name is None:
        return []
    code_list = instrument.lists[str(instrument.items[item].list_name)]
    return [entry for entry in code_list.entries if entry.group is not None]


def bands_of(offered: dict[str, Bands], codes: list[str]) -> Bands:
    """Bands that are offered at least one of the codes."""
    return tuple(dict.fromkeys(band for code in codes for band in offered[code]))
