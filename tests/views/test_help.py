"""The page of help slips, run by Streamlit's own test runner: locked, unlocked, answered, handed over, gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from help_school import PASSPHRASE, SCHOOL, adult_ids, write_school
from sqlalchemy import Engine, update
from streamlit.testing.v1 import AppTest

from dashboard.desk import Desk
from dashboard.help import find_mailboxes, list_slips, unlock
from dashboard.page import page_title
from dashboard.viewer import Viewer
from dashboard.words import say
from survey.codes import new_code
from survey.help import adults, keys
from survey.help.app import Desk as Door
from survey.help.app import keep_slip
from survey.help.letters import Letter
from survey.help.store import help_url, open_store, read_received
from survey.help.tables import slip
from survey.settings import SurveySettings

WORDS = "下课总有人把我的书扔来扔去 <b>"


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The help store where the dashboard of this test looks for it."""
    monkeypatch.setattr(keys, "PASSES", 1)
    monkeypatch.setattr(keys, "MEMORY", 8192)
    engine = open_store(help_url(SurveySettings(home=home)))
    write_school(engine)
    yield engine


def write(store: Engine, *names: str, text: str = WORDS, reach: str = "七年级，午休在图书馆") -> str:
    """A slip to the adults of these names; returns its receipt code."""
    door, code = adults.read_door(store, SCHOOL), new_code()
    assert door is not None
    keep_slip(Door(store), door, code, Letter(text, reach), {adult_ids(store)[name] for name in names})
    return code


def page(name: str, role: str, scope: str, language: str) -> None:
    """Runs inside Streamlit; imports stand here because the function's text is taken alone."""
    from dashboard.desk import Desk
    from dashboard.viewer import Viewer
    from dashboard.views.help import show_help

    show_help(Desk(Viewer(name, role, scope), language, "none"))


def frame(name: str, role: str, scope: str) -> None:
    from dashboard.page import show_pages
    from dashboard.sessions import Session
    from dashboard.viewer import Viewer

    show_pages(Session(Viewer(name, role, scope), "zh_CN"))


def run(
    name: str, role: str = "counselor", scope: str = SCHOOL, language: str = "zh_CN", script: Any = page
) -> AppTest:
    arguments = {"name": name, "role": role, "scope": scope} | ({"language": language} if script is page else {})
    app = AppTest.from_function(script, kwargs=arguments, default_timeout=60).run()
    assert not app.exception, app.exception
    return app


def html_of(app: AppTest) -> str:
    assert not app.exception, app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def press(app: AppTest, label: str, language: str = "zh_CN") -> AppTest:
    return next(button for button in app.button if button.label == say(language, label)).click().run()


def unlocked(name: str, passphrase: str = PASSPHRASE, language: str = "zh_CN") -> AppTest:
    app = run(name, language=language)
    app.text_input[0].input(passphrase)
    return press(app, "help.unlock", language)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_no_store_yet_is_a_calm_page(home: Path, language: str) -> None:
    """Most schools never open the door; the page must not fail, nor make a store."""
    assert say(language, "help.not_adult") in html_of(run("lin", language=language))
    assert say(language, "help.nothing_waits") in html_of(run("chen", "bureau", "", language))
    assert not (home / "help").exists()


def test_the_words_show_only_after_passphrase_and_click(store: Engine) -> None:
    write(store, "林老师")
    app = run("lin")
    assert "扔来扔去" not in html_of(app) and "第七中学" in html_of(app)
    app = unlocked("lin")
    assert "扔来扔去" not in html_of(app)
    html = html_of(press(app, "help.open"))
    assert "扔来扔去 &lt;b&gt;" in html and "午休在图书馆" in html, "shown as text, whatever it holds"


def test_a_wrong_passphrase_opens_nothing_and_slows_down(store: Engine) -> None:
    write(store, "林老师")
    app = unlocked("lin", "not the passphrase")
    assert say("zh_CN", "help.wrong") in html_of(app) and len(app.button) == 1
    for _ in range(8):
        app.text_input[0].input("not the passphrase")
        html = html_of(press(app, "help.unlock"))
    assert "秒后再试" in html


def test_who_was_not_ticked_sees_no_slip(store: Engine) -> None:
    """The second adult sees it; the outside adult, who wasn't asked, doesn't."""
    write(store, "林老师")
    assert say("zh_CN", "help.none") in html_of(unlocked("chen"))
    assert "扔来扔去" in html_of(press(unlocked("zhou"), "help.open")), "someone away never means nobody"


