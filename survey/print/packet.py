"""A school's documents, put together: what the school prints, and what only the bureau may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey.intake.labels import ClassLabel, SchoolLabel
from survey.print.job import ClassCodes, Job, bands_of
from survey.print.paper import card_part, entry_part, label_part, paper_part
from survey.print.sheets import cover_part, letter_part, proctor_parts, timetable_part
from survey.print.slips import group_names, impose_codes, slips_part
from survey.print.typeset import render_pdf
from survey.print.words import fill, read_words


def render_slips(job: Job, school: SchoolLabel, stacks: Sequence[ClassCodes], whole: bool = True) -> bytes:
    """Cover, letter, timetable, proctor sheets and slips of a school as PDF.

    `whole=False` (some classes printed again) leaves letter and timetable out.
    """
    words = read_words(job.lang)
    groups = impose_codes(stacks)
    numbers = [(stack.label, len(stack.codes)) for stack in stacks]
    names = ["cover", *(["letter", "timetable"] if whole else []), "proctor", "slips"]
    inside = [{"anchor": name, "name": words["cover"]["parts"][name]} for name in names]
    shared = [letter_part(job, school), timetable_part(job, school, [label for label, _ in numbers])] if whole else []
    parts = [
        cover_part(job, school, numbers, inside, group_names(stacks, groups)),
        *shared,
        *proctor_parts(job, school, numbers),
        slips_part(job, school, stacks, groups),
    ]
    return render_pdf(parts, title_of(job, school), job.lang)


def render_paper(job: Job, school: SchoolLabel, numbers: Sequence[tuple[ClassLabel, int]]) -> bytes:
    """What a school without computers prints: masters of the forms, labels, help cards; no code anywhere."""
    bands = bands_of([label for label, _ in numbers], job.instrument)
    parts = [
        cover_part(job, school, numbers, paper_contents(job, numbers, bands), sheet="paper_cover"),
        letter_part(job, school, on_paper=True),
        *proctor_parts(job, school, numbers, on_paper=True),
        label_part(job, school, numbers),
        card_part(job, school),
        *[paper_part(job, school, band) for band in bands],
    ]
    return render_pdf(parts, title_of(job, school), job.lang)


def paper_contents(job: Job, numbers: Sequence[tuple[ClassLabel, int]], bands: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the cover's table, with the number of copies of each form."""
    words = read_words(job.lang)["paper_cover"]
    rows = [
        {"anchor": name, "name": words["parts"][name]} for name in ("cover", "letter", "proctor", "labels", "cards")
    ]
    for band in bands:
        entry = next(entry for entry in job.instrument.band_list if entry.code == band)
        copies = sum(count for label, count in numbers if label.band == band)
        name, note = fill(words["form"], {"band": job.text(entry)}), fill(words["copies"], {"copies": copies})
        rows.append({"anchor": f"form-{band}", "name": name, "note": note})
    return rows


def render_entry(job: Job, school: SchoolLabel, stacks: Sequence[ClassCodes]) -> bytes:
    """For the bureau's clerks: one code for one sheet of paper."""
    return render_pdf([entry_part(job, school, stacks)], title_of(job, school), job.lang)


def title_of(job: Job, school: SchoolLabel) -> str:
    return f"{read_words(job.lang)['product']} · {school.name} · {job.wave.wave}"
