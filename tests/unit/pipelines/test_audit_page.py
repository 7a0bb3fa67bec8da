"""The officer's page: figures come from an audit, the same in both languages, and only between the marks."""

from __future__ import annotations

import re

import pytest

from pipelines.audit.page import END, PAGES, START, render_figures, with_figures
from pipelines.audit.report import Attacked, AuditReport

REPORT = AuditReport(
    release="2026-1.1",
    releases=("2025-2.1", "2026-1.1"),
    passed=True,
    tables=(
        Attacked("pub_class_wave_indicator", 812, 790, 0, 5),
        Attacked("pub_school_wave_place", 56, 56, 0, 6),
        Attacked("pub_city_wave_between", 0, 0, 0, None),
    ),
    solver={"sampled": 17, "equal": 16, "proved": 17},
    insider={"stories": 41, "min_candidates": 2, "forced": 0},
    faults=(),
    seconds=1.0,
)


def test_both_languages_say_the_same_numbers() -> None:
    """A figure that one language has and the other hasn't would be somebody's typing."""
    numbers = [sorted(re.findall(r"\d+", render_figures(REPORT, language))) for language in PAGES]
    assert numbers[0] == numbers[1]
    assert {"812", "790", "17", "16", "41"} <= set(numbers[0])


def test_a_table_without_cells_takes_no_row() -> None:
    """Rows of None and 0 would bury the figures an officer looks for."""
    assert "pub_city_wave_between" not in render_figures(REPORT, "en")


@pytest.mark.parametrize("language", PAGES)
def test_the_page_keeps_its_words_and_changes_its_figures(language: str) -> None:
    """Writing twice is writing once, and nothing outside the marks moves."""
    page = PAGES[language].read_text(encoding="utf-8")
    once = with_figures(page, render_figures(REPORT, language))
    assert with_figures(once, render_figures(REPORT, language)) == once
    assert once.partition(START)[0] == page.partition(START)[0]
    assert once.partition(END)[2] == page.partition(END)[2]
    assert "| 812 |" in once


def test_a_page_without_marks_is_not_written() -> None:
    with pytest.raises(ValueError, match="lost its marks"):
        with_figures("no marks", render_figures(REPORT, "en"))
