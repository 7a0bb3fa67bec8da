"""The bureau's table, run by Streamlit's own test runner: compare, act, inspect, open one school for a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from dashboard_cities import Work
from published_city import SCHOOLS, write_release
from streamlit.testing.v1 import AppTest
from views.test_pages import html_of, page

from dashboard import accesslog
from dashboard.casework import activities, cases, clocks, measures, roster, signs, store
from dashboard.casework.sync import sync_signs
from dashboard.viewer import Viewer
from dashboard.words import say

LIN = Viewer("lin", "counselor", "S03")
CLASS = re.compile("[一二三四五六七八九十]年级（[0-9]+）班")
SECRETS = (
    "课间去看了三次",
    "午休时发生冲突",
    "三楼厕所外安排一位老师",
    "专题课用了案例",
    "周校长",
    "2026-1.class",
    "2026-0001",
)
REASON = "年度督导前了解情况"


@pytest.fixture
def city(begin_work: Callable[[Work], None], home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The made-up city in its last wave's term; S03 has checked a sign and written down what it did."""
    monkeypatch.setattr(clocks, "today", lambda: date(2026, 5, 20))
    begin_work(write_casework)
    return home


def write_casework() -> None:
    sync_signs()
    one = next(sign for sign in signs.list_signs(LIN) if sign.level == "urgent")
    signs.finish_check(LIN, one.sign_id, one.version, "founded", SECRETS[0])
    cases.open_case(LIN, SECRETS[1])
    measures.add_measure(LIN, SECRETS[2], "place", "yard", "happens", "2025-2", "校长", date(2025, 10, 1))
    activities.add_activity(LIN, "lesson", date(2026, 5, 6), SECRETS[3], 40)
    roster.add_member(LIN, "head", SECRETS[4], date(2025, 9, 1))


def table(address: str, role: str = "bureau", language: str = "zh_CN", **asked: str) -> AppTest:
    """A page of the bureau's or of district D2's, with what its address asks for."""
    scope = "D2" if role == "district" else ""
    arguments = {"role": role, "scope": scope, "language": language, "address": address}
    app = AppTest.from_function(page, kwargs=arguments, default_timeout=60)
    for key, value in asked.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def press(app: AppTest, label: str, language: str = "zh_CN") -> str:
    next(button for button in app.button if button.label == say(language, label)).click().run()
    assert not app.exception, app.exception
    return html_of(app)


def open_school(school: str, role: str = "bureau", language: str = "zh_CN") -> str:
    app = table("schools", role, language, school=school)
    app.text_input(key="school_reason_text").input(REASON)
    return press(app, "one_school.open", language)


def every_page(role: str, school: str) -> str:
    """All HTML that a bureau or district can be shown, but for the coverage board, which names missed classes."""
    acted = table("actions", role)
    sections = [html_of(acted)]
    for section in ("six", "seven"):
        acted.segmented_control(key="actions_section").set_value(section).run()
        sections.append(html_of(acted))
    drawn = table("inspection", role)
    return "\n".join(
        [*sections, press(drawn, "inspection.draw"), open_school(school, role), html_of(table("schools", role))]
    )


@pytest.mark.parametrize(("role", "school"), [("bureau", "S03"), ("district", "S09")])
def test_no_class_no_text_no_name_and_no_sign(city: Path, role: str, school: str) -> None:
    """Casework reaches the bureau as counts and clocks: a class or a counselor's words would be a leak."""
    html = every_page(role, school)
    assert not CLASS.findall(html) and not [word for word in SECRETS if word in html]
    assert "S03_7" not in html and "lin" not in re.sub(r"<[^>]+>", "", html)


def test_a_district_sees_its_own_schools_only(city: Path) -> None:
    html = every_page("district", "S09")
    assert not [held[2] for held in SCHOOLS.values() if held[0] != "D2" and held[2] in html]
    assert all(held[2] in html for held in SCHOOLS.values() if held[0] == "D2")


def test_another_districts_school_reads_like_one_that_is_not_there(city: Path) -> None:
    """Else an address would tell which schools another district has."""
    answers = {
        html_of(table("schools", "district", school=asked)) for asked in ("S03", "S99", "../x", "<b>", "x" * 3000)
    }
    assert len(answers) == 1 and say("zh_CN", "one_school.missing") in answers.pop()


def test_one_school_is_opened_for_a_reason_that_the_auditor_reads(city: Path) -> None:
    app = table("schools", school="S03")
    assert say("zh_CN", "one_school.indicators") not in html_of(app)
    for words, said in (("", "refused.needed"), ("给 13912345678 打过电话", "refused.looks_like_phone")):
        app.text_input(key="school_reason_text").input(words)
        html = press(app, "one_school.open")
        assert say("zh_CN", said) in html and say("zh_CN", "one_school.indicators") not in html
    html = open_school("S03")
    assert say("zh_CN", "one_school.indicators") in html and say("zh_CN", "bureau.creed") in html
    (entry,) = [entry for entry in accesslog.read_entries() if entry.action == "school"]
    assert (entry.about.split(" ")[0], entry.reason) == ("S03", REASON)


