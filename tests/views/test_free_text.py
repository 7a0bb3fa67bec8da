"""What people of a school type stays in the school: planted in every field, looked for wherever others can look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from dashboard_cities import Work
from published_city import SCHOOLS
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner
from views.test_pages import html_of, page

from dashboard import accesslog
from dashboard.casework import activities, cases, clocks, deputies, incidents, measures, signs, store, tables
from dashboard.casework.scope import CLOCK
from dashboard.casework.sync import sync_signs
from dashboard.casework.values import IncidentDraft
from dashboard.exports import NotForYou
from dashboard.reports.build import KINDS, about_of, build_report
from dashboard.site import PAGES
from dashboard.viewer import Viewer
from dashboard.words import say
from pipelines.cli import app as anxin

LIN = Viewer("lin", "counselor", "S03")
TOKEN = "zqxvornol"
PLANTED = f"七年级（4）班 {TOKEN}"
LOOKERS = (
    Viewer("bea", "bureau", ""),
    Viewer("dan", "district", "D1"),
    Viewer("dora", "district", "D2"),
    Viewer("zhao", "counselor", "S01"),
    Viewer("lea", "lead", "S03"),
    Viewer("olga", "office", "S03"),
    Viewer("aud", "auditor", ""),
    Viewer("op", "operator", ""),
)
VIEWS = [(viewer, address) for viewer in LOOKERS for address in PAGES[viewer.role] if address != "help"]
DAY = date(2026, 5, 20)
AS_OF = date(2099, 1, 1)  # what casework notes, it notes at the moment that it is


@pytest.fixture
def planted(begin_work: Callable[[Work], None], home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """School S03 has typed a class and a rare word into every field that takes words."""
    monkeypatch.setattr(clocks, "today", lambda: DAY)
    begin_work(type_everywhere)
    return home


def type_everywhere() -> None:
    sync_signs()
    first, other, *_ = signs.list_signs(LIN)
    one = signs.finish_check(LIN, first.sign_id, first.version, "founded", PLANTED)
    signs.add_remark(LIN, one.sign_id, PLANTED)
    signs.tell_parents(LIN, one.sign_id, DAY, PLANTED[:40], PLANTED)
    one = signs.hand_over(LIN, one.sign_id, one.version, TOKEN, PLANTED)
    done = signs.finish_check(LIN, other.sign_id, other.version, "unfounded", PLANTED)
    done = signs.move_sign(LIN, done.sign_id, done.version, "watched", PLANTED)
    done = signs.move_sign(LIN, done.sign_id, done.version, "closed", PLANTED)
    signs.reopen_sign(LIN, done.sign_id, done.version, PLANTED)
    case = cases.open_case(LIN, PLANTED, one.sign_id, one.version, DAY)
    cases.add_remark(LIN, case.case_id, PLANTED)
    cases.tell_parents(LIN, case.case_id, DAY, PLANTED[:40], PLANTED)
    case = cases.judge_case(LIN, case.case_id, case.version, "bullying", "minor", PLANTED)
    case = cases.ask_review(LIN, case.case_id, case.version, DAY, PLANTED)
    case = cases.answer_review(LIN, case.case_id, case.version, DAY, PLANTED)
    cases.close_case(LIN, case.case_id, case.version, PLANTED)
    draft = IncidentDraft(DAY, PLANTED, PLANTED, PLANTED, 1, 2, 3, PLANTED, case_id=case.case_id)
    report = incidents.report_incident(LIN, draft)
    incidents.follow_up(LIN, report.incident_id, 1, replace(draft, kind="followup"))
    for kind, aim, of in (("place", "yard", "happens"), ("class", "S03_704", "frequent"), ("school", "S03", "witness")):
        due = DAY - timedelta(days=1)
        asked = (PLANTED, kind, aim, of, "2025-2", PLANTED[:40], DAY - timedelta(days=9))
        measures.add_measure(LIN, *asked, sign_id=one.sign_id, due_on=due)
        held = measures.add_measure(LIN, *asked)
        measures.finish_measure(LIN, held.measure_id, DAY, PLANTED)
    activities.add_activity(LIN, "lesson", DAY, PLANTED, 40)
    deputies.set_deputy(LIN, TOKEN, PLANTED[:40], "", DAY)


def text_of(app: AppTest) -> str:
    """Everything that reached the browser: our HTML, fields with their values, charts with their words."""
    return "\n".join(str(node.proto) for node in app._tree if getattr(node, "proto", None) is not None)


def look(viewer: Viewer, address: str, **asked: str) -> AppTest:
    arguments = {"role": viewer.role, "scope": viewer.scope, "language": "zh_CN", "address": address}
    app = AppTest.from_function(page, kwargs=arguments, default_timeout=60)
    for key, value in asked.items():
        app.query_params[key] = value
    return app.run()


def test_every_free_text_is_planted(planted: Path) -> None:
    """A text column that the plant forgot would make the search below say nothing of it."""
    fields = {("sign", "owner"), ("deputy", "account"), ("deputy", "name"), ("activity", "what"), ("measure", "what")}
    fields |= {("measure", "decided_by"), ("step", "text"), ("step", "role")}
    fields |= {("incident", name) for name in ("place", "cause", "course", "measures")}
    with store.reading(CLOCK) as connection:
        for table, column in sorted(fields):
            held = connection.execute(tables.METADATA.tables[table].select()).mappings()
            assert any(TOKEN in (row[column] or "") for row in held), (table, column)
        actions = connection.execute(tables.step.select().where(tables.step.c.text.contains(TOKEN))).mappings()
        spoken = {(row["subject"], row["action"]) for row in actions}
    assert len(spoken) >= 15, spoken


def test_control_the_school_itself_reads_its_words(planted: Path) -> None:
    """Else the search looks in the wrong place."""
    assert TOKEN in text_of(look(LIN, "measures"))
    assert TOKEN in repr(build_report("term", LIN, "zh_CN", {}, AS_OF))


def test_no_view_of_others_shows_a_word_of_it(planted: Path) -> None:
    for viewer, address in VIEWS:
        app = look(viewer, address)
        assert not app.exception and html_of(app).strip(), (viewer.role, address)
        assert TOKEN not in text_of(app), (viewer.role, address)
    for section in ("six", "seven"):
        app = look(LOOKERS[0], "actions")
        assert TOKEN not in text_of(app.segmented_control(key="actions_section").set_value(section).run())


def test_a_school_that_is_opened_for_a_reason_shows_no_word_of_it(planted: Path) -> None:
    """The page of one school is as near as a bureau comes."""
    for viewer in LOOKERS[:2]:
        app = look(viewer, "schools", school="S03")
        app.text_input(key="school_reason_text").input("年度督导前了解情况")
        next(button for button in app.button).click().run()
        assert SCHOOLS["S03"][2] in html_of(app) and say("zh_CN", "one_school.indicators") in html_of(app)
        assert TOKEN not in text_of(app)


@pytest.mark.parametrize("kind", KINDS)
def test_no_report_of_others_prints_a_word_of_it(planted: Path, kind: str) -> None:
    made = 0
    for viewer in LOOKERS:
        asked = {"case": "2026-0001", "incident": "2026-0001", "n": "3", "seed": "7", "people": "2", "slots": "2"}
        try:
            report = build_report(kind, viewer, "zh_CN", asked, AS_OF)
        except NotForYou:
            continue
        made += 1
        assert TOKEN not in repr(report), (kind, viewer.role)
    assert bool(made) == (kind not in ("case", "incident", "followup"))


def test_what_a_school_hands_up_has_no_word_of_it(planted: Path) -> None:
    """The annual report goes to the bureau; the term's says that it doesn't."""
    assert TOKEN not in repr(build_report("annual", LIN, "zh_CN", {}, AS_OF))
    assert say("zh_CN", "paper.school_only") in repr(build_report("term", LIN, "zh_CN", {}, AS_OF))


def test_no_export_notice_or_entry_of_the_log_holds_a_word_of_it(planted: Path) -> None:
    """Counts for the line, a line for the bureau's channel, and what an auditor reads."""
    for arguments in (["export", str(planted / "c.csv")], ["sync", "--notices", str(planted / "n.txt")]):
        assert CliRunner().invoke(anxin, ["casework", *arguments]).exit_code == 0
    assert len((planted / "c.csv").read_text(encoding="utf-8").splitlines()) > 5
    for file in ("c.csv", "n.txt"):
        assert TOKEN not in (planted / file).read_text(encoding="utf-8")
    for address in PAGES["counselor"]:
        look(LIN, address, sign=TOKEN, case=TOKEN, incident=TOKEN)
    entries = accesslog.read_entries()
    assert entries and not [one for one in entries if TOKEN in one.about + one.reason]
    for kind in KINDS:
        foreign = {"case": "2026-0001", "year": "2026", "class": TOKEN, "people": TOKEN, "school": TOKEN}
        assert TOKEN not in about_of(kind, LIN, foreign)
