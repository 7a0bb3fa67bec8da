"""Reports of incidents (M12): at once, then follow-ups until the final one. A version is never changed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from dashboard.casework import cases, clocks
from dashboard.casework.fields import SHORT, check_day, check_number, check_words
from dashboard.casework.history import write_step
from dashboard.casework.problems import Refused, Stale
from dashboard.casework.reference import next_ref
from dashboard.casework.scope import own_school, visible_to
from dashboard.casework.store import reading, writing
from dashboard.casework.tables import incident
from dashboard.casework.values import INCIDENT_KINDS, Incident, IncidentDraft
from dashboard.viewer import Viewer


def list_incidents(viewer: Viewer) -> list[Incident]:
    """The newest version of each report of the viewer's school, the newest report first."""
    mine = select(incident).where(visible_to(viewer, incident), _is_newest(viewer))
    with reading(viewer) as connection:
        rows = connection.execute(mine.order_by(incident.c.ref.desc()))
        return [_incident(row) for row in rows]


def _is_newest(viewer: Viewer) -> Any:
    other = incident.alias()
    newest = select(func.max(other.c.version_no)).where(
        visible_to(viewer, incident), other.c.incident_id == incident.c.incident_id
    )
    return incident.c.version_no == newest.scalar_subquery()


def find_incident(viewer: Viewer, incident_id: str) -> Incident | None:
    """The newest version of a report, by its id or reference number."""
    versions = list_versions(viewer, incident_id)
    return versions[-1] if versions else None


def list_versions(viewer: Viewer, incident_id: str) -> list[Incident]:
    """One row per version of a report, the first one first."""
    with reading(viewer) as connection:
        return _versions(connection, viewer, incident_id)


def _versions(connection: Connection, viewer: Viewer, incident_id: str) -> list[Incident]:
    named = (incident.c.incident_id == incident_id) | (incident.c.ref == incident_id)
    mine = select(incident).where(visible_to(viewer, incident), named).order_by(incident.c.version_no)
    return [_incident(row) for row in connection.execute(mine)]


def report_incident(viewer: Viewer, draft: IncidentDraft) -> Incident:
    """The first report; its clock started when it happened, and the next report's starts now."""
    school_id, kept = own_school(viewer), _checked(viewer, draft)
    if draft.kind == "followup":
        raise Refused("not_so")
    with writing(viewer) as connection:
        ref = next_ref(connection, viewer, incident, clocks.today().year)
        key = {"incident_id": f"{school_id}.r{ref}", "ref": ref, "school_id": school_id}
        return _write(connection, viewer, key, kept, 1)


def follow_up(viewer: Viewer, incident_id: str, version_no: int, draft: IncidentDraft) -> Incident:
    """A further report on top of the version that was read; Stale if somebody followed up in between."""
    own_school(viewer)
    kept = _checked(viewer, draft)
    if draft.kind == "first":
        raise Refused("not_so")
    with writing(viewer) as connection:
        versions = _versions(connection, viewer, incident_id)
        if not versions:
            raise Refused("not_found")
        newest = versions[-1]
        if newest.version_no != version_no:
            raise Stale(newest)
        key = {"incident_id": newest.incident_id, "ref": newest.ref, "school_id": newest.school_id}
        return _write(connection, viewer, key, kept, version_no + 1)


def _write(
    connection: Connection, viewer: Viewer, key: dict[str, Any], kept: dict[str, Any], version_no: int
) -> Incident:
    today = clocks.today()
    values = key | kept | {"version_no": version_no, "supersedes": version_no - 1}
    values |= {"reported_on": today, "reported_by": viewer.name}
    values |= {"report_due": clocks.due("incident_first", kept["happened_on"])}
    values |= {"next_due": None if kept["kind"] == "final" else clocks.due("incident_followup", today)}
    connection.execute(insert(incident).values(**values))
    write_step(connection, viewer, "incident", key["incident_id"], key["school_id"], "report", kept["kind"])
    return _versions(connection, viewer, key["incident_id"])[-1]


def _checked(viewer: Viewer, draft: IncidentDraft) -> dict[str, Any]:
    """The draft as it is kept; Refused where a field is empty, too long, or points to a child."""
    if draft.kind not in INCIDENT_KINDS:
        raise Refused("not_so")
    if draft.case_id and cases.find_case(viewer, draft.case_id) is None:
        raise Refused("not_found")
    kept = asdict(draft) | {"happened_on": _day(draft.happened_on), "place": check_words(draft.place, limit=SHORT)}
    kept |= {name: check_words(getattr(draft, name)) for name in ("cause", "course", "measures")}
    people = ("people_hurt", "people_acting", "people_seeing")
    return kept | {name: check_number(getattr(draft, name)) for name in people}


def _day(happened_on: date) -> date:
    return check_day(happened_on, clocks.today())


def _incident(row: Row[Any]) -> Incident:
    return Incident(**row._mapping)
