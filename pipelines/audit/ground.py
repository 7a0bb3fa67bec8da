"""One wording's units in numbers: what each adds up to, and the answers behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.audit.names import Units
from pipelines.audit.program import Numbers
from pipelines.audit.said import Said
from pipelines.audit.unknown import STEPS, Cell

Ends = tuple[Numbers, Numbers]
ABOVE = {below: above for below, above in STEPS if above != "cluster"}


@dataclass(frozen=True)
class Ground:
    """above: (units,) the unit that each adds up to; cluster: (units,) a school's; -1 for none.

    least, most: (units, bands) answers, `bands` by position; calm: those of a grade's calm classes, both ends.
    """

    said: Said
    units: Units
    above: Numbers
    cluster: Numbers
    bands: tuple[str, ...]
    least: Numbers
    most: Numbers
    calm: Ends

    def answers(self, asked: frozenset[str] | None = None) -> Ends:
        """Least and most answers (units,) among the bands, all of them without."""
        wanted = [asked is None or band in asked for band in self.bands]
        return self.least[:, wanted].sum(axis=1), self.most[:, wanted].sum(axis=1)

    def behind(self, cell: Cell) -> Ends:
        """Least and most answers (units,) that a cell can rest on."""
        if cell[0] == "calm":
            return self.calm
        return self.answers(self.said.asked[cell[1]] if cell[0] == "indicator" else None)

    def home(self, below: str, above: str) -> Numbers:
        """(units,): the unit of kind `above` that each of kind `below` adds up to; -1 for all others."""
        homes = self.cluster if above == "cluster" else self.above
        return np.where(self.units.kind == below, homes, -1)


def name_units(wordings: Sequence[Said], more: Iterable[tuple[str, str]]) -> Units:
    """Every unit that a wording or one of its tables (`more`) speaks of."""
    found = set(more)
    for said in wordings:
        found |= set(said.answers_by_band) | set(said.parent)
        found |= {(ABOVE[kind], parent) for (kind, _), parent in said.parent.items() if kind in ABOVE}
        found |= {("cluster", unit) for unit in said.cluster.values()}
    return Units(tuple(sorted(found)))


def build_ground(said: Said, units: Units) -> Ground:
    """The wording's units in numbers."""
    bands = tuple(sorted({band for parts in said.answers_by_band.values() for band in parts}))
    least, most = (np.zeros((len(units.names), len(bands)), np.int64) for _ in range(2))
    for name, parts in said.answers_by_band.items():
        for band, (low, high) in parts.items():
            least[units.place[name], bands.index(band)] = low
            most[units.place[name], bands.index(band)] = high
    above = positions(units, {name: (ABOVE[name[0]], unit) for name, unit in said.parent.items() if name[0] in ABOVE})
    cluster = positions(units, {("school", unit): ("cluster", home) for unit, home in said.cluster.items()})
    return Ground(said, units, above, cluster, bands, least, most, calm_answers(said, units, above))


def positions(units: Units, homes: dict[tuple[str, str], tuple[str, str]]) -> Numbers:
    """(units,): where each one's home stands, -1 where it has none."""
    found = np.full(len(units.names), -1, np.int64)
    for name, home in homes.items():
        found[units.place[name]] = units.place[home]
    return found


def calm_answers(said: Said, units: Units, above: Numbers) -> Ends:
    """Least and most answers (units,) of the calm classes of each grade."""
    ends = np.zeros((2, len(units.names)), np.int64)
    for unit in said.calm:
        if ("class", unit) in said.parent:
            ends[:, above[units.place["class", unit]]] += said.class_answers[unit]
    return ends[0], ends[1]
