"""The help slip's pages: what a child meets on every way through them, and that nothing is kept or told."""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from asgi_browser import Browser, Reply
from help_school import SCHOOL, adult_ids, write_school
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from survey.codes import new_code, printed
from survey.help import adults, keys, letters
from survey.help import app as help_app
from survey.help.app import Desk, build_app
from survey.help.letters import TEXT_LIMIT
from survey.help.limits import Budget, Limits
from survey.help.pages import render_page
from survey.help.store import help_url, open_store
from survey.help.tables import slip
from survey.help.words import FILES, say
from survey.settings import SurveySettings

FORM, ANSWER = f"/help-slip/{SCHOOL}", f"/help-slip/{SCHOOL}/answer"
HOTLINES = ("110", "12355", "12356", "12309", "12345")
SECRET = "有人在厕所堵我"


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    for name, value in (("PASSES", 1), ("MEMORY", 8192)):
        monkeypatch.setattr(keys, name, value)
    monkeypatch.setattr(letters, "CODE_PASSES", 1)
    monkeypatch.setattr(letters, "CODE_MEMORY", 8192)
    engine = open_store(help_url(SurveySettings(home=home)))
    write_school(engine)
    yield engine


@pytest.fixture
def browser(store: Engine) -> Browser:
    return Browser(build_app(Desk(store, today=lambda: date(2026, 3, 2))))


def code_in(reply: Reply) -> str:
    return re.search(r'name="code" value="(\w{13})"', reply.text)[1]  # type: ignore[index]


def shown_code(reply: Reply) -> str:
    return re.search(r'class="code">([\w-]+)<', reply.text)[1]  # type: ignore[index]


def filled(store: Engine, **changed: str) -> dict[str, str]:
    return {"code": new_code(), "who": adult_ids(store)["林老师"], "text": SECRET, "reach": ""} | changed


def number_of_slips(store: Engine) -> int:
    with store.connect() as connection:
        return len(connection.execute(select(slip.c.slip_id)).all())


def test_both_languages_say_the_same_things() -> None:
    folder = Path(letters.__file__).parent / "words"
    chinese, english = (yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in FILES.values())
    assert set(chinese) == set(english)
    fields = re.compile(r"\{\w+\}")
    for key, text in chinese.items():
        assert sorted(fields.findall(str(text))) == sorted(fields.findall(str(english[key]))), key


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_form_offers_the_adults_and_never_an_ear_at_all_hours(browser: Browser, language: str) -> None:
    html = unescape(browser.get(f"{FORM}?lang={language}").text)
    assert html.count('type="checkbox"') == 3 and "checked" not in html, (
        "the porter has no key: a telephone number only"
    )
    for words in ("danger", "inside", "outside", "near", "reach_help"):
        assert say(language, words) in html, words
    assert say(language, "second", role="德育处", name="周老师") in html
    assert all(number in html for number in HOTLINES) and "010-5550110" in html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_slip_to_answer(browser: Browser, store: Engine, language: str) -> None:
    query = "" if language == "zh" else "?lang=en"
    given_code = code_in(browser.get(FORM + query))
    sent = browser.post(FORM + query, filled(store, code=given_code))
    assert sent.status == 200 and shown_code(sent) == printed(given_code)
    assert say(language, "sent", days=2) in sent.text and "110" in sent.text and SECRET not in sent.text
    waiting = browser.post(ANSWER + query, {"code": shown_code(sent).lower().replace("-", " — ")})
    assert say(language, "state_waiting") in unescape(waiting.text), "however the code is typed"


def test_what_is_missing_is_asked_for_and_nothing_is_lost(browser: Browser, store: Engine) -> None:
    reply = browser.post(FORM, filled(store, who=""))
    assert reply.status == 422 and say("zh", "need_who") in reply.text and SECRET in reply.text
    reply = browser.post(FORM, filled(store, text=" \r\n "))
    assert reply.status == 422 and say("zh", "need_words") in reply.text and "checked" in reply.text
    reply = browser.post(FORM, filled(store, text="x" * (TEXT_LIMIT + 1)))
    assert reply.status == 422 and say("zh", "too_long") in reply.text and "x" * TEXT_LIMIT in reply.text
    assert number_of_slips(store) == 0


def test_a_slip_may_say_only_how_to_be_reached(browser: Browser, store: Engine) -> None:
    assert browser.post(FORM, filled(store, text="", reach="七年级 王同学")).status == 200


def test_the_same_form_sent_twice_is_one_slip_with_one_code(browser: Browser, store: Engine) -> None:
    form = filled(store)
    first, again = browser.post(FORM, form), browser.post(FORM, form)
    assert shown_code(first) == shown_code(again) and number_of_slips(store) == 1


