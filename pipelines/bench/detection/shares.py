"""Rows of figures that are a share of cases: added up over cities, their error from leaving one city out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.bench.detection.figures import Figure, standard_error
from pipelines.bench.rows import Row

Cases = dict[str, tuple[float, float]]
"""Name of a figure → (hits, cases) in one city."""


def share_rows(
    cities: Sequence[Cases], references: Mapping[str, str], units: Mapping[str, str] | None = None
) -> list[Row]:
    """One row per figure. references: figure → the plain rule of the same run it is held against.

    units: figures that aren't shares (false cells per school, say); these may pass 1.
    """
    named = dict.fromkeys(name for city in cities for name in city)
    values = {name: _value(cities, name) for name in named}
    rows = []
    for name, value in values.items():
        unit, reference = (units or {}).get(name, "share"), references.get(name)
        cases = sum(city[name][1] for city in cities if name in city) if unit == "share" else 0.0
        without = [_value([city for city in cities if city is not left], name) for left in cities if name in left]
        against = values[reference] if reference else 0.0
        se = standard_error(Figure(value, cases), without)
        rows.append(Row(name, value, unit, se, reference, value / against if against else None))
    return rows


def _value(cities: Sequence[Cases], name: str) -> float:
    found = [city[name] for city in cities if name in city]
    of = sum(cases for _, cases in found)
    return sum(hits for hits, _ in found) / of if of else 0.0
