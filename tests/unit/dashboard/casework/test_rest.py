"""Measures, incident reports, activities, pictures, committee, deputies."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from casework_school import ANNA, BEN, BOTH, BUREAU, FRIDAY, OTHER
from PIL import Image

from dashboard.casework import activities, deputies, evidence, incidents, measures, roster
from dashboard.casework.problems import CaseworkGone, Refused, Stale
from dashboard.casework.values import IncidentDraft, Measure, Sign

MONDAY = date(2026, 11, 23)
DRAFT = IncidentDraft(
    date(2026, 11, 18), "东操场", "a quarrel over a ball", "pushing, one fell", 1, 2, 10, "nurse called"
)


@pytest.fixture(autouse=True)
def clock(set_day: Callable[[date], None]) -> None:
    set_day(FRIDAY)


def a_measure(**others: str | date) -> Measure:
    held = {"what": "a teacher at the gate", "moves_kind": "place", "moves_id": "yard", "indicator": "happens"}
    return measures.add_measure(ANNA, **{**held, "wave": "2026-2", "decided_by": "校长", **others}, begun_on=FRIDAY)  # type: ignore[arg-type]


@BOTH
def test_a_measure_names_what_it_moves_and_is_finished_once(sign: Sign) -> None:
    held = a_measure(sign_id=sign.sign_id)
    assert measures.list_measures(ANNA) == measures.list_measures(ANNA, sign_id=sign.sign_id) == [held]
    done = measures.finish_measure(BEN, held.measure_id, FRIDAY, "two teachers, every day")
    assert done == replace(held, done_on=FRIDAY)
    with pytest.raises(Refused, match="not_so"):
        measures.finish_measure(BEN, held.measure_id, FRIDAY, "again")


@BOTH
def test_a_measure_is_late_after_its_day_until_it_is_done(sign: Sign) -> None:
    """A measure without a day is never late; one that was done, however late, isn't any more."""
    assert not a_measure().is_late(date(2099, 1, 1))
    held = a_measure(due_on=MONDAY)
    assert (held.due_on, held.is_late(MONDAY), held.is_late(date(2026, 11, 24))) == (MONDAY, False, True)
    assert not measures.finish_measure(ANNA, held.measure_id, FRIDAY, "done").is_late(date(2099, 1, 1))
    with pytest.raises(Refused, match="due_early"):
        a_measure(due_on=date(2026, 11, 19))


def test_a_measure_without_aim_or_for_a_foreign_sign_is_refused(sign: Sign) -> None:
    for others in ({"moves_id": ""}, {"indicator": ""}, {"moves_kind": "pupil"}, {"sign_id": "2026-2.class.S2-07-1"}):
        with pytest.raises(Refused):
            a_measure(**others)
    held = a_measure()
    assert measures.list_measures(OTHER) == measures.list_measures(BUREAU) == []
    with pytest.raises(Refused, match="not_found"):
        measures.finish_measure(OTHER, held.measure_id, FRIDAY, "mine now")


@BOTH
def test_reports_of_an_incident_are_a_chain(casework: str, set_day: Callable[[date], None]) -> None:
    """First, follow-up, final: every version stays, each with its day, and the next report's day."""
    first = incidents.report_incident(ANNA, DRAFT)
    assert (first.version_no, first.supersedes, first.report_due) == (1, 0, date(2026, 11, 19))
    assert (first.reported_on, first.next_due) == (FRIDAY, date(2026, 11, 27))
    set_day(date(2026, 11, 26))
    further = replace(DRAFT, kind="followup", course="pushing, one fell, nothing broken")
    second = incidents.follow_up(ANNA, first.incident_id, 1, further)
    with pytest.raises(Stale) as stale:
        incidents.follow_up(BEN, first.incident_id, 1, further)
    assert stale.value.current == second
    last = incidents.follow_up(ANNA, first.ref, 2, replace(DRAFT, kind="final", people_hurt=0))
    assert (last.supersedes, last.next_due, last.people_hurt) == (2, None, 0)
    assert incidents.list_versions(ANNA, first.incident_id) == [first, second, last]
    assert incidents.list_incidents(ANNA) == [last] == [incidents.find_incident(ANNA, first.ref)]
    assert incidents.list_incidents(OTHER) == incidents.list_incidents(BUREAU) == []