def test_a_typing_error_is_not_a_guess_and_guesses_run_out(browser: Browser, store: Engine) -> None:
    code = code_in(browser.get(FORM))
    browser.post(FORM, filled(store, code=code))
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    for _ in range(30):
        assert browser.post(ANSWER, {"code": wrong}).status == 422
    statuses = [browser.post(ANSWER, {"code": new_code()}).status for _ in range(13)]
    assert statuses == [404] * 12 + [429]
    spent = browser.post(ANSWER, {"code": new_code()})
    assert say("zh", "code_wait") in spent.text and "12355" in spent.text, "says whom to call"


def test_guesses_sent_at_once_share_the_budget_and_the_memory(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess counts before it is looked up, and only a few are under Argon2id together; a right code costs nothing."""
    looked: list[int] = []
    here, most = [0], [0]

    def look_up(*_: Any) -> None:
        here[0] += 1
        most[0] = max(most[0], here[0])
        time.sleep(0.2)
        looked.append(1)
        here[0] -= 1

    door = adults.read_door(store, SCHOOL)

    async def door_at_once(*_: Any) -> Any:
        return door

    monkeypatch.setattr(help_app, "read_received", look_up)
    monkeypatch.setattr(help_app, "find_door", door_at_once)
    app = build_app(Desk(store))
    statuses = asyncio.run(send_together(app, [{"code": new_code()} for _ in range(40)]))
    assert sorted(statuses) == [404] * 12 + [429] * 28
    assert len(looked) == 12 and most[0] <= help_app.STRETCHED_AT_ONCE


async def send_together(app: Any, forms: list[dict[str, str]]) -> list[int]:
    async def send_one(form: dict[str, str]) -> int:
        body, sent = urlencode(form).encode(), []
        headers = [(b"host", b"x"), (b"content-type", b"application/x-www-form-urlencoded")]
        scope = {"type": "http", "method": "POST", "path": ANSWER, "query_string": b"", "headers": headers}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope | {"client": ("10.0.0.1", 1), "server": ("x", 80), "scheme": "http"}, receive, send)
        return int(sent[0]["status"])

    return list(await asyncio.gather(*map(send_one, forms)))


def test_a_right_code_is_no_guess_however_often(browser: Browser, store: Engine) -> None:
    """A whole class behind one address may look for its answers."""
    code = new_code()
    browser.post(FORM, filled(store, code=code))
    assert {browser.post(ANSWER, {"code": code}).status for _ in range(30)} == {200}


def test_a_body_that_never_ends_is_not_waited_for(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand of them would take every connection the form has."""
    monkeypatch.setattr(help_app, "SLOWEST_BODY", 0.05)
    app, sent = build_app(Desk(store)), []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"a", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"x"), (b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": "POST", "path": FORM, "query_string": b"", "headers": headers}
    scope |= {"client": ("10.0.0.1", 1), "server": ("x", 80), "scheme": "http"}
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 5))
    assert sent[0]["status"] == 400


def test_a_flood_never_silences_a_child(store: Engine) -> None:
    """The limit answers with the child's own words and the numbers to call."""
    tight = Limits(slips_of_address=Budget(2, 3600), slips_of_school=Budget(9, 3600))
    browser = Browser(build_app(Desk(store, limits=tight)))
    assert [browser.post(FORM, filled(store)).status for _ in range(3)] == [200, 200, 429]
    reply = browser.post(FORM, filled(store))
    assert say("zh", "busy") in reply.text and SECRET in reply.text and "010-5550101" in reply.text
    assert number_of_slips(store) == 2


def test_a_budget_comes_back_with_time_and_forgets() -> None:
    now = [0.0]
    budget = Budget(2, 60, lambda: now[0])
    for _ in range(2):
        assert not budget.is_spent("a")
        budget.spend("a")
    assert budget.is_spent("a") and not budget.is_spent("b")
    now[0] = 61
    assert not budget.is_spent("a")
    budget.spend("a")
    assert not budget.is_spent("a"), "a new span begins"


def test_a_closed_school_shows_people_and_numbers(browser: Browser, store: Engine) -> None:
    adults.close_adult(store, SCHOOL, "林老师")
    for reply in (browser.get(FORM), browser.post(FORM, filled(store))):
        assert reply.status == 200 and "<form" not in reply.text
        assert say("zh", "closed") in reply.text and "010-5550102" in reply.text and "110" in reply.text
        assert "010-5550101" not in reply.text, "nor the number of who left"
    assert "<form" in browser.get(ANSWER).text, "answers can still be read"


@pytest.mark.parametrize(("language", "office"), [("zh", "心理老师"), ("en", "Psychology teacher")])
def test_a_coded_office_is_read_as_words(language: str, office: str) -> None:
    """A class list may give offices by code: a child would read `counselor`."""
    person = adults.Adult("a", "S1", "counselor", "王老师", "1", "", "", False, False, True, "", None)
    door = adults.Door("S1", "一小", b"", (person,), is_open=False)
    html = render_page("phones", language, door, here="", reason="closed", languages=(), query="")
    assert f"{office} 王老师" in html and "counselor" not in html


