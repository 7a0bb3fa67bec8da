"""The lists a bureau brings: classes, contacts, local names of places. Rows in the columns of the interchange."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from models.simulator.city import District, School
from models.simulator.draws import stream
from models.simulator.names import class_name, district_name, local_places, teacher, telephone

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "registry": (
            "district_id",
            "district_name",
            "cluster_id",
            "school_id",
            "school_name",
            "level",
            "boarding",
            "rural",
            "grade",
            "class_id",
            "class_name",
            "enrolled",
            "boys",
            "boarders",
            "off_site",
        ),
        "contacts": ("school_id", "role", "name", "phone", "place", "hours", "outside"),
        "places": ("school_id", "place", "local_name"),
    }
)
# role → (place, hours, outside the school)
CONTACTS = {
    "counselor": ("心理辅导室", "周一至周五 8:00–17:00", 0),
    "safeguarding_lead": ("德育处", "周一至周五 8:00–17:30", 0),
    "deputy": ("校长室", "周一至周五 9:00–16:00", 0),
    "outside": ("区教育局未成年人保护专线", "工作日 9:00–17:00", 1),
}
Row = tuple[str | int, ...]


def build_lists(seed: int, district: District) -> dict[str, list[Row]]:
    """registry: one row per class; contacts: per school and role; places: per school and place with a local name."""
    return {
        "registry": _registry(district),
        "contacts": [row for school in district.schools for row in _contacts(seed, school)],
        "places": [row for school in district.schools for row in _places(seed, school)],
    }


def _registry(district: District) -> list[Row]:
    students, classes = district.students, district.classes
    count = len(classes.size)
    boys, boarders, off_site = (
        np.bincount(students.klass, weights=flags, minlength=count).astype(int)
        for flags in (students.boy, students.boarder, students.off_site)
    )
    return [
        (
            *_school_part(district.schools[classes.school[c]]),
            int(classes.grade[c]),
            classes.class_id[c],
            class_name(district.schools[classes.school[c]].level, int(classes.grade[c]), int(classes.number[c])),
            int(classes.size[c]),
            int(boys[c]),
            int(boarders[c]),
            int(off_site[c]),
        )
        for c in range(count)
    ]


def _school_part(school: School) -> Row:
    return (
        f"D{school.district + 1:02d}",
        district_name(school.district),
        school.cluster_id,
        school.school_id,
        school.name,
        school.level,
        int(school.boarding > 0),
        int(school.rural),
    )


def _contacts(seed: int, school: School) -> list[Row]:
    rng = stream(seed, "contacts", school.index)
    return [
        (school.school_id, role, teacher(rng), telephone(rng), place, hours, outside)
        for role, (place, hours, outside) in CONTACTS.items()
    ]


def _places(seed: int, school: School) -> list[Row]:
    named = local_places(stream(seed, "local_places", school.index), school.boarding > 0)
    return [(school.school_id, place, name) for place, name in named.items()]
