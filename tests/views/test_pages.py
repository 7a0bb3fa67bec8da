"""Every page of every role, run by Streamlit's own test runner, in each state a release can be in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from markupsafe import escape
from published_city import SCHOOLS
from streamlit.testing.v1 import AppTest

from dashboard import accesslog
from dashboard.desk import Desk
from dashboard.reading.advice import build_advice
from dashboard.settings import REFERENCE
from dashboard.site import PAGES
from dashboard.viewer import Viewer
from dashboard.words import LANGUAGES, say

VIEWERS = {"counselor": "S03", "lead": "S03", "office": "S03", "district": "D2"}
STATES = ("demo", "empty", "suppressed", "first_wave")
PLACES = [
    (role, address) for role, addresses in PAGES.items() for address in addresses if address not in ("help", "log")
]


def page(role: str, scope: str, language: str, address: str, dark: bool = False) -> None:
    """Runs inside Streamlit; imports stand here because the function's text is taken alone."""
    from dashboard.desk import Desk
    from dashboard.page import show_page
    from dashboard.published import current_release
    from dashboard.viewer import Viewer

    show_page(Desk(Viewer("lin", role, scope), language, current_release(), dark), address)


def frame(role: str, scope: str, language: str) -> None:
    from dashboard.page import show_pages
    from dashboard.sessions import Session
    from dashboard.viewer import Viewer

    show_pages(Session(Viewer("lin", role, scope), language))


def run(script: Any, **arguments: Any) -> tuple[AppTest, str]:
    """The page after one run, and all the HTML of ours on it. Any exception fails the test."""
    app = AppTest.from_function(script, kwargs=arguments, default_timeout=60).run()
    assert not app.exception, app.exception
    return app, html_of(app)


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("role", "address"), PLACES)
def test_every_page_in_every_state(show_city: Callable[[str], None], state: str, role: str, address: str) -> None:
    """Each page and each state in one language, in turns; both in the long test below."""
    show_city(state)
    turn = (PLACES.index((role, address)) + STATES.index(state)) % 2
    check_page(state, role, address, (LANGUAGES[turn],))


@pytest.mark.long
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("role", "address"), PLACES)
def test_every_page_in_every_state_and_language(
    show_city: Callable[[str], None], state: str, role: str, address: str
) -> None:
    show_city(state)
    check_page(state, role, address, LANGUAGES)


def check_page(state: str, role: str, address: str, languages: tuple[str, ...]) -> None:
    """The page stands, says what this state is, and shows no hole of the data as a word."""
    for language in languages:
        _app, html = run(page, role=role, scope=VIEWERS.get(role, ""), language=language, address=address)
        assert html.strip()
        assert "None" not in html and "nan" not in html and "&lt;NA&gt;" not in html
        if state == "empty":
            assert say(language, "empty.no_wave") in html
        elif role not in ("counselor", "lead"):
            assert escape(say(language, "bureau.creed")) in html
        if state == "first_wave" and role != "lead":  # a lead's sheet compares nothing
            assert say(language, "first_wave.title") in html
        if state == "suppressed":
            assert "ax-chart" not in html or address == "classes", "nothing to draw, so nothing is drawn"


def counselor(show_city: Callable[[str], None], address: str, school: str = "S03", language: str = "zh_CN") -> str:
    show_city("demo")
    return run(page, role="counselor", scope=school, language=language, address=address)[1]


def test_signs_come_by_level_then_class(show_city: Callable[[str], None]) -> None:
    html = counselor(show_city, "signs")
    order = [html.index(name) for name in ("七年级（4）班", "九年级（1）班", "八年级（2）班", "八年级（4）班")]
    assert order == sorted(order)


def said_of(rule: str, lang: str) -> list[str]:
    """What the reference list says of a rule: its sentence, and the advice it names."""
    held = yaml.safe_load((REFERENCE / "rules.yml").read_text(encoding="utf-8"))
    found = next(one for one in held["rules"] if one["id"] == rule)
    advice = held["advice"][found["advice"]]
    texts = [found["what"], *(advice[name] for name in ("article", "deadline", "not_said", "steps", "donts"))]
    return [line for text in texts for line in ([text[lang]] if isinstance(text[lang], str) else text[lang])]


def test_every_rules_own_advice_stands_on_its_card(show_city: Callable[[str], None]) -> None:
    """A sign of told and worse is about how adults handled it: the steps of other first signs would send them away."""
    show_city("demo")
    for rule in ("told_and_worse", "avoided_place", "risen_happened"):
        advice = build_advice(Desk(Viewer("lin", "counselor", "S03"), "zh_CN", "2026-1.1"), rule, None)
        lines = (advice.what, advice.article, advice.deadline, advice.not_said, *advice.steps, *advice.donts)
        assert list(lines) == said_of(rule, "zh")


