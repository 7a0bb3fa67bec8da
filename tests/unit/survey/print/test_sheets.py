"""Sheets without codes: one page each, in both languages, with what the school gave and lines for what it didn't."""

from __future__ import annotations

from datetime import date

import pytest
from print_jobs import BARE_SCHOOL, LONG_SCHOOL, SCHOOL, class_label, job, pages_of

from survey.print.sheets import letter_part, proctor_parts, school_weeks, timetable_part
from survey.print.typeset import render_pdf
from survey.print.words import LANGUAGES, spell_day, spell_span, spell_term

LANGS = pytest.mark.parametrize("lang", LANGUAGES)
SCHOOLS = (SCHOOL, LONG_SCHOOL, BARE_SCHOOL)


def flat(text: str) -> str:
    """Without line breaks and spaces, which depend on the type's size."""
    return "".join(text.split())


@LANGS
@pytest.mark.parametrize("on_paper", [False, True], ids=["screen", "paper"])
def test_proctor_sheets_and_letters_are_one_page_each(lang: str, on_paper: bool) -> None:
    """A second page stays on the printer, and with it the numbers or the promise."""
    own, parts = job(lang), []
    for school in SCHOOLS:
        parts += proctor_parts(own, school, [(class_label(1, 55, band="g34"), 61)], on_paper=on_paper)
        parts += [letter_part(own, school, on_paper=on_paper)]
    pages = [flat(page.extract_text()) for page in pages_of(render_pdf(parts, "", lang)).pages]
    assert len(pages) == len(parts)
    assert not any(odd in text for text in pages for odd in ("{", "None"))
    assert all("61" in text and "55" in text for text in pages[::3])  # the class's own sheet of each school


def test_the_letter_says_when_answers_are_gone() -> None:
    """Thirty days after close, no later: a promise to parents."""
    text = flat(pages_of(render_pdf([letter_part(job(), SCHOOL)], "", "zh_CN")).pages[0].extract_text())
    assert "于2026年6月14日前删除" in text
    assert "survey.example.cn/promise" in text


def test_only_grades_three_and_four_are_read_to() -> None:
    """Reading aloud to a junior class tells everyone which question a slow reader has reached."""
    labels = [(class_label(1, 30, band=band), 33) for band in ("g34", "g56", "jr")]
    reader = pages_of(render_pdf(proctor_parts(job(), SCHOOL, labels), "", "zh_CN"))
    texts = [flat(page.extract_text()) for page in reader.pages]
    assert ["一题一题念" in text for text in texts] == [True, False, False, True]


def test_proctor_is_told_whom_to_call() -> None:
    text = flat(pages_of(render_pdf(proctor_parts(job(), SCHOOL, []), "", "zh_CN")).pages[0].extract_text())
    assert "陪到心理老师王老师" in text
    assert "报告学生保护负责人李老师" in text


@LANGS
def test_forty_classes_have_a_line_each_in_the_timetable(lang: str) -> None:
    """A class that falls off the timetable isn't asked."""
    labels = [class_label(n, 50, name=f"C{n:02d}x") for n in range(1, 41)]
    reader = pages_of(render_pdf([timetable_part(job(lang), SCHOOL, labels)], "", lang))
    text = "".join(page.extract_text() for page in reader.pages)
    assert [text.count(label.class_name) for label in labels] == [1] * 40
    assert len(reader.pages) == 2


def test_weeks_are_monday_to_friday() -> None:
    weeks = school_weeks(date(2026, 5, 14), date(2026, 5, 19))
    assert [[day.day for day in week] for week in weeks] == [[14, 15], [18, 19]]


def test_a_wave_on_a_weekend_has_its_days() -> None:
    """An empty timetable would stop the printing."""
    assert len(school_weeks(date(2026, 5, 16), date(2026, 5, 17))[0]) == 2


def test_weeks_around_new_year_stay_in_order() -> None:
    weeks = school_weeks(date(2026, 12, 28), date(2027, 1, 5))
    assert [len(week) for week in weeks] == [5, 2]


def test_dates_and_terms_as_people_say_them() -> None:
    day = date(2026, 5, 11)
    assert spell_day(day, "zh_CN") == "2026 年 5 月 11 日"
    assert spell_day(day, "en") == "11 May 2026"
    assert spell_span(day, day, "en") == "11 May 2026 to 11 May 2026"
    assert [spell_term(wave, "zh_CN") for wave in ("2026-1", "2026-2", "pilot")] == [
        "2026 年春季学期",
        "2026 年秋季学期",
        "pilot",
    ]