@pytest.mark.parametrize("path", ["/help-slip/S99", "/help-slip/S99/answer", "/help-slip/", "/help-slip/a/b/c", "/x"])
def test_a_stray_address_gets_numbers_to_call(browser: Browser, path: str) -> None:
    reply = browser.get(path)
    assert reply.status == 404 and all(number in reply.text for number in HOTLINES)


def test_a_store_that_refuses_says_so_and_hands_the_words_back(browser: Browser, store: Engine, home: Path) -> None:
    form = filled(store)
    held = sqlite3.connect(home / "help" / "help.sqlite")
    held.executescript("CREATE TRIGGER full BEFORE INSERT ON help_box BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    held.close()
    reply = browser.post(FORM, form)
    assert reply.status == 503 and say("zh", "not_saved") in reply.text and SECRET in reply.text
    assert number_of_slips(store) == 0, "neither half of it"


def test_a_store_that_is_gone_still_shows_numbers(browser: Browser, store: Engine, home: Path) -> None:
    store.dispose()
    (home / "help" / "help.sqlite").write_bytes(b"nothing that a database would be" * 64)
    for reply in (browser.get(FORM), browser.post(FORM, {"text": SECRET}), browser.post(ANSWER, {"code": new_code()})):
        assert reply.status == 503 and "110" in reply.text


def test_another_sites_form_is_refused(browser: Browser, store: Engine) -> None:
    reply = browser.post(FORM, filled(store), sec_fetch_site="cross-site")
    assert reply.status == 400 and number_of_slips(store) == 0


@pytest.mark.parametrize("path", [FORM, ANSWER, "/help-slip/help.css", "/help-slip/S99"])
def test_nothing_is_kept_in_the_browser(browser: Browser, path: str) -> None:
    reply = browser.get(path)
    assert reply.cookies() == [] and reply.header("cache-control") == "no-store"
    policy = reply.header("content-security-policy")
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert reply.header("referrer-policy") == "no-referrer" and reply.header("x-content-type-options") == "nosniff"
    assert not re.search(r'(src|href|action)="(https?:)?//', reply.text), "nothing from another place"


def test_the_receipt_clears_what_the_browser_kept(browser: Browser, store: Engine) -> None:
    assert '"cache"' in browser.post(FORM, filled(store)).header("clear-site-data")


def test_nothing_said_reaches_a_log(
    browser: Browser, store: Engine, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither on success nor when the store fails."""
    caplog.set_level(logging.DEBUG)
    form = filled(store, reach="王同学")
    browser.post(FORM, form)
    store.dispose()
    (home / "help" / "help.sqlite").write_bytes(b"nothing that a database would be" * 64)
    browser.post(FORM, form)
    browser.post(ANSWER, {"code": form["code"]})
    assert [held for held in (SECRET, "王同学", form["code"], "10.0.0.1") if held in caplog.text] == []


def test_contacts_can_not_write_html(browser: Browser, store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(adults.adult.update().values(role="<script>", place='"><img src=x>'))
    html = browser.get(FORM).text
    assert "<script>" not in html and "<img" not in html and "&lt;script&gt;" in html


def test_control_characters_and_foreign_ids_do_no_harm(browser: Browser, store: Engine) -> None:
    assert browser.post(FORM, filled(store, text="a\0b\x1b[31m\r\nc")).status == 200
    assert browser.post(FORM, filled(store, who="0" * 16)).status == 422


FIELDS = st.dictionaries(st.sampled_from(["code", "who", "text", "reach", "lang", "x"]), st.text(max_size=40))
PATHS = st.sampled_from([FORM, ANSWER, "/help-slip/", "/help-slip/help.css", f"{FORM}?lang=en"]) | st.text(
    st.characters(exclude_characters="?#", exclude_categories=["Cs"]), max_size=30
).map(lambda text: f"/help-slip/{text}")


@given(
    PATHS, FIELDS | st.binary(max_size=200), st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS"]), st.booleans()
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_input_breaks_a_page(browser: Browser, path: str, form: Any, method: str, typed: bool) -> None:
    from urllib.parse import urlencode

    body = form if isinstance(form, bytes) else urlencode(form, errors="surrogatepass").encode()
    headers = {"content_type": "application/x-www-form-urlencoded"} if typed else {"content_type": "text/plain"}
    reply = browser._send(method, path, body, headers)
    assert reply.status < 500


@pytest.mark.parametrize("body", [b"text=" + b"%F0%9F%AB%82" * 9000, b"a=1&" * 5000])
def test_a_body_too_large_is_refused_kindly(browser: Browser, store: Engine, body: bytes) -> None:
    reply = browser._send("POST", FORM, body, {"content_type": "application/x-www-form-urlencoded"})
    assert reply.status == 400 and say("zh", "refused") in reply.text and number_of_slips(store) == 0