def test_a_rule_nobody_knows_is_read_by_its_kind(show_city: Callable[[str], None]) -> None:
    """A retired rule's sign must still say what to do."""
    show_city("demo")
    advice = build_advice(Desk(Viewer("lin", "counselor", "S03"), "en", "2026-1.1"), "retired", "going_on")
    assert advice.what == say("en", "signs.other") and list(advice.steps) == said_of("frequent_going_on", "en")[4:8]


def test_a_sign_says_everything_it_must(show_city: Callable[[str], None]) -> None:
    html = counselor(show_city, "signs")
    for text in said_of("frequent_going_on", "zh"):
        assert text in html, text
    for text in ("尚未评估", "12 人及以上", "先做这几步", "请不要", "正在发生", "上升"):
        assert text in html
    assert "经常遇到：未达到提示线" in html, "a first sign says that the students' own word is below the line"


def test_lowest_state_is_never_all_clear(show_city: Callable[[str], None]) -> None:
    assert "仍可能有个别学生受欺凌" in counselor(show_city, "signs")


def test_map_has_the_schools_own_names(show_city: Callable[[str], None]) -> None:
    html = counselor(show_city, "places")
    assert "东操场" in html and "器材室后面" in html


def test_other_schools_names_are_nobodys_business(show_city: Callable[[str], None]) -> None:
    for address in PAGES["counselor"]:
        html = counselor(show_city, address) if address == PAGES["counselor"][0] else run_again(address)
        assert not [held[2] for school, held in SCHOOLS.items() if school != "S03" and held[2] in html]


def run_again(address: str) -> str:
    return run(page, role="counselor", scope="S03", language="zh_CN", address=address)[1]


@pytest.mark.parametrize("address", PAGES["counselor"])
def test_tiny_school_is_told_what_it_can_read(show_city: Callable[[str], None], address: str) -> None:
    html = counselor(show_city, address, school="S08")
    if address == "signs":
        assert say("zh_CN", "small.wait_few") in html and say("zh_CN", "signs.count_none") not in html
    if address == "trend":
        assert say("zh_CN", "trend_page.small_low") in html and "学区（中心校）" in html
    if address == "places":
        assert say("zh_CN", "places.small") in html


def test_small_school_reads_its_merged_grades(show_city: Callable[[str], None]) -> None:
    assert "三至四年级合并" in counselor(show_city, "trend", school="S07")


def test_school_is_set_beside_its_own_district_only(show_city: Callable[[str], None]) -> None:
    """A school's file holds every district's windows; the page is about its own."""
    html = counselor(show_city, "trend")
    assert html.count("<td>全区") == 3, "one row a wave"


def test_names_that_are_ids_get_words(show_city: Callable[[str], None]) -> None:
    assert "S07:g3" not in counselor(show_city, "trend", school="S07")
    assert '<div class="ax-unit">全市' in run(frame, role="bureau", scope="", language="zh_CN")[1]


def test_bureau_lists_schools_by_name_whatever_is_chosen(show_city: Callable[[str], None]) -> None:
    show_city("demo")
    app, _ = run(page, role="bureau", scope="", language="zh_CN", address="schools")
    orders = []
    for indicator in app.selectbox(key="schools_indicator").options[:4]:
        app.selectbox(key="schools_indicator").select(indicator).run()
        html = html_of(app)
        names = [held[2] for held in SCHOOLS.values() if held[3] == "primary"]
        orders.append(sorted(names, key=html.index))
    assert all(order == orders[0] for order in orders)
    assert orders[0] == ["北关小学", "柳树坪教学点", "清河实验小学", "石板沟小学", "云岭镇中心小学"]


def test_bureau_names_the_classes_that_were_missed(show_city: Callable[[str], None]) -> None:
    show_city("demo")
    _, html = run(page, role="bureau", scope="", language="zh_CN", address="coverage")
    assert "十一年级（2）班" in html and "八年级（3）班" in html


def test_no_school_vanishes_where_its_district_is_left_out(home: Any) -> None:
    import duckdb
    from published_city import write_release

    folder = write_release(home, audiences=["bureau"])
    connection = duckdb.connect(str(folder / "bureau.duckdb"))
    connection.execute("DELETE FROM pub_unit WHERE unit_kind = 'district'")
    connection.close()
    _, html = run(page, role="bureau", scope="", language="zh_CN", address="coverage")
    assert all(held[2] in html for held in SCHOOLS.values())


