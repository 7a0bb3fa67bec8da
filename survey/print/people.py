"""Whom a child, a proctor or a parent can turn to, as the school wrote it down."""

from __future__ import annotations

from collections.abc import Sequence

from survey.intake.labels import Contact, SchoolLabel
from survey.print.words import WRITTEN, read_words
from survey.roles import role_name

COUNSELOR, LEAD = ("counselor", "心理"), ("safeguarding_lead", "保护", "德育")
INSIDE, OUTSIDE = 2, 1  # adults on a help card


def card_people(school: SchoolLabel) -> list[Contact]:
    """Two adults of the school, counselor and safeguarding lead if there are any, then one outside it."""
    inside = sorted((contact for contact in school.contacts if not contact.outside), key=_rank)[:INSIDE]
    outside = [contact for contact in school.contacts if contact.outside][:OUTSIDE]
    return [*inside, *outside]


def _rank(contact: Contact) -> int:
    return next((rank for rank, wanted in enumerate((COUNSELOR, LEAD)) if is_one(contact, wanted)), 2)


def is_one(contact: Contact, wanted: tuple[str, ...]) -> bool:
    """Whether the contact's role holds one of the words."""
    return any(word in contact.role for word in wanted)


def spell_contact(contact: Contact, lang: str) -> str:
    """Role and name, place, telephone; what wasn't given is left out."""
    words = read_words(lang)
    phone = words["at_phone"].format(phone=contact.phone) if contact.phone else ""
    return str(words["between"]).join(filter(None, (spell_who(contact, lang), phone)))


def spell_who(contact: Contact, lang: str) -> str:
    """Role, name and place."""
    words = read_words(lang)
    role = role_name(contact.role, WRITTEN[lang])
    name = contact.name if contact.name not in role else ""
    return str(words["between"]).join(filter(None, (" ".join(filter(None, (role, name))), contact.place)))


def find_contact(contacts: Sequence[Contact], wanted: tuple[str, ...]) -> Contact | None:
    """The first adult of the school whose role holds one of the words; else any adult of the school."""
    inside = [contact for contact in contacts if not contact.outside]
    fitting = (contact for contact in inside if is_one(contact, wanted))
    return next(fitting, inside[0] if inside else None)


def spell_found(school: SchoolLabel, wanted: tuple[str, ...], lang: str) -> str:
    """That adult in one line, or a line to write on."""
    contact = find_contact(school.contacts, wanted)
    return spell_contact(contact, lang) if contact else str(read_words(lang)["blank"])
