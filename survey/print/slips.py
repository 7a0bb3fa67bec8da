"""Code slips and help cards: the sheets that are cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey.codes import printed
from survey.intake.labels import ClassLabel, SchoolLabel
from survey.print.addresses import draw_qr, typed
from survey.print.imposition import PLACES, Group, impose
from survey.print.job import ClassCodes, Job
from survey.print.people import card_people, spell_who
from survey.print.typeset import Part
from survey.print.words import fill, read_words


def slips_part(job: Job, school: SchoolLabel, stacks: Sequence[ClassCodes], groups: Sequence[Group[str]]) -> Part:
    """All slips, six on a sheet, each class in places of its own."""
    return {
        "kind": "slips",
        "words": read_words(job.lang)["slip"],
        "card": help_card(job, school),
        "classes": [_class_words(job, school, stack.label) for stack in stacks],
        "groups": [_group(job, school, stacks, group, number) for number, group in enumerate(groups, start=1)],
    }


def group_names(stacks: Sequence[ClassCodes], groups: Sequence[Group[str]]) -> list[dict[str, Any]]:
    """For the cover: which class lies at which of the six places."""
    found = []
    for number, group in enumerate(groups, start=1):
        names = [stacks[pile.stack].label.class_name for pile in group.piles]
        found.append({"number": number, "names": [*names, *[None] * (PLACES - len(names))]})
    return found


def impose_codes(stacks: Sequence[ClassCodes]) -> tuple[Group[str], ...]:
    return impose([stack.codes for stack in stacks])


def help_card(job: Job, school: SchoolLabel) -> dict[str, Any]:
    """The half that goes home: the same for everyone of a school, and nothing of the class."""
    words = read_words(job.lang)["card"]
    address = job.site.help_slip(school.school_id)
    people = [{"who": spell_who(contact, job.lang), "phone": contact.phone} for contact in card_people(school)]
    host, slash, path = typed(address).partition("/help-slip/")
    return {**words, "people": people, "qr": draw_qr(address), "address": [host, f"{slash}{path}"]}


def envelope_label(
    job: Job,
    school: SchoolLabel,
    label: ClassLabel,
    slips: int,
    *,
    pile: tuple[int, int] = (1, 1),
    sheet: str = "label",
) -> dict[str, Any]:
    """What stands on an envelope: class and numbers. `pile`: which of how many."""
    fields = {"slips": slips, "enrolled": label.enrolled, "spares": slips - label.enrolled}
    words = fill(read_words(job.lang)[sheet], {**fields, "pile": pile[0], "piles": pile[1]})
    held = words.pop("pile", None) if pile[1] > 1 else words.pop("pile", None) and None
    return {**words, "pile": held, "school": school.name, "class_name": label.class_name}


def _class_words(job: Job, school: SchoolLabel, label: ClassLabel) -> dict[str, str]:
    address = typed(job.site.form(school.school_id, label.band))
    head = f"{read_words(job.lang)['product']} · {school.name}"
    return {"class_name": label.class_name, "address": address, "head": head}


def _group(
    job: Job, school: SchoolLabel, stacks: Sequence[ClassCodes], group: Group[str], number: int
) -> dict[str, Any]:
    labels = [
        envelope_label(
            job, school, stacks[pile.stack].label, len(stacks[pile.stack].codes), pile=(pile.number, pile.of)
        )
        for pile in group.piles
    ]
    sheets = [_sheet(job, school, stacks, group, row) for row in range(group.height)]
    return {"number": number, "labels": [*labels, *[None] * (PLACES - len(labels))], "sheets": sheets}


def _sheet(
    job: Job, school: SchoolLabel, stacks: Sequence[ClassCodes], group: Group[str], row: int
) -> list[dict[str, Any] | None]:
    cells = group.sheet(row)
    owners = [pile.stack for pile in group.piles]
    return [
        None if code is None else _slip(job, school, stacks[owners[place]].label, owners[place], code)
        for place, code in enumerate(cells)
    ]


def _slip(job: Job, school: SchoolLabel, label: ClassLabel, owner: int, code: str) -> dict[str, Any]:
    address = job.site.with_code(school.school_id, label.band, code)
    return {"class": owner, "code": printed(code), "qr": draw_qr(address)}