def test_the_board_counts_what_was_done(city: Path) -> None:
    html = html_of(table("actions"))
    row = next(line for line in html.split("<tr>") if "第七中学" in line)
    text = re.sub(r"<[^>]+>", " ", row)
    for words in ("按期 1，超期 0", "1 次", "席位不齐", "1 项，做完 0 项", "已回头看 1 项"):
        assert words in text, words
    names = re.findall(r"data-go>([^<]+)</a>", html)
    assert len(names) == len(SCHOOLS) and names[0] == "安定民族中学", "pinyin order of names"


def test_the_seven_fields_tell_undone_from_unrecorded(city: Path) -> None:
    app = table("actions")
    app.segmented_control(key="actions_section").set_value("seven").run()
    rows = {line.split("</th>")[0]: line for line in html_of(app).split('<tr><th scope="row">')[1:]}
    assert rows["第七中学"].count("未做") == 2, "its log is kept and holds neither a check nor a duty roster"
    assert "未做" not in rows["北关小学"] and "没有记录" in rows["北关小学"], "nothing written is not nothing done"


def test_the_draw_is_logged_and_anybody_can_draw_it_again(city: Path) -> None:
    lists = []
    for _ in range(2):
        app = table("inspection")
        app.number_input(key="inspection_n").set_value(4)
        app.number_input(key="inspection_seed").set_value(77)
        lists.append(re.findall(r'scope="row">([^<]+)<', press(app, "inspection.draw")))
    assert lists[0] == lists[1] and len(lists[0]) == 4
    position = [name for name in re.findall(r"data-go>([^<]+)</a>", html_of(table("actions"))) if name in lists[0]]
    assert lists[0] == position, "in order of names"
    entries = [entry.about for entry in accesslog.read_entries() if entry.action == "draw"]
    assert entries == ["inspection · 2026-1.1 · n 4 · seed 77"] * 2


def test_what_can_be_told_apart_is_said_in_words(city: Path) -> None:
    app = table("schools")
    html = html_of(app)
    row = next(line for line in html.split("<tr>") if "第七中学" in line)
    assert say("zh_CN", "place_in.above_998") in row and say("zh_CN", "gap_witness.more") in row
    assert say("zh_CN", "place_in.inside") in html and "ax-chart" in html
    assert "未比较" in next(line for line in html.split("<tr>") if "柳树坪教学点" in line)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_one_school_in_both_languages(city: Path, language: str) -> None:
    for school in ("S03", "S08"):
        html = open_school(school, language=language)
        assert "None" not in html and say(language, "board.six") in html


def test_an_earlier_wave_can_be_looked_at_on_the_coverage_board(city: Path) -> None:
    app = table("coverage")
    app.selectbox(key="coverage_wave").select("2025 年春季").run()
    assert not app.exception and "第七中学" in html_of(app)


def test_no_casework_is_a_kind_word_and_no_exception(show_city: Callable[[str], None], home: Path) -> None:
    show_city("demo")
    (home / "casework" / "casework.sqlite").mkdir(parents=True)  # the accounts beside it are still there
    store.forget()
    assert say("zh_CN", "gone.title") in html_of(table("actions"))
    assert say("zh_CN", "gone.title") in press(table("inspection"), "inspection.draw")


def test_an_older_release_works_and_another_way_of_asking_breaks_the_trend(home: Path) -> None:
    """Without the tables of later versions pages say less; waves that were asked otherwise are not set beside these."""
    folder = write_release(home, audiences=["bureau"])
    connection = duckdb.connect(str(folder / "bureau.duckdb"))
    for name in ("school_wave_comparison", "school_wave_gap", "school_wave_credibility", "city_wave_scale"):
        connection.execute(f"DROP TABLE pub_{name}")
    connection.execute("UPDATE pub_wave SET comparable = false WHERE wave = '2026-1'")
    connection.close()
    store.forget()
    for address in ("schools", "actions", "coverage"):
        assert "第七中学" in html_of(table(address))
    assert say("zh_CN", "funnel.none") in html_of(table("schools"))
    html = html_of(table("districts"))
    assert say("zh_CN", "bureau.asked_otherwise", n=2) in html and "2025 年秋季" not in html
    assert say("zh_CN", "scale.title") not in html
    assert "第七中学" in open_school("S03")


def test_the_bureau_reads_how_well_the_scales_measure_and_a_district_does_not(city: Path) -> None:
    html = html_of(table("districts"))
    assert say("zh_CN", "scale.title") in html and "2 题里 1 题有偏差" in html
    assert say("zh_CN", "scale.title") not in html_of(table("districts", "district"))