@pytest.mark.parametrize(
    "fault",
    [
        {"place": ""}, {"place": "x" * 201}, {"cause": " "}, {"course": "王小明同学推了人"},
        {"measures": "call 13812345678"},
        {"people_hurt": -1}, {"happened_on": date(2026, 11, 21)}, {"kind": "followup"}, {"case_id": "S1.c2026-0009"},
    ],
)  # fmt: skip
def test_a_report_with_a_fault_is_not_kept(casework: str, fault: dict[str, object]) -> None:
    with pytest.raises(Refused):
        incidents.report_incident(ANNA, replace(DRAFT, **fault))  # type: ignore[arg-type]
    assert incidents.list_incidents(ANNA) == []


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture that says where and when it was taken."""
    notes = Image.Exif()
    notes[0x010F], notes[0x9003], notes[0x0112] = "Maker", "2026:11:20 14:30:00", 6  # and lies on its side
    notes.get_ifd(0x8825)[2] = (40.0, 48.0, 0.0)  # latitude
    out = io.BytesIO()
    Image.effect_noise(size, 30).convert("RGB").save(out, kind, exif=notes, comment=b"pupil 7")
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_kept_picture_says_nothing_but_what_is_seen(casework: str, home: Path, kind: str) -> None:
    """No place, time, camera or comment; upright; kept by the hash of its content, for its owner only."""
    given = a_picture(kind)
    held = evidence.keep_evidence(ANNA, given, no_faces=True)
    data, media = evidence.read_evidence(BEN, held.evidence_id)
    with Image.open(io.BytesIO(data)) as kept:
        assert not kept.getexif() and not {"comment", "exif", "icc_profile", "xmp"} & set(kept.info)
        assert kept.size == (40, 60)  # turned as the note said, then the note is gone
    assert b"Maker" in given and b"Maker" not in data and media == held.media
    file = next((home / "casework" / "evidence" / "S1").iterdir())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stem == held.evidence_id
    assert evidence.keep_evidence(BEN, given, no_faces=True) == held


def test_a_picture_is_its_schools_alone(casework: str) -> None:
    held = evidence.keep_evidence(ANNA, a_picture(), no_faces=True)
    for viewer, name in (
        (OTHER, held.evidence_id),
        (BUREAU, held.evidence_id),
        (ANNA, "../../cookie.key"),
        (ANNA, "0" * 64),
    ):
        with pytest.raises(Refused, match="no_picture"):
            evidence.read_evidence(viewer, name)
    with pytest.raises(Refused, match="no_picture"):
        activities.add_activity(OTHER, "lesson", FRIDAY, "a lesson", 40, (held.evidence_id,))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "no_picture"), (b"MZ\x90\x00 a program", "no_picture"), (b"<svg onload=alert(1)>", "no_picture"),
        (b"GIF89a" + b"\0" * 50, "no_picture"), (b"\xff" * 10_000_001, "picture_large"),
    ],
)  # fmt: skip
def test_what_is_no_picture_or_too_large_is_not_kept(casework: str, home: Path, data: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code):
        evidence.keep_evidence(ANNA, data, no_faces=True)
    assert not (home / "casework" / "evidence").exists()


def test_a_small_file_of_giant_size_is_refused_before_it_is_drawn(casework: str) -> None:
    out = io.BytesIO()
    Image.new("1", (10_000, 9_500)).save(out, "PNG")
    assert len(out.getvalue()) < 200_000
    with pytest.raises(Refused, match="picture_large"):
        evidence.keep_evidence(ANNA, out.getvalue(), no_faces=True)


def test_faces_are_confirmed_away_first_and_a_changed_file_is_not_shown(casework: str, home: Path) -> None:
    with pytest.raises(Refused, match="faces"):
        evidence.keep_evidence(ANNA, a_picture(), no_faces=False)
    held = evidence.keep_evidence(ANNA, a_picture(), no_faces=True)
    next((home / "casework" / "evidence" / "S1").iterdir()).write_bytes(a_picture())
    with pytest.raises(CaseworkGone, match="damaged"):
        evidence.read_evidence(ANNA, held.evidence_id)


def test_activities_are_listed_by_day_with_their_pictures(casework: str) -> None:
    picture = evidence.keep_evidence(ANNA, a_picture(), no_faces=True).evidence_id
    lesson = activities.add_activity(ANNA, "lesson", date(2026, 10, 8), "how to ask for help", 320, (picture,))
    check = activities.add_activity(BEN, "check", FRIDAY, "knives: none found", 0)
    assert activities.list_activities(ANNA) == [check, lesson] and lesson.evidence == (picture,)
    assert activities.list_activities(ANNA, since=date(2026, 11, 1)) == [check]
    assert activities.list_activities(ANNA, until=date(2026, 10, 8)) == [lesson]
    assert activities.list_activities(OTHER) == []
    with pytest.raises(Refused, match="no_kind"):
        activities.add_activity(ANNA, "party", FRIDAY, "cake", 30)


def test_the_committee_shows_its_empty_seats_by_school_level(casework: str) -> None:
    """A pupil on it is counted, never named; a senior school needs one, a primary school does not."""
    for role in ("head", "legal_deputy", "teacher", "community", "parent", "expert"):
        roster.add_member(ANNA, role, "王老师", date(2026, 9, 1))
    sitting = roster.list_members(ANNA, FRIDAY)
    assert [seat.code for seat in roster.missing_seats(sitting, "junior")] == ["youth_leader"]
    assert [seat.code for seat in roster.missing_seats(sitting, "senior")] == ["student"]
    with pytest.raises(Refused, match="student_named"):
        roster.add_member(ANNA, "student", "李四", FRIDAY)
    roster.add_member(ANNA, "student", "", FRIDAY)
    roster.end_member(ANNA, sitting[0].member_id, date(2026, 11, 1))
    seats = roster.missing_seats(roster.list_members(ANNA, FRIDAY), "senior")
    assert [seat.code for seat in seats] == ["head"] and len(roster.list_members(ANNA)) == 7
    assert roster.list_members(OTHER) == []


def test_a_new_standing_deputy_ends_the_one_before(casework: str) -> None:
    first = deputies.set_deputy(ANNA, "ben", "Ben", "0471-1234567", date(2026, 9, 1))
    second = deputies.set_deputy(ANNA, "cora", "Cora", "", FRIDAY)
    absence = deputies.set_deputy(ANNA, "ben", "Ben", "", FRIDAY, date(2026, 11, 27))
    assert deputies.list_deputies(ANNA) == [absence, second, replace(first, until=FRIDAY)]
    assert (second.standing, absence.standing) == (True, False)
    deputies.end_deputy(ANNA, absence.deputy_id, FRIDAY)
    assert deputies.list_deputies(ANNA)[0].until == FRIDAY and deputies.list_deputies(OTHER) == []
    for name, phone, until in (("李四同学", "", None), ("Ben", "=1+1", None), ("Ben", "", date(2026, 11, 1))):
        with pytest.raises(Refused):
            deputies.set_deputy(ANNA, "ben", name, phone, FRIDAY, until)
