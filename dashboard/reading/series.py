"""Windows of one indicator, by unit and wave."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.desk import Desk
from dashboard.reading.windows import Window, build_window

# kind of unit: (table, its id column)
TABLES = {
    "city": ("pub_city_wave_indicator", "city_id"),
    "district": ("pub_district_wave_indicator", "district_id"),
    "cluster": ("pub_cluster_wave_indicator", "cluster_id"),
    "school": ("pub_school_wave_indicator", "school_id"),
    "grade": ("pub_grade_wave_indicator", "grade_id"),
}


@dataclass(frozen=True)
class Indicator:
    """An indicator of this release, with the release's own word."""

    code: str
    name: str
    direction: str


def build_indicators(desk: Desk, kind: str) -> list[Indicator]:
    """Indicators for which this file holds a row of this kind of unit, in the release's order."""
    table, _ = TABLES[kind]
    held = {row["indicator"] for row in desk.rows(table)}
    listed = sorted(desk.rows("pub_indicator"), key=lambda row: row["position"])
    return [
        Indicator(row["indicator"], desk.label("indicator", row["indicator"]), row["direction"])
        for row in listed
        if row["indicator"] in held
    ]


def build_series(desk: Desk, kind: str, indicator: str) -> dict[str, dict[str, Window]]:
    """Unit id → wave → window. A unit or wave without a row is absent."""
    table, key = TABLES[kind]
    series: dict[str, dict[str, Window]] = {}
    for row in desk.rows(table, indicator=indicator):
        series.setdefault(row[key], {})[row["wave"]] = build_window(row)
    return series
