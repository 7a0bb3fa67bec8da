"""Patrol sheets as released: for so many people at so many times, where and when. Looked up, never computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dashboard.desk import Desk
from dashboard.published import Row

TABLE = "pub_school_wave_patrol"
PEOPLE, SLOTS = range(1, 7), range(1, 9)


@dataclass(frozen=True)
class Post:
    """One time and the places to stand then; `time` is "" in a school whose areas have no times."""

    time: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A sheet: people and times it was made for (at most as many as asked), its posts, the share it covers."""

    people: int
    slots: int
    posts: tuple[Post, ...]
    share_lo: int
    share_hi: int
    is_areas: bool


def build_choices(desk: Desk) -> tuple[range, range]:
    """Numbers of people and of times that this wave's release has a sheet for; without sheets both are empty."""
    mine = _sheets(desk)
    people, slots = (max((int(row[number]) for row in mine), default=0) for number in ("people", "slots"))
    return range(1, people + 1), range(1, slots + 1)


def _sheets(desk: Desk) -> Sequence[Row]:
    return desk.rows(TABLE, school_id=desk.viewer.scope, wave=desk.wave)


def build_plan(desk: Desk, people: int, slots: int) -> Plan | None:
    """The largest released plan for no more people and times than asked; None where the release has none."""
    fits = [row for row in _sheets(desk) if row["people"] <= people and row["slots"] <= slots]
    if not fits:
        return None
    most = max((row["slots"], row["people"]) for row in fits)
    held = sorted((row for row in fits if (row["slots"], row["people"]) == most), key=lambda row: row["pick"])
    posts = tuple(
        Post(time, tuple(row["place_group"] or row["area"] for row in picks))
        for time, picks in groupby(held, lambda row: row["time_group"] or "")
    )
    first = held[0]
    shares = int(first["share_lo"]), int(first["share_hi"])
    return Plan(int(most[1]), int(most[0]), posts, *shares, is_areas=bool(first["area"]))