def test_district_sees_its_own_schools(show_city: Callable[[str], None]) -> None:
    show_city("demo")
    for address in PAGES["district"]:
        _, html = run(page, role="district", scope="D2", language="zh_CN", address=address)
        assert "第七中学" not in html and "清河实验小学" not in html


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_frame_names_the_unit_and_the_release(show_city: Callable[[str], None], language: str) -> None:
    show_city("demo")
    _, html = run(frame, role="counselor", scope="S03", language=language)
    assert "第七中学" in html and "2026-1.1" in html and escape(say(language, "today.title")) in html


def test_no_release_yet_and_no_file_for_this_viewer(show_city: Callable[[str], None]) -> None:
    assert say("zh_CN", "empty.no_release") in run(frame, role="counselor", scope="S03", language="zh_CN")[1]
    show_city("demo")
    assert say("zh_CN", "empty.not_for_you") in run(frame, role="counselor", scope="S99", language="zh_CN")[1]


def test_nobody_signed_in_sees_the_way_to_sign_in() -> None:
    def script() -> None:
        from dashboard.page import show_dashboard

        show_dashboard()

    _, html = run(script)
    assert say("zh_CN", "signin.ended") in html and "ax-head" not in html


def test_class_list_can_not_write_html(home: Any) -> None:
    """A school's name is text, whatever the registry holds."""
    from pathlib import Path

    import duckdb
    from published_city import write_release

    folder: Path = write_release(home, audiences=["school_S03"])
    connection = duckdb.connect(str(folder / "school_S03.duckdb"))
    connection.execute("UPDATE pub_unit SET name = '<script>alert(1)</script>' WHERE unit_kind IN ('school', 'class')")
    connection.close()
    for address in PAGES["counselor"]:
        assert "<script>" not in run(page, role="counselor", scope="S03", language="zh_CN", address=address)[1]
    assert "&lt;script&gt;" in run(frame, role="counselor", scope="S03", language="zh_CN")[1]


def test_the_safeguarding_sheet_says_the_same_words_to_every_lead(show_city: Callable[[str], None]) -> None:
    """Raised or no statement differ in one box; the whole-school work and "don't look for the child" always stand."""
    show_city("demo")
    raised, quiet = (
        run(page, role="lead", scope=school, language="en", address="sheet")[1] for school in ("S03", "S01")
    )
    assert say("en", "sheet.raised") in raised
    assert say("en", "sheet.no_statement") in quiet
    for html in (raised, quiet):
        for line in (say("en", "sheet.donts") + "\n" + say("en", "sheet.steps")).splitlines():
            assert str(escape(line)) in html
        assert "12" not in html.replace("s12", "")


def test_a_page_is_entered_in_the_log_once_and_read_by_the_auditor(show_city: Callable[[str], None]) -> None:
    counselor(show_city, "signs")
    run(page, role="counselor", scope="S03", language="en", address="places")
    html = run(page, role="auditor", scope="", language="en", address="log")[1]
    pages = [f"{say('en', f'page.{address}')} · " for address in ("log", "places", "signs")]
    assert [html.index(page) for page in pages] == sorted(html.index(page) for page in pages), "by name, newest first"
    assert "places · " not in html and "All 3 entries hold together" in html


def test_clicks_on_a_page_are_no_further_entries(show_city: Callable[[str], None]) -> None:
    show_city("demo")
    app, _ = run(page, role="counselor", scope="S03", language="en", address="trend")
    app.run()
    assert [entry.about.split(" ")[0] for entry in accesslog.read_entries()] == ["trend"]


def test_nothing_is_shown_that_the_log_does_not_hold(
    show_city: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk must not be a way to look without being seen."""
    show_city("demo")

    def full(*_: object) -> None:
        raise accesslog.LogGone("disk full")

    monkeypatch.setattr(accesslog, "note", full)
    html = run(page, role="counselor", scope="S03", language="en", address="signs")[1]
    assert say("en", "empty.log") in html and "七年级" not in html


def test_a_tab_taken_over_by_another_person_forgets_the_first(show_city: Callable[[str], None]) -> None:
    """A line that drops and comes back may bear another sign-in: no entry is skipped, nothing held is shown."""
    show_city("demo")
    app = AppTest.from_function(frame, kwargs={"role": "counselor", "scope": "S03", "language": "en"})
    app.run()
    app.session_state["help_key"] = "unlocked"
    app.run()
    assert app.session_state["help_key"] == "unlocked"
    app.session_state["whose_session"] = "somebody before"
    app.run()
    assert "help_key" not in app.session_state
    assert len(accesslog.read_entries()) == 2, "the second person's look is entered too"
