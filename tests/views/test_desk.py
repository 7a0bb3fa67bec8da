"""The counselor's desk, run by Streamlit's own test runner: from the list of today to a decision that stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dashboard_cities import Work
from markupsafe import escape
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest
from views.test_pages import html_of, page

from dashboard.casework import clocks, signs, store
from dashboard.casework.history import list_steps
from dashboard.casework.sync import sync_signs
from dashboard.casework.tables import sign
from dashboard.casework.values import Sign
from dashboard.render import _environment
from dashboard.site import PAGES
from dashboard.viewer import Viewer
from dashboard.words import say

LIN = Viewer("lin", "counselor", "S03")
ZHAO = Viewer("zhao", "counselor", "S01")
URGENT = "2026-1.class.S03_704"


@pytest.fixture
def school(begin_work: Callable[[Work], None], home: Path) -> Path:
    """The made-up city, its signs taken over as tasks."""
    begin_work(sync_signs)
    return home


def desk(address: str, scope: str = "S03", language: str = "zh_CN", name: str = "lin", **asked: str) -> AppTest:
    """A page of the counselor's, with what its address asks for."""
    arguments = {"role": "counselor", "scope": scope, "language": language, "address": address}
    app = AppTest.from_function(page, kwargs=arguments, default_timeout=60)
    for key, value in asked.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def add_signs(*rows: dict[str, Any]) -> None:
    """Signs straight into the store, as a run of the timer would put them there."""
    row = {"school_id": "S03", "release": "2026-1.1", "wave": "2026-1", "unit_kind": "class", "status": "new"}
    row |= {"rule_id": "seen_not_told", "level": "watch", "kind": "first_signs"}
    row |= {"noticed_on": date(2026, 3, 2), "due_on": date(2026, 3, 4)}
    with store.writing(LIN) as connection:
        connection.execute(insert(sign), [row | values for values in rows])


def press(app: AppTest, label: str) -> str:
    next(button for button in app.button if button.label == say("zh_CN", label)).click().run()
    assert not app.exception, app.exception
    return html_of(app)


def held(sign_id: str = URGENT, viewer: Viewer = LIN) -> Sign:
    found = signs.find_sign(viewer, sign_id)
    assert found is not None
    return found


def fill_check(app: AppTest, reason: str, result: str = "acted") -> None:
    app.radio(key=f"check_result_{URGENT}").set_value(result)
    app.text_area(key=f"check_reason_{URGENT}").input(reason)


def test_today_lists_what_waits_by_level(school: Path) -> None:
    html = html_of(desk("today"))
    order = [html.index(name) for name in ("七年级（4）班", "九年级（1）班", "八年级（2）班", "八年级（4）班")]
    assert order == sorted(order), "urgent, warning, watch, no conclusion"
    assert "还没有人接手" in html and "signs?sign=2026-1.class.S03_704" in html


def test_today_is_calm_where_nothing_waits(school: Path) -> None:
    """S04 has no sign: calm words, and never that all is well."""
    html = html_of(desk("today", scope="S04"))
    assert say("zh_CN", "today.calm") in html and "不等于没有人受欺凌" in html


def test_a_sign_stands_in_its_fixed_order(school: Path) -> None:
    html = html_of(desk("signs", sign=URGENT))
    keys = ("signs.why", "signs.sure", "signs.not_said", "signs.rule", "signs.steps", "signs.donts", "sign.history")
    order = [html.index(f"<h2>{say('zh_CN', key)}</h2>") for key in keys]
    assert order == sorted(order)
    assert "12 人及以上" in html and say("zh_CN", "sign.house") in html and "没法查" in html, (
        "credibility, part by part"
    )


@pytest.mark.parametrize(
    ("share", "said", "unsaid"),
    [
        (None, "chance_unknown", "mostly_not"),
        (0.0, "chance_rare", "chance_unknown"),
        (0.25, "mostly_not", "chance_rare"),
    ],
)
def test_a_sign_that_is_mostly_wrong_says_so(share: float | None, said: str, unsaid: str) -> None:
    """Told and worse is right once in eighty: "about 0 of ten" reads like a fault, and no word like "never mind"."""
    module = _environment().get_template("parts.html").module
    html = module.chance(partial(say, "en"), share)  # type: ignore[attr-defined]
    assert escape(say("en", f"signs.{said}")) in html and escape(say("en", f"signs.{unsaid}")) not in html


