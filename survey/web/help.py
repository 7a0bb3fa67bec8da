"""The help text with the school's own people in it: one line for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from survey.instrument import Instrument
from survey.intake.labels import Contact, SchoolLabel
from survey.roles import role_name
from survey.web.catalogue import WRITTEN, Catalogue

LEFT_OPEN = re.compile(r"[,，、]\s*(?=[,，、])")  # where a place or an hour isn't known


@dataclass(frozen=True)
class Line:
    """A line of the help text; `number` is the helpline it begins with, if any."""

    text: str
    number: str = ""


def help_lines(instrument: Instrument, school: SchoolLabel, words: Catalogue) -> list[Line]:
    assert instrument.form is not None
    text, language = words.text(instrument.form.help).strip(), WRITTEN.get(words.code, "zh")
    return [cut_number(line) for written in text.splitlines() for line in fill_line(written, school, language)]


def fill_line(line: str, school: SchoolLabel, language: str) -> Iterator[str]:
    """The line once for every contact it is about; as it is where it is about nobody."""
    about = "outside" if "{outside_person}" in line else "school" if "{office}" in line else ""
    if not about:
        yield line
    for contact in school.contacts if about else ():
        if contact.outside == (about == "outside"):
            yield LEFT_OPEN.sub("", line.format(**names(contact, language)))


def names(contact: Contact, language: str) -> dict[str, str]:
    office = role_name(contact.role, language)
    return {
        "office": office,
        "person": contact.name,
        "place": contact.place,
        "hours": contact.hours,
        "phone": contact.phone,
        "outside_person": f"{office} {contact.name}".strip(),
        "outside_phone": contact.phone,
    }


def cut_number(line: str) -> Line:
    found = re.match(r"(\d{3,5})[:： ]?\s*(.+)", line)
    return Line(found[2], found[1]) if found else Line(line)
