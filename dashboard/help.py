"""Help slips: a connection of its own to the help store, and the few lines that open a slip for whom it is meant.

The store's tables are data/contracts/help_*.yml; its letters are framed as survey/help/letters.py writes them (this
island may not import that one; a test holds the two to each other). A key lives in the caller's hands, never here.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.utils import random
from sqlalchemy import Boolean, Date, Engine, LargeBinary, column, create_engine, func, insert, select, table, update
from sqlalchemy.pool import NullPool

from dashboard import accesslog
from dashboard.offices import read_offices
from dashboard.settings import settings
from dashboard.viewer import Viewer
from dashboard.workdays import load_calendar

TEXT_LIMIT = 1000  # characters
ROOM = 4608  # bytes of every letter, however short
SLIP, ANSWER = b"S", b"A"
NOT_FOR_YOU = bytes(SecretBox.KEY_SIZE)
KEY_HEAD = struct.Struct(">16sII")  # salt, Argon2id passes, memory in bytes
DATES, BYTES, FLAGS = {"written_on", "opened_on", "handed_on"}, {"slip_id", "letter", "box", "private_key"}, {"second"}


def _table(name: str, *columns: str) -> Any:
    kinds = {**dict.fromkeys(DATES, Date), **dict.fromkeys(BYTES, LargeBinary), **dict.fromkeys(FLAGS, Boolean)}
    return table(name, *(column(held, kinds.get(held)) for held in columns))


SCHOOL = _table("help_school", "school_id", "name", "district_id")
ADULT = _table("help_adult", "adult_id", "school_id", "role", "name", "second", "account", "private_key")
LETTERS = _table("help_slip", "slip_id", "school_id", "written_on", "letter", "opened_on", "handed_on")
BOX = _table("help_box", "slip_id", "adult_id", "box")
ANSWERS = _table("help_answer", "answer_id", "slip_id", "written_on", "letter")


class WrongPassphrase(ValueError):
    """The passphrase doesn't open this key."""


@dataclass(frozen=True)
class Mailbox:
    """What one account is at one school: an adult with a key, perhaps the school's second adult."""

    adult_id: str
    school_id: str
    school: str
    role: str
    name: str
    second: bool
    locked: bytes = field(repr=False)

    @property
    def signature(self) -> str:
        return f"{read_offices().get(self.role, self.role)} {self.name}".strip()


@dataclass(frozen=True)
class Letter:
    """A text and one line beside it: how the child can be reached, or who answers."""

    text: str
    other: str


@dataclass(frozen=True)
class Slip:
    """A slip that this adult can open. `key` is the slip's own; `answers` is how many were written."""

    slip_id: bytes
    mailbox: Mailbox
    written_on: date
    opened_on: date | None
    handed_on: date | None
    answers: int
    key: bytes = field(repr=False)

    @property
    def is_waiting(self) -> bool:
        return self.opened_on is None


@dataclass(frozen=True)
class Waiting:
    """Slips nobody opened: in all, beyond one school day, and handed to the second adult."""

    school_id: str
    school: str
    unopened: int
    late: int
    handed: int


def store() -> Engine | None:
    """The help store; None where there is none yet."""
    url = settings().help_store
    if url.startswith("sqlite") and not settings().help_file.is_file():
        return None
    return _engine(url)


@cache
def _engine(url: str) -> Engine:
    arguments = {"timeout": 10} if url.startswith("sqlite") else {}
    return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)


def find_mailboxes(viewer: Viewer) -> list[Mailbox]:
    """One row per school where this account is an adult with a key, by the school's name."""
    engine = store()
    if engine is None:
        return []
    a, s = ADULT.c, SCHOOL.c
    query = (
        select(a.adult_id, a.school_id, s.name.label("school"), a.role, a.name, a.second, a.private_key.label("locked"))
        .join_from(ADULT, SCHOOL, a.school_id == s.school_id)
        .where(a.account == viewer.name, a.private_key.is_not(None))
        .order_by(s.name, a.adult_id)
    )
    with engine.connect() as connection:
        return [Mailbox(**row) for row in connection.execute(query).mappings()]


def count_waiting(schools: Iterable[str] | None = None, district: str | None = None) -> list[Waiting]:
    """One row per school with slips nobody opened: of some schools, of a district, or of all. No content."""
    engine = store()
    if engine is None:
        return []
    c, s = LETTERS.c, SCHOOL.c
    query = select(s.school_id, s.name, c.written_on, c.handed_on).join_from(
        SCHOOL, LETTERS, s.school_id == c.school_id
    )
    query = query.where(c.opened_on.is_(None)).order_by(s.name, s.school_id)
    query = query if schools is None else query.where(s.school_id.in_(list(schools)))
    query = query if district is None else query.where(s.district_id == district)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [_waiting(school, [row for row in rows if row.school_id == school]) for school in _distinct(rows)]


def _distinct(rows: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(row.school_id for row in rows))


def _waiting(school: str, rows: list[Any]) -> Waiting:
    late = sum(has_waited(row.written_on, date.today()) for row in rows)
    return Waiting(school, rows[0].name, len(rows), late, sum(row.handed_on is not None for row in rows))


def has_waited(written_on: date, today: date) -> bool:
    """Whether more than one whole school day has passed since a slip was written."""
    return today > load_calendar().next_workday(written_on)


