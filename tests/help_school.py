"""A school with a help door: two adults inside, one outside, each with a key; and the store they share."""

from __future__ import annotations

from sqlalchemy import Engine

from survey.help import adults
from survey.intake import Contact, SchoolLabel

SCHOOL, DISTRICT = "S03", "D1"
PASSPHRASE = "a quiet sentence of my own"
CONTACTS = (
    Contact("心理老师", "林老师", "010-5550101", "知行楼 203", "周一至周五 12:00–13:30", False),
    Contact("德育处", "周老师", "010-5550102", "行政楼 105", "上学日 8:00–17:00", False),
    Contact("区教育局", "安全科", "010-5550199", "", "工作日 9:00–17:00", True),
    Contact("门卫室", "值班室", "010-5550110", "南门", "", False),
)
ACCOUNTS = {"林老师": "lin", "周老师": "zhou", "安全科": "chen"}
SECOND = "周老师"


def write_school(store: Engine, school_id: str = SCHOOL, name: str = "第七中学") -> None:
    """A school whose door is open; the porter has no key and stays a telephone number."""
    adults.write_school(store, SchoolLabel(school_id, name, DISTRICT, ("jr",), CONTACTS))
    for person, account in ACCOUNTS.items():
        adults.add_adult(store, school_id, person, account, PASSPHRASE, second=person == SECOND)
    adults.open_door(store, school_id)


def adult_ids(store: Engine, school_id: str = SCHOOL) -> dict[str, str]:
    """adult_id by name."""
    door = adults.read_door(store, school_id)
    assert door is not None
    return {person.name: person.adult_id for person in door.adults}
