"""Forms on paper and what goes with them: masters to copy for the school, codes for the bureau's clerks only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey.codes import printed
from survey.intake.labels import ClassLabel, SchoolLabel
from survey.items import Block, Item, Option
from survey.print.addresses import typed
from survey.print.job import ClassCodes, Job, bands_of
from survey.print.people import card_people, spell_contact
from survey.print.slips import envelope_label, help_card
from survey.print.typeset import Part
from survey.print.words import fill, read_words

LARGE = {"g34"}  # bands that read larger type
SECONDS_PER_ITEM = 2  # under this the form calls a sheet too fast to have been read


def paper_part(job: Job, school: SchoolLabel, band: str) -> Part:
    """The form of one band, alike for everyone; the school's own names of places stand in brackets."""
    words = read_words(job.lang)
    own = words["paper"]
    entry = next(entry for entry in job.instrument.band_list if entry.code == band)
    people = [spell_contact(contact, job.lang) for contact in card_people(school)]
    return {
        "kind": "paper",
        "band": band,
        "large": band in LARGE,
        "product": words["product"],
        "title": job.text(job.instrument.title),
        "under": " · ".join((job.text(entry), job.term)),
        "promise": own["promise"].get(band, own["promise"]["older"]),
        "take_part": {"stem": own["take_part"], "options": _choices(job)},
        "how": own["how"],
        "end": own["end"],
        "blocks": paper_blocks(job, school, band),
        "help": {"title": own["help"], "lines": [own["comfort"], *people, *own["hotlines"]]},
        "footer": own["footer"],
        "page": words["page"],
    }


def paper_blocks(job: Job, school: SchoolLabel, band: str) -> list[dict[str, Any]]:
    """Blocks of numbered questions in the order of the form."""
    blocks, number = [], 0
    for block in asked_blocks(job, band):
        questions = []
        for item in (item for item in block.items if band in item.bands):
            number += 1
            options = [
                _option(job, school, item, option, band) for option in job.instrument.options_of(item.code, band)
            ]
            questions.append({"number": number, "stem": job.text(item), "options": options})
        blocks.append({"intro": job.text(block.intro) if block.intro else None, "questions": questions})
    return blocks


def asked_blocks(job: Job, band: str) -> list[Block]:
    """Blocks a band gets, as on the screen: optional ones only where the bureau has decided so."""
    return [
        block
        for block in job.instrument.blocks
        if (not block.optional or block.code in job.optional_blocks) and any(band in item.bands for item in block.items)
    ]


def _option(job: Job, school: SchoolLabel, item: Item, option: Option, band: str) -> str:
    """An option's words; places carry the school's own name."""
    text = job.text(option.words(band))
    local = school.places.get(str(option.code)) if item.list_name == "places" else None
    if not local:
        return text
    return f"{text}（{local}）" if job.lang == "zh_CN" else f"{text} ({local})"


def _choices(job: Job) -> list[str]:
    """Take part, or hand in a blank."""
    return [job.text(option) for option in job.instrument.form.take_part.options] if job.instrument.form else []


def label_part(job: Job, school: SchoolLabel, numbers: Sequence[tuple[ClassLabel, int]]) -> Part:
    """Seal labels, six on a sheet."""
    labels = [envelope_label(job, school, label, count, sheet="paper_label") for label, count in numbers]
    return {"kind": "labels", "labels": labels}


def card_part(job: Job, school: SchoolLabel) -> Part:
    """Twelve help cards on a sheet: who gets no slip gets this."""
    return {"kind": "cards", "card": help_card(job, school)}


def entry_part(job: Job, school: SchoolLabel, stacks: Sequence[ClassCodes]) -> Part:
    """For the bureau: how to enter paper, and a page of codes for each class."""
    words = read_words(job.lang)
    bands = bands_of([stack.label for stack in stacks], job.instrument)
    return {
        "kind": "entry",
        "product": words["product"],
        "school": school.name,
        "wave": job.term,
        "words": words["entry"],
        "seconds": [_seconds(job, band) for band in bands],
        "classes": [_entry_class(job, school, stack) for stack in stacks],
    }


def _seconds(job: Job, band: str) -> str:
    name = next(job.text(entry) for entry in job.instrument.band_list if entry.code == band)
    items = sum(band in item.bands for block in asked_blocks(job, band) for item in block.items)
    return str(fill(read_words(job.lang)["entry"]["seconds"], {"band": name, "seconds": items * SECONDS_PER_ITEM}))


def _entry_class(job: Job, school: SchoolLabel, stack: ClassCodes) -> dict[str, Any]:
    label = stack.label
    fields = {
        "enrolled": label.enrolled,
        "slips": len(stack.codes),
        "address": typed(job.site.form(school.school_id, label.band)),
    }
    codes = [
        {"code": printed(code), "link": job.site.with_code(school.school_id, label.band, code)} for code in stack.codes
    ]
    line = fill(read_words(job.lang)["entry"]["class_line"], fields)
    return {"class_name": label.class_name, "line": line, "codes": codes}
