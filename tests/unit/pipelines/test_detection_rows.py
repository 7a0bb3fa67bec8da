"""Rows of B10 to B13: names machines read, a plain rule beside each, the figures within reach in one small city."""

from __future__ import annotations

from functools import cache
from types import ModuleType

import numpy as np
import pytest

from pipelines.bench.detection import careless, compare, forecast, hotspots
from pipelines.bench.detection.shares import share_rows
from pipelines.bench.rows import Row

LONG = pytest.mark.long
NAMES = {
    compare: {"B11_outside", "B11_outside_gate", "B11_naive"},
    careless: {"B13_auc", "B13_se", "B13_honest_loss", "B13_victim_loss", "B13_naive_auc"},
    forecast: {"B10_auc", "B10_ap", "B10_history_auc", "B10_naive_auc"},
    hotspots: {"B12_one_n800", "B12_one_n1500", "B12_four_n800", "B12_four_n1500", "B12_four_n1500_false_gate"},
}


@cache
def rows_of(module: ModuleType) -> dict[str, Row]:
    return {row.name: row for row in module.rows(1, 11, True)}


@pytest.mark.parametrize(
    "module", [compare, careless, pytest.param(forecast, marks=LONG), pytest.param(hotspots, marks=LONG)]
)
def test_rows_have_their_names_and_their_plain_rules(module: ModuleType) -> None:
    rows = rows_of(module)
    assert NAMES[module] <= set(rows)
    for row in rows.values():
        assert np.isfinite(row.value)
        assert row.reference is None or row.reference in rows


def test_ordinary_schools_stay_inside_and_a_plain_funnel_lets_many_out() -> None:
    rows = rows_of(compare)
    assert rows["B11_outside"].value <= 0.02 < rows["B11_naive"].value


def test_careless_sheets_are_told_and_honest_victims_kept() -> None:
    rows = rows_of(careless)
    assert rows["B13_auc"].value > 0.9 > 0.5 > rows["B13_naive_auc"].value
    assert rows["B13_victim_loss"].value < 0.03


@pytest.mark.long
def test_planted_hotspots_are_found_and_ordinary_cells_left_alone() -> None:
    rows = rows_of(hotspots)
    assert rows["B12_four_n800"].value >= 0.75 and rows["B12_four_n800_false"].value <= 0.4
    assert rows["B12_naive_n800_false"].value > 3


def test_the_error_of_a_share_is_never_nothing() -> None:
    """Two cities with the same count, or none at all: still as unsure as so many cases are."""
    rows = {
        row.name: row for row in share_rows([{"a": (0, 40), "b": (5, 10)}, {"a": (0, 40), "b": (5, 10)}], {"a": "b"})
    }
    assert rows["a"].value == 0 and rows["a"].se and rows["a"].se > 0.005
    assert rows["b"].value == 0.5 and rows["b"].se == pytest.approx((0.25 / 20) ** 0.5, rel=0.05)
    assert rows["a"].ratio == 0


def test_a_city_without_cases_adds_nothing() -> None:
    rows = share_rows([{"a": (3, 10)}, {"a": (0, 0)}], {})
    assert rows[0].value == 0.3
