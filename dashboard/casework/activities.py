"""What a school did for all: lessons, training, conventions, safety pupils, checks, cameras, duty rosters, letters."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, select

from dashboard.casework import clocks
from dashboard.casework.fields import check_day, check_number, check_words
from dashboard.casework.problems import Refused
from dashboard.casework.scope import own_school, visible_to
from dashboard.casework.store import reading, writing
from dashboard.casework.tables import activity, activity_evidence, evidence
from dashboard.casework.values import ACTIVITY_KINDS, Activity
from dashboard.viewer import Viewer


def list_activities(viewer: Viewer, since: date | None = None, until: date | None = None) -> list[Activity]:
    """One row per activity of the viewer's school in a span of days (both ends included), the newest first."""
    mine = select(activity).where(visible_to(viewer, activity))
    mine = mine if since is None else mine.where(activity.c.on >= since)
    mine = mine if until is None else mine.where(activity.c.on <= until)
    kept = select(activity_evidence).where(visible_to(viewer, activity_evidence))
    with reading(viewer) as connection:
        rows = connection.execute(mine.order_by(activity.c.on.desc(), activity.c.activity_id.desc())).all()
        pairs = connection.execute(kept.order_by(activity_evidence.c.evidence_id)).all()
    held: dict[int, list[str]] = {}
    for pair in pairs:
        held.setdefault(pair.activity_id, []).append(pair.evidence_id)
    return [
        Activity(row.activity_id, row.school_id, row.kind, row.on, row.what, row.people, tuple(held.get(row[0], ())))
        for row in rows
    ]


def add_activity(
    viewer: Viewer, kind: str, on: date, what: str, people: int, pictures: tuple[str, ...] = ()
) -> Activity:
    """Note an activity: what, when, with how many people, and pictures that are kept already (`keep_evidence`)."""
    school_id, what = own_school(viewer), check_words(what)
    if kind not in ACTIVITY_KINDS:
        raise Refused("no_kind")
    check_day(on, clocks.today()), check_number(people)
    with writing(viewer) as connection:
        mine = select(evidence.c.evidence_id).where(visible_to(viewer, evidence), evidence.c.evidence_id.in_(pictures))
        found = set(connection.execute(mine).scalars())
        if found != set(pictures):
            raise Refused("no_picture")
        values = {"school_id": school_id, "kind": kind, "on": on, "what": what, "people": people}
        added = connection.execute(insert(activity).values(noted_by=viewer.name, **values)).inserted_primary_key
        assert added is not None
        for picture in sorted(found):
            pair = {"activity_id": added[0], "evidence_id": picture, "school_id": school_id}
            connection.execute(insert(activity_evidence).values(**pair))
    return Activity(added[0], school_id, kind, on, what, people, tuple(sorted(found)))
