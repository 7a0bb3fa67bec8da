"""Sheets that carry no code: cover, proctor sheet, letter, timetable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from survey.intake.labels import ClassLabel, SchoolLabel
from survey.print.addresses import typed
from survey.print.job import Job, by_grade, count_minutes, totals
from survey.print.people import COUNSELOR, LEAD, spell_found
from survey.print.typeset import Part
from survey.print.words import fill, read_words, spell_day, spell_short

PERIODS = 8  # lessons a day
WEEKS = 3  # pages of a timetable, at most
KEPT = timedelta(days=30)  # how long opened answers may stay after close
SECOND_SITTINGS = 2  # rows for them in a timetable


def cover_part(
    job: Job,
    school: SchoolLabel,
    numbers: Sequence[tuple[ClassLabel, int]],
    inside: Sequence[dict[str, Any]],
    groups: Sequence[dict[str, Any]] = (),
    *,
    sheet: str = "cover",
) -> Part:
    """The first page. `numbers`: slips (or forms) of each class; `inside`: what the file holds, by anchor and name."""
    words = read_words(job.lang)
    fields = totals(school, [label for label, _ in numbers], [count for _, count in numbers])
    shared = {key: words["cover"][key] for key in ("pages", "pages_span", "head", "wave")}
    rows = [{"name": label.class_name, "enrolled": label.enrolled, "slips": count} for label, count in numbers]
    return {
        "kind": "cover",
        "product": words["product"],
        "school": school.name,
        "wave": fill(shared["wave"], {"term": job.term, "span": job.window}),
        "words": {**shared, **fill(words[sheet], {"classes": len(rows)})},
        "totals": fill(words[sheet]["totals"], fields),
        "inside": list(inside),
        "groups": list(groups),
        "classes": rows,
        "number_head": "slips" if sheet == "cover" else "paper",
    }


def proctor_parts(
    job: Job, school: SchoolLabel, numbers: Sequence[tuple[ClassLabel, int]], *, on_paper: bool = False
) -> list[Part]:
    """One page per class, and one for the sitting that mixes classes."""
    sheet = "proctor_paper" if on_paper else "proctor"
    pages = [_proctor(job, school, label, count, sheet) for label, count in numbers]
    second = _proctor(job, school, None, 0, sheet)
    return [{**page, "anchor": index == 0} for index, page in enumerate([*pages, second])]


def _proctor(job: Job, school: SchoolLabel, label: ClassLabel | None, count: int, sheet: str) -> Part:
    words = read_words(job.lang)
    spares = count - label.enrolled if label else 0
    blank = words["blank"]
    numbers = {"slips": count, "forms": count, "enrolled": label.enrolled, "spares": spares} if label else {}
    fields = {
        **dict.fromkeys(("slips", "forms", "enrolled", "spares"), blank),
        **numbers,
        "counselor": spell_found(school, COUNSELOR, job.lang),
        "lead": spell_found(school, LEAD, job.lang),
        "aloud": _aloud(label, words["proctor"]),
    }
    own = fill(words[sheet], fields)
    return {
        "kind": "proctor",
        "product": words["product"],
        "school": school.name,
        "class_name": label.class_name if label else words["proctor"]["second"],
        "words": words["proctor"],
        "sections": own["sections"],
        "counts": own["counts"],
        "sums": own["sums"],
    }


def _aloud(label: ClassLabel | None, words: dict[str, str]) -> str:
    """Reading aloud is for grades 3–4; a mixed sitting is told whom it is for."""
    if label is None:
        return words["aloud"]
    return words["aloud_own"] if label.band == "g34" else ""


def letter_part(job: Job, school: SchoolLabel, *, on_paper: bool = False) -> Part:
    """One page to parents; what is said of deletion and of paper is what happens."""
    words = read_words(job.lang)
    fields = {
        "span": job.window,
        "deleted": spell_day(job.wave.closes + KEPT, job.lang),
        "contact": spell_found(school, LEAD, job.lang),
        "address": typed(job.site.promise),
    }
    own = fill(words["letter"], fields)
    return {
        "kind": "letter",
        "product": words["product"],
        "school": school.name,
        "words": own,
        "extra": [own["on_paper"], own["promise"]] if on_paper else [own["promise"]],
        "indent": 2 if job.lang == "zh_CN" else 0,
        "date": spell_day(job.wave.opens, job.lang),
    }


def timetable_part(job: Job, school: SchoolLabel, classes: Sequence[ClassLabel]) -> Part:
    """Classes by periods, a page a week, to be filled in by hand."""
    words = read_words(job.lang)["timetable"]
    rows = [
        {
            "name": label.class_name,
            "enrolled": label.enrolled,
            "minutes": words["minutes"].format(minutes=count_minutes(job.instrument, label.band)),
        }
        for label in by_grade(classes)
    ]
    weeks = school_weeks(job.wave.opens, job.wave.closes)[:WEEKS]
    return {
        "kind": "timetable",
        "school": school.name,
        "words": words,
        "periods": PERIODS,
        "second": SECOND_SITTINGS,
        "weeks": [[spell_short(day, job.lang) for day in week] for week in weeks],
        "classes": rows,
    }


def school_weeks(first: date, last: date) -> list[list[date]]:
    """Monday to Friday of the window by calendar week; all its days where it holds a weekend only."""
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    working = [day for day in days if day.weekday() < 5] or days
    return [list(week) for _, week in groupby(working, key=lambda day: day.isocalendar()[:2])]