def test_opening_is_marked_with_the_day(store: Engine) -> None:
    write(store, "林老师")
    html = html_of(press(unlocked("lin"), "help.open"))
    assert say("zh_CN", "help.state_opened", month=date.today().month, day=date.today().day) in html
    assert say("zh_CN", "help.nothing_waits") in html_of(run("zhou"))


def test_an_answer_reaches_the_child_and_the_other_adult(store: Engine) -> None:
    code = write(store, "林老师")
    app = press(unlocked("lin"), "help.open")
    app.text_area[0].input("明天午休我在图书馆等你。")
    html = html_of(press(app, "help.send"))
    assert say("zh_CN", "help.sent") in html and "明天午休我在图书馆等你" in html
    received = read_received(store, SCHOOL, code)
    assert received is not None and received.is_opened
    assert [(letter.text, letter.other) for _, letter in received.answers] == [
        ("明天午休我在图书馆等你。", "心理老师 林老师")
    ]
    assert "明天午休我在图书馆等你" in html_of(press(unlocked("zhou"), "help.look"))


def test_handing_over_makes_it_wait_for_the_second_adult(store: Engine) -> None:
    write(store, "林老师")
    press(press(unlocked("lin"), "help.open"), "help.hand")
    app = unlocked("zhou")
    assert say("zh_CN", "help.state_handed") in html_of(app)
    press(app, "help.open")
    assert say("zh_CN", "help.hand") not in [button.label for button in app.button], "the second hands it to nobody"


def test_locking_forgets_the_key(store: Engine) -> None:
    write(store, "林老师")
    app = press(press(unlocked("lin"), "help.open"), "help.lock")
    assert "扔来扔去" not in html_of(app) and len(app.text_input) == 1
    assert "help_key" not in app.session_state


def test_leads_see_numbers_of_their_own_schools_and_no_door(store: Engine) -> None:
    write(store, "林老师")
    with store.begin() as connection:
        connection.execute(update(slip).values(written_on=date(2026, 3, 2)))
    for role, scope, sees in (("bureau", "", True), ("district", "D1", True), ("district", "D2", False)):
        app = run("wei", role, scope)
        assert ("第七中学" in html_of(app)) == sees
        assert not app.text_input and not app.button


def test_a_counselor_of_another_school_learns_nothing(store: Engine) -> None:
    write(store, "林老师")
    app = run("zhao", scope="S04")
    assert "第七中学" not in html_of(app) and not app.text_input
    assert find_mailboxes(Viewer("zhao", "counselor", "S04")) == []


def test_slips_are_there_before_any_release(store: Engine) -> None:
    write(store, "林老师")
    assert say("zh_CN", "help.title") in html_of(run("lin", script=frame)), "a child does not wait for a release"


@pytest.mark.parametrize(
    ("name", "role", "scope", "waiting"), [("lin", "counselor", SCHOOL, 1), ("wei", "bureau", "", 0)]
)
def test_the_tab_says_how_many_wait(store: Engine, name: str, role: str, scope: str, waiting: int) -> None:
    """For an adult at once, for a lead only beyond one school day."""
    write(store, "林老师")
    title = page_title(Desk(Viewer(name, role, scope), "zh_CN", "none"), "help")
    assert title == ("求助条（1）" if waiting else "求助条")


def test_a_broken_store_is_a_kind_word(home: Path, store: Engine) -> None:
    store.dispose()
    (home / "help" / "help.sqlite").write_bytes(b"not a database at all, just bytes" * 40)
    assert say("zh_CN", "help.gone") in html_of(run("lin"))
    assert html_of(run("lin", script=frame))


def test_a_slip_that_was_tampered_with_is_told_apart(store: Engine) -> None:
    write(store, "林老师")
    with store.begin() as connection:
        connection.execute(update(slip).values(letter=b"\0" * 4649))
    viewer = Viewer("lin", "counselor", SCHOOL)
    mailboxes = find_mailboxes(viewer)
    assert len(list_slips(mailboxes, unlock(mailboxes, PASSPHRASE))) == 1
    assert say("zh_CN", "help.damaged") in html_of(press(unlocked("lin"), "help.open"))
