"""The adults of a school: who is offered, who has a key, when the door may open."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from nacl.utils import random
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, and_, insert, select, update

from survey.help.keys import LockedPair, lock_key, new_pair, unlock_key
from survey.help.letters import ID_LENGTH
from survey.help.problems import HelpRefused
from survey.help.tables import adult, lead, school
from survey.intake import Contact, SchoolLabel

INSIDE_NEEDED, OUTSIDE_NEEDED = 2, 1


@dataclass(frozen=True)
class Adult:
    """A person a student can turn to. Without a `public_key` a telephone number only."""

    adult_id: str
    school_id: str
    role: str
    name: str
    phone: str
    place: str
    hours: str
    outside: bool
    second: bool
    active: bool
    account: str
    public_key: bytes | None


@dataclass(frozen=True)
class Door:
    """A school's page: `adults` in order (inside first), and whether slips are taken right now."""

    school_id: str
    name: str
    salt: bytes
    adults: tuple[Adult, ...]
    is_open: bool

    @property
    def readers(self) -> tuple[Adult, ...]:
        """Adults a slip may be addressed to."""
        return tuple(person for person in self.adults if person.active and person.public_key)

    @property
    def second(self) -> Adult | None:
        return next((person for person in self.readers if person.second), None)


def write_school(store: Engine, label: SchoolLabel) -> None:
    """Take over a school's contacts as the class list has them now.

    A contact who is gone is no longer offered; keys stay, so that slips already written can be opened.
    """
    school_id = label.school_id
    with store.begin() as connection:
        known = connection.execute(select(school.c.school_id).where(school.c.school_id == school_id)).first()
        words = {"name": label.name, "district_id": label.district_id}
        if known:
            connection.execute(update(school).where(school.c.school_id == school_id).values(**words))
        else:
            fresh = {"school_id": school_id, "salt": random(ID_LENGTH), "is_open": False}
            connection.execute(insert(school).values(**fresh, **words))
        connection.execute(update(adult).where(adult.c.school_id == school_id).values(active=False))
        for contact in label.contacts:
            _write_contact(connection, school_id, contact)


def _write_contact(connection: Connection, school_id: str, contact: Contact) -> None:
    words = {**asdict(contact), "active": True}
    same = and_(adult.c.school_id == school_id, adult.c.role == contact.role, adult.c.name == contact.name)
    if connection.execute(update(adult).where(same).values(**words)).rowcount:
        return
    fresh = {"adult_id": random(8).hex(), "school_id": school_id}
    connection.execute(insert(adult).values(**fresh, **words, second=False, account=""))


def read_door(store: Engine, school_id: str) -> Door | None:
    """A school's page as it stands; None for a school the store doesn't know."""
    with store.connect() as connection:
        row = connection.execute(select(school).where(school.c.school_id == school_id)).mappings().first()
        if row is None:
            return None
        people = tuple(read_adults(connection, school_id))
    door = Door(school_id, row["name"], row["salt"], people, is_open=False)
    return Door(school_id, row["name"], row["salt"], people, bool(row["is_open"]) and not missing(door))


def read_adults(connection: Connection, school_id: str | None = None) -> list[Adult]:
    """Adults of one school or of all: those inside first, the second adult after the others, then by role and name."""
    query = select(*(adult.c[name] for name in Adult.__dataclass_fields__))  # never the locked key
    rows = connection.execute(query.where(adult.c.school_id == school_id) if school_id else query).mappings()
    return sorted(map(_adult, rows), key=_place)


def _place(person: Adult) -> tuple[str, bool, bool, str, str]:
    return person.school_id, person.outside, person.second, person.role, person.name


def _adult(row: RowMapping) -> Adult:
    return Adult(**{name: row[name] for name in Adult.__dataclass_fields__})


def missing(door: Door) -> list[str]:
    """What a school still lacks before slips may be taken, in words; empty if nothing."""
    inside = sum(not person.outside for person in door.readers)
    outside = sum(person.outside for person in door.readers)
    lacks = []
    if inside < INSIDE_NEEDED:
        lacks.append(f"{INSIDE_NEEDED} adults at school with a key (there are {inside})")
    if outside < OUTSIDE_NEEDED:
        lacks.append(f"{OUTSIDE_NEEDED} adult outside the school with a key (there are {outside})")
    if door.second is None:
        lacks.append("a second adult, who can open every slip")
    return lacks


def open_door(store: Engine, school_id: str) -> None:
    """Let a school's students write slips; HelpRefused says what is lacking."""
    door = find_door(store, school_id)
    if lacks := missing(door):
        raise HelpRefused(
            f"school {school_id} lacks {'; '.join(lacks)}: its page shows telephone numbers only",
            next_step=f"anxin help adult add {school_id} NAME --account ACCOUNT [--second]",
        )
    _set_open(store, school_id, True)


def close_door(store: Engine, school_id: str) -> None:
    """Take no more slips; those written stay, and answers can be read."""
    find_door(store, school_id)
    _set_open(store, school_id, False)


