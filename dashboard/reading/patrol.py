"""Patrol sheets as released: for so many people at so many times, where and when. Looked up, never computed here."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from dashboard.desk import Desk
from dashboard.reading.windows import rows

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
    if mine.empty:
        return range(0), range(0)
    return range(1, int(mine["people"].max()) + 1), range(1, int(mine["slots"].max()) + 1)


def _sheets(desk: Desk) -> pd.DataFrame:
    frame = desk.table(TABLE)
    return frame[(frame["school_id"] == desk.viewer.scope) & (frame["wave"] == desk.wave)]


def build_plan(desk: Desk, people: int, slots: int) -> Plan | None:
    """The largest released plan for no more people and times than asked; None where the release has none."""
    mine = _sheets(desk)
    fits = mine[(mine["people"] <= people) & (mine["slots"] <= slots)]
    if fits.empty:
        return None
    most = max(zip(fits["slots"], fits["people"], strict=True))
    chosen = fits[(fits["slots"] == most[0]) & (fits["people"] == most[1])].sort_values("pick")
    held = rows(chosen)
    posts = tuple(
        Post(time, tuple(row["place_group"] or row["area"] for row in picks))
        for time, picks in groupby(held, lambda row: row["time_group"] or "")
    )
    first = held[0]
    shares = int(first["share_lo"]), int(first["share_hi"])
    return Plan(int(most[1]), int(most[0]), posts, *shares, is_areas=bool(first["area"]))