def test_another_schools_sign_reads_as_an_unknown_one(school: Path) -> None:
    """Else the address would tell which signs another school has."""
    theirs = held("2026-1.class.S01_501", ZHAO)
    other, unknown = (html_of(desk("signs", sign=chosen)) for chosen in (theirs.sign_id, "2026-1.class.S01_999"))
    assert other == unknown and say("zh_CN", "sign.missing") in other
    for chosen in ("", "../x", "<script>alert(1)</script>", "x" * 5000, "=1+1"):
        assert "<script>" not in html_of(desk("signs", sign=chosen))


@pytest.mark.parametrize("asked", ["case", "incident"])
def test_another_schools_record_reads_as_an_unknown_one(school: Path, asked: str) -> None:
    from dashboard.casework.cases import open_case

    theirs = open_case(ZHAO, "午休时几名学生发生冲突，启动调查。")
    answers = {html_of(desk("records", **{asked: chosen})) for chosen in (theirs.ref, theirs.case_id, "2026-9999")}
    assert len(answers) == 1 and say("zh_CN", "records.missing") in answers.pop()


def test_reading_is_noted_once_and_in_the_log(school: Path) -> None:
    from dashboard.accesslog import read_entries

    assert held().read_on is None
    app = desk("signs", sign=URGENT)
    app.run()
    assert held().read_on is not None
    assert [step.action for step in list_steps(LIN, "sign", URGENT)] == ["notice", "read"]
    assert sum(entry.action == "open" for entry in read_entries()) == 1
    assert not any(URGENT in entry.about for entry in read_entries()), "the auditor learns no class"


def test_taking_it_makes_it_mine(school: Path) -> None:
    app = desk("signs", sign=URGENT)
    assert say("zh_CN", "today.mine") in press(app, "do.take")
    assert held().owner == "lin"


def test_a_check_with_measures_moves_the_sign_and_keeps_the_reason(school: Path) -> None:
    app = desk("signs", sign=URGENT)
    fill_check(app, "课间去看了三次 =1+1 <b>值守</b>")
    html = press(app, "do.check")
    assert (held().status, held().outcome) == ("measures", "founded")
    assert "&lt;b&gt;值守" in html and "<b>值守" not in html, "shown as text, whatever it holds"
    assert say("zh_CN", "sign.saved") in html


def test_a_case_starts_its_clock_and_only_then(school: Path) -> None:
    from dashboard.casework.cases import list_cases

    app = desk("signs", sign=URGENT)
    fill_check(app, "了解到具体事情，启动调查。", "inquiry")
    press(app, "do.check")
    (case,) = list_cases(LIN)
    assert held().status == "case" and (case.inquiry_due - case.opened_on).days == 10
    assert f"{case.ref}：调查应在" in html_of(desk("today"))
    html = html_of(desk("records", case=case.ref))
    assert "10 日内完成" in html and say("zh_CN", "clock.unchecked") in html


@pytest.mark.parametrize("reason", ["", "   ", "给家长打电话 13912345678"])
def test_no_reason_or_a_telephone_number_is_refused_and_the_words_stay(school: Path, reason: str) -> None:
    app = desk("signs", sign=URGENT)
    fill_check(app, reason)
    html = press(app, "do.check")
    assert held().status == "new"
    assert say("zh_CN", "refused.looks_like_phone" if reason.strip() else "refused.needed") in html
    assert app.text_area(key=f"check_reason_{URGENT}").value == reason


def test_two_counselors_edit_one_sign_and_nobodys_words_are_lost(school: Path) -> None:
    """The second is told and shown the sign as it is now; the words stand until pressed again, knowingly."""
    mine = desk("signs", sign=URGENT)
    signs.finish_check(Viewer("wei", "counselor", "S03"), URGENT, held().version, "unclear", "先和班主任谈了。")
    mine.text_area(key=f"check_reason_{URGENT}").input("我在三楼看了两个课间。")
    mine.radio(key=f"check_result_{URGENT}").set_value("unfound")
    html = press(mine, "do.check")
    assert held().outcome == "unclear", "the first word stands"
    assert "先和班主任谈了" in html
    assert "我在三楼看了两个课间" in html + "".join(area.value or "" for area in mine.text_area)