def _set_open(store: Engine, school_id: str, is_open: bool) -> None:
    with store.begin() as connection:
        connection.execute(update(school).where(school.c.school_id == school_id).values(is_open=is_open))


def add_adult(store: Engine, school_id: str, name: str, account: str, passphrase: str, second: bool = False) -> Adult:
    """Give one of the school's contacts a key. A second adult takes over from the one before.

    An account has one key for all its schools: the passphrase must be the one it has already. HelpRefused if it is
    another, or if the contact isn't there or has a key (`renew_key` replaces it).
    """
    person = find_adult(store, school_id, name)
    if not account:
        raise HelpRefused("an adult opens slips in the dashboard", next_step="--account with the name of the account")
    if person.public_key:
        raise HelpRefused(f"{name} has a key already", next_step=f"anxin help adult renew {school_id} {name}")
    known = find_locked(store, account)
    pair = known or new_pair(passphrase)
    unlock_key(pair.locked, passphrase)
    keys = {"public_key": pair.public, "private_key": pair.locked}
    _update(store, adult.c.adult_id == person.adult_id, **keys, account=account, active=True)
    if second:
        set_second(store, school_id, name)
    return find_adult(store, school_id, name)


def renew_key(store: Engine, school_id: str, name: str, passphrase: str) -> None:
    """A fresh key after a lost passphrase: slips written before can't be opened by this adult any more."""
    person, _ = _keyed(store, school_id, name)
    pair = new_pair(passphrase)
    _update(store, adult.c.account == person.account, public_key=pair.public, private_key=pair.locked)


def change_passphrase(store: Engine, school_id: str, name: str, old: str, new: str) -> None:
    """Lock the same key with another passphrase; HelpRefused if the old one is wrong or the new one too short."""
    person, pair = _keyed(store, school_id, name)
    _update(store, adult.c.account == person.account, private_key=lock_key(unlock_key(pair.locked, old), new))


def find_locked(store: Engine, account: str) -> LockedPair | None:
    """The key of an account, which is the same at all its schools."""
    keys = select(adult.c.public_key, adult.c.private_key).where(adult.c.account == account)
    with store.connect() as connection:
        row = connection.execute(keys.where(adult.c.private_key.is_not(None))).first()
    return LockedPair(row.public_key, row.private_key) if row else None


def _keyed(store: Engine, school_id: str, name: str) -> tuple[Adult, LockedPair]:
    person = find_adult(store, school_id, name)
    pair = find_locked(store, person.account) if person.account else None
    if pair is None:
        raise HelpRefused(f"{name} has no key yet", next_step=f"anxin help adult add {school_id} {name}")
    return person, pair


def set_second(store: Engine, school_id: str, name: str) -> None:
    """Make this adult the school's second, who can open every slip written from now on."""
    person = find_adult(store, school_id, name)
    with store.begin() as connection:
        connection.execute(update(adult).where(adult.c.school_id == school_id).values(second=False))
        connection.execute(update(adult).where(adult.c.adult_id == person.adult_id).values(second=True))


def close_adult(store: Engine, school_id: str, name: str) -> list[str]:
    """Offer this adult no more; returns what the school lacks now (empty: its door may stay open)."""
    _update(store, adult.c.adult_id == find_adult(store, school_id, name).adult_id, active=False)
    return missing(find_door(store, school_id))


def find_adult(store: Engine, school_id: str, name: str) -> Adult:
    """A school's adult by name, by role, or by both ("counselor 李老师") where two share one; HelpRefused otherwise."""
    people = find_door(store, school_id).adults
    ways = (lambda person: person.name, lambda person: person.role, lambda person: f"{person.role} {person.name}")
    found = next((held for way in ways if (held := [person for person in people if way(person) == name])), [])
    if len(found) != 1:
        known = ", ".join(f"{person.role} {person.name}" for person in people)
        raise HelpRefused(f"school {school_id} has {len(found)} contacts called {name}", next_step=f"one of: {known}")
    return found[0]


def find_door(store: Engine, school_id: str) -> Door:
    """A school's door; HelpRefused for a school that the store doesn't know."""
    door = read_door(store, school_id)
    if door is None:
        raise HelpRefused(
            f"the help store doesn't know the school {school_id}", next_step="anxin help schools --wave WAVE"
        )
    return door


def _update(store: Engine, whom: ColumnElement[bool], **values: object) -> None:
    with store.begin() as connection:
        connection.execute(update(adult).where(whom).values(**values))


def write_lead(store: Engine, account: str, name: str, phone: str, district_id: str = "") -> None:
    """Set who at the bureau is told about slips that wait: for one district, or for all."""
    words = {"name": name, "phone": phone, "district_id": district_id}
    with store.begin() as connection:
        if not connection.execute(update(lead).where(lead.c.account == account).values(**words)).rowcount:
            connection.execute(insert(lead).values(account=account, **words))
