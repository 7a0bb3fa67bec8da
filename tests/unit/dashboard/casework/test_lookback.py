"""Looking back: the released trend of the cell that a measure names, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from dashboard import published
from dashboard.casework.lookback import DIRECTION, TABLES, look_back
from dashboard.casework.values import Measure, Turn
from dashboard.viewer import Viewer

COUNSELOR, RELEASE = Viewer("c", "counselor", "S03"), "2026-1.1"


def a_measure(kind: str, moves: str, indicator: str, wave: str = "2025-2") -> Measure:
    return Measure(1, "S03", "", "", "what", kind, moves, indicator, wave, date(2025, 12, 1), None, None, "head")


def cells() -> list[tuple[str, str, str, str]]:
    grade = "S03:g7"
    return [
        ("class", "S03_704", "frequent", "class_id"), ("grade", grade, "frequent", "grade_id"),
        ("school", "S03", "witness", "school_id"), ("place", "yard", "happens", "place_group"),
        ("grade_place", f"{grade}/toilet", "avoided", "place_group"),
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "moves", "indicator", "key"), cells())
def test_each_kind_of_aim_finds_its_own_cell(
    show_city: Callable[[str], None], kind: str, moves: str, indicator: str, key: str
) -> None:
    """The word is the released trend of exactly that row of the next wave."""
    show_city("demo")
    table, _, named = TABLES[kind]
    unit, _, last = moves.rpartition("/")
    (trend,) = (
        row["trend"]
        for row in published.read_rows(COUNSELOR, RELEASE, table)
        if (row["wave"], row[key], row[named]) == ("2026-1", last, indicator) and unit in ("", row.get("grade_id"))
    )
    assert trend is not None
    assert look_back(COUNSELOR, a_measure(kind, moves, indicator), RELEASE) == Turn(DIRECTION[trend], "2026-1")


def test_before_the_next_wave_is_out_nothing_is_said(show_city: Callable[[str], None]) -> None:
    show_city("demo")
    held = a_measure("class", "S03_704", "frequent", "2026-1")
    assert look_back(COUNSELOR, held, RELEASE) == Turn("cannot_tell", "")


def test_a_cell_that_is_hidden_or_gone_cannot_be_told(show_city: Callable[[str], None]) -> None:
    """Too few answered in 8 (4); and a class, grade or place that no row names."""
    show_city("demo")
    for kind, moves, indicator, _ in [
        ("class", "S03_804", "frequent", ""),
        *((k, m + "x", i, "") for k, m, i, _ in cells()),
    ]:
        assert look_back(COUNSELOR, a_measure(kind, moves, indicator), RELEASE) == Turn("cannot_tell", "2026-1")