def test_a_version_that_was_not_seen_is_stale(school: Path) -> None:
    """The same form for both: without the seen version the second would overwrite the first unread."""
    app = desk("signs", sign=URGENT)
    signs.hand_over(Viewer("wei", "counselor", "S03"), URGENT, held().version, "wei", "我来跟进。")
    fill_check(app, "看了两个课间。")
    html = press(app, "do.check")
    assert say("zh_CN", "sign.stale") in html and held().status == "new"
    assert app.text_area(key=f"check_reason_{URGENT}").value == "看了两个课间。"
    press(app, "do.check")
    assert held().status == "measures", "pressed again, having seen it"


def test_a_store_that_is_gone_leaves_the_words_in_their_form(school: Path) -> None:
    app = desk("signs", sign=URGENT)
    fill_check(app, "看了两个课间。")
    folder = school / "casework"
    folder.rename(school / "away")
    folder.write_bytes(b"")
    store.forget()
    html = press(app, "do.check")
    assert say("zh_CN", "gone.title") in html
    assert app.text_area(key=f"check_reason_{URGENT}").value == "看了两个课间。"
    folder.unlink()
    (school / "away").rename(folder)
    store.forget()
    press(app, "do.check")
    assert held().status == "measures"


@pytest.mark.parametrize("address", ["today", "measures", "records"])
def test_no_store_is_a_kind_word_and_no_exception(show_city: Callable[[str], None], home: Path, address: str) -> None:
    show_city("demo")
    (home / "casework" / "casework.sqlite").mkdir(parents=True)  # the accounts beside it are still there
    store.forget()
    assert say("zh_CN", "gone.title") in html_of(desk(address))


def test_ten_thousand_signs_are_paged(school: Path) -> None:
    add_signs(*({"sign_id": f"w{n}", "unit_id": f"U{n}"} for n in range(10_000)))
    app = desk("today")
    html = html_of(app)
    assert html.count("data-go") <= 4 * 20 and "10004 条线索在等" in html and "第 1 页，共 501 页" in html
    assert "第 2 页" in press(app, "today.forth")


def test_patrol_is_looked_up_and_says_where_it_ends(school: Path) -> None:
    app = desk("patrol")
    html = html_of(app)
    assert "16–24%" in html and "东操场" not in html.split("<tbody>")[0]
    slots = app.segmented_control(key="patrol_slots")
    assert slots.options == ["1", "2", "3", "4"], "no more times to choose than the release has a sheet for"
    slots.set_value(4).run()
    html = html_of(app)
    assert html.count("<tr") == 1 + 8


def test_an_older_release_has_no_patrol_sheet_and_says_so(home: Path) -> None:
    import duckdb
    from published_city import write_release

    folder = write_release(home, audiences=["school_S03"])
    connection = duckdb.connect(str(folder / "school_S03.duckdb"))
    for table in ("patrol", "credibility", "gap"):
        connection.execute(f"DROP TABLE pub_school_wave_{table}")
    connection.execute("DROP TABLE pub_class_wave_credibility")
    connection.close()
    assert say("zh_CN", "patrol.none_old") in html_of(desk("patrol"))
    store.forget()
    add_signs({"sign_id": URGENT, "unit_id": "S03_704"})
    assert say("zh_CN", "sign.letter_none") in html_of(desk("signs", sign=URGENT))


@pytest.mark.parametrize("school_id", ["S07", "S08"])
def test_a_small_school_has_the_whole_desk(school: Path, school_id: str) -> None:
    for address in PAGES["counselor"]:
        html = html_of(desk(address, scope=school_id))
        assert html.strip() and "None" not in html
    if school_id == "S07":
        assert say("zh_CN", "patrol.any_time") in html_of(desk("patrol", scope=school_id))