def unlock(mailboxes: Iterable[Mailbox], passphrase: str) -> bytes:
    """The private key of an account, which is the same at all its schools; WrongPassphrase otherwise."""
    locked = next(iter(mailboxes)).locked
    salt, passes, memory = KEY_HEAD.unpack_from(locked)
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    key = argon2id.kdf(SecretBox.KEY_SIZE, typed, salt, opslimit=passes, memlimit=memory)
    try:
        return SecretBox(key).decrypt(locked[KEY_HEAD.size :])
    except CryptoError:
        raise WrongPassphrase from None


def list_slips(mailboxes: Iterable[Mailbox], private: bytes) -> list[Slip]:
    """One row per slip addressed to this adult: those that wait, longest first; then the others, newest first."""
    engine = store()
    if engine is None:
        return []
    boxes = {box.adult_id: box for box in mailboxes}
    c = LETTERS.c
    answers = select(ANSWERS.c.slip_id, func.count().label("answers")).group_by(ANSWERS.c.slip_id).subquery()
    query = (
        select(c.slip_id, c.written_on, c.opened_on, c.handed_on, BOX.c.adult_id, BOX.c.box, answers.c.answers)
        .join_from(LETTERS, BOX, c.slip_id == BOX.c.slip_id)
        .outerjoin(answers, c.slip_id == answers.c.slip_id)
        .where(BOX.c.adult_id.in_(list(boxes)))
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    opener = SealedBox(PrivateKey(private))
    found = [(row, _unbox(opener, row.box)) for row in rows]
    slips = [
        Slip(row.slip_id, boxes[row.adult_id], row.written_on, row.opened_on, row.handed_on, row.answers or 0, key)
        for row, key in found
        if key is not None
    ]
    return sorted(slips, key=_place)


def _place(slip: Slip) -> tuple[bool, int, bytes]:
    day = slip.written_on.toordinal()
    return not slip.is_waiting, day if slip.is_waiting else -day, slip.slip_id


def _unbox(opener: SealedBox, box: bytes) -> bytes | None:
    """The slip's key; None for an adult who was not asked, or whose key was made anew since."""
    try:
        key = opener.decrypt(box)
    except CryptoError:
        return None
    return None if key == NOT_FOR_YOU else key


def open_slip(viewer: Viewer, slip: Slip) -> Letter:
    """What the child wrote; the slip counts as opened today, and the opening is noted without content."""
    with _begin() as connection:
        this = LETTERS.c.slip_id == slip.slip_id
        sealed = connection.execute(select(LETTERS.c.letter).where(this)).scalar_one()
        letter = open_letter(slip.key, SLIP, sealed)
        first = update(LETTERS).where(this, LETTERS.c.opened_on.is_(None)).values(opened_on=date.today())
        if connection.execute(first).rowcount:
            note_opening(viewer, slip.mailbox.school_id)
    return letter


def note_opening(viewer: Viewer, school_id: str) -> None:
    """One entry: who opened a slip of which school. A log that can't be written leaves the slip unopened."""
    accesslog.note(viewer, "help_slip", school_id)


def read_answers(slip: Slip) -> list[tuple[date, Letter]]:
    """What adults answered so far; everyone the slip is addressed to can read it."""
    query = select(ANSWERS.c.written_on, ANSWERS.c.letter).where(ANSWERS.c.slip_id == slip.slip_id)
    with _begin() as connection:
        rows = connection.execute(query.order_by(ANSWERS.c.written_on, ANSWERS.c.answer_id)).all()
    return [(row.written_on, letter) for row in rows if (letter := _try_letter(slip.key, row.letter))]


def _try_letter(key: bytes, sealed: bytes) -> Letter | None:
    try:
        return open_letter(key, ANSWER, sealed)
    except CryptoError:
        return None


def write_answer(slip: Slip, text: str) -> None:
    """An answer under the slip's key: the child reads it with the receipt code; ValueError beyond the limit."""
    letter = seal_letter(slip.key, ANSWER, Letter(text, slip.mailbox.signature[:100]))
    row = {"answer_id": random(16), "slip_id": slip.slip_id, "written_on": date.today(), "letter": letter}
    with _begin() as connection:
        connection.execute(insert(ANSWERS).values(**row))


def hand_over(slip: Slip) -> None:
    """The slip waits again, for the school's second adult, who is told at once."""
    with _begin() as connection:
        this = LETTERS.c.slip_id == slip.slip_id
        connection.execute(update(LETTERS).where(this).values(opened_on=None, handed_on=date.today()))


def _begin() -> Any:
    engine = store()
    if engine is None:
        raise FileNotFoundError("the help store is gone")
    return engine.begin()


def seal_letter(key: bytes, kind: bytes, letter: Letter) -> bytes:
    """A letter under a slip's key, of one length for all."""
    if len(letter.text) > TEXT_LIMIT:
        raise ValueError("a letter is too long")
    parts = [part.encode("utf-8", "replace") for part in (letter.text, letter.other)]
    framed = kind + b"".join(struct.pack(">H", len(part)) + part for part in parts)
    return bytes(SecretBox(key).encrypt(framed.ljust(1 + ROOM, b"\0")))


def open_letter(key: bytes, kind: bytes, sealed: bytes) -> Letter:
    """The letter again; CryptoError if it was touched or is of another kind."""
    framed = SecretBox(key).decrypt(sealed)
    if framed[:1] != kind:
        raise CryptoError("a letter of another kind")
    (length,) = struct.unpack_from(">H", framed, 1)
    (other,) = struct.unpack_from(">H", framed, 3 + length)
    return Letter(framed[3 : 3 + length].decode("utf-8"), framed[5 + length : 5 + length + other].decode("utf-8"))