def test_a_measure_without_a_target_is_refused_and_with_one_waits_for_the_next_survey(school: Path) -> None:
    from dashboard.casework.measures import list_measures

    app = desk("measures")
    app.text_area(key="measure_new_what").input("课间在三楼厕所外安排一位老师")
    app.text_input(key="measure_new_by").input("分管校长")
    html = press(app, "do.measure")
    (measure,) = list_measures(LIN)
    assert (measure.moves_kind, measure.indicator, measure.wave) == ("place", "happens", "2026-1")
    assert "课间在三楼厕所外安排一位老师" in html and "还没有出结果" in html


def test_a_measure_past_its_day_stands_in_todays_list(school: Path) -> None:
    """One whose day is still to come, and one that set none, do not: the list is of what waits."""
    from dashboard.casework.measures import add_measure

    asked = ("place", "yard", "happens", "2025-2", "校长", date(2025, 10, 1))
    late = say("zh_CN", "measure.late", day="2025-11-03")
    add_measure(LIN, "没有期限", *asked)
    add_measure(LIN, "还有很久", *asked, due_on=date(2099, 1, 1))
    assert "/measures" not in html_of(desk("today")) and late not in html_of(desk("measures"))
    add_measure(LIN, "厕所修灯", *asked, due_on=date(2025, 11, 3))
    html = html_of(desk("today"))
    assert html.count('href="/measures"') == 1 and "应在 2025 年 11 月 3 日前完成" in html
    html = html_of(desk("measures"))
    assert late in html and say("zh_CN", "measure.due_on", day="2099-01-01") in html


def test_the_form_of_a_measure_keeps_the_day_it_is_due(school: Path) -> None:
    from dashboard.casework.measures import list_measures

    app = desk("measures")
    app.text_area(key="measure_new_what").input("厕所修灯")
    app.text_input(key="measure_new_by").input("分管校长")
    today = clocks.today()
    app.date_input(key="measure_new_due").set_value(today - timedelta(days=1))
    assert say("zh_CN", "refused.due_early") in press(app, "do.measure") and not list_measures(LIN)
    app.date_input(key="measure_new_due").set_value(today + timedelta(days=30))
    press(app, "do.measure")
    assert [one.due_on for one in list_measures(LIN)] == [today + timedelta(days=30)]
    assert app.date_input(key="measure_new_due").value is None, "the next measure would be due on the same day"
    assert app.text_area(key="measure_new_what").value == ""


def test_looking_back_says_rose_stayed_or_fell_and_never_good(school: Path) -> None:
    from dashboard.casework.measures import add_measure

    add_measure(LIN, "加派值守", "place", "yard", "happens", "2025-2", "校长", date(2025, 10, 1))
    html = html_of(desk("measures"))
    assert any(say("zh_CN", f"turn.{turn}") in html for turn in ("rose", "stayed", "fell", "cannot_tell"))
    assert "2026 年春季调查" in html


def test_an_incident_goes_on_as_a_chain(school: Path) -> None:
    from dashboard.casework.incidents import list_incidents, list_versions

    app = desk("records")
    app.segmented_control(key="records_section").set_value("incidents").run()
    app.text_input(key="incident_new_place").input("操场")
    for field in ("cause", "course", "measures"):
        app.text_area(key=f"incident_new_{field}").input(f"{field}：几名学生发生冲突")
    press(app, "incident.send")
    (report,) = list_incidents(LIN)
    app = desk("records", incident=report.ref)
    assert app.text_area(key=f"incident_{report.ref}_cause").value == "cause：几名学生发生冲突"
    app.radio(key=f"incident_{report.ref}_kind").set_value("final")
    press(app, "incident.send")
    assert [version.kind for version in list_versions(LIN, report.ref)] == ["first", "final"]


def test_activities_and_the_committee_are_written_down(school: Path) -> None:
    app = desk("records")
    app.segmented_control(key="records_section").set_value("activities").run()
    app.text_area(key="activity_what").input("全校专题课 " + "长" * 3000)
    assert "长长长" in press(app, "do.save") and "1 次" in html_of(app)
    app.segmented_control(key="records_section").set_value("roster").run()
    app.text_input(key="member_name").input("<i>周校长</i>")
    html = press(app, "do.save")
    assert "&lt;i&gt;周校长" in html and "还缺" in html
