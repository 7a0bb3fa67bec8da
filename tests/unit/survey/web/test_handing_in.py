"""From the form to the sealed sheet, and every way in which a form is sent back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgi_browser import Browser, Reply
from form_wave import CLASSES, FORMS, WAVE, OpenWave, body_of, everything, open_test_wave, read_form

from survey.codes import new_code, printed
from survey.intake import Outcome, close_intake, close_wave, open_intake
from survey.problems import NotSaved
from survey.web import app as form_app
from survey.web.app import build_app
from survey.web.site import Site
from survey.web.throttle import Limits


def fill(browser: Browser, path: str, code: str, *, query: str = "", **how: Any) -> Reply:
    """Ask for a form and hand it in."""
    address = FORMS[path] + query
    return browser.post(address, body_of(read_form(browser.get(address).text), code, **how))


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_what_was_ticked_is_what_is_sealed(browser: Browser, wave: OpenWave, path: str, query: str) -> None:
    """Every column of the band arrives with the option that was ticked, in either language."""
    _, class_id, band, _ = CLASSES[path]
    address = FORMS[path] + query
    form = read_form(browser.get(address).text)
    reply = browser.post(address, body_of(form, wave.codes(path)[0], chosen=everything(form)))
    assert (reply.status, reply.header("location")) == (303, f"/{CLASSES[path][0]}/done{query}")
    [sheet] = wave.sheets()
    assert sheet.class_id == class_id
    for item in wave.instrument.items_in(band):
        if item.store == "answers":
            options = wave.instrument.options_of(item.code, band)
            if item.type == "multi":
                assert {sheet.answers[f"{item.code}__{option.code}"] for option in options} == {1}
            else:
                assert sheet.answers[item.code] == options[-1].code
    assert sheet.answers["take_part"] == 1


def test_nothing_ticked_is_empty_and_a_multiple_choice_zero(browser: Browser, wave: OpenWave) -> None:
    assert fill(browser, "b2", wave.codes("b2")[0]).status == 303
    [sheet] = wave.sheets()
    assert sheet.answers["phy_freq"] is None
    assert sheet.answers["place__toilet"] == 0 and sheet.answers["hp_joke"] is None


def test_of_a_blank_nothing_stays(browser: Browser, wave: OpenWave) -> None:
    """Whatever was ticked is thrown away before sealing; haste isn't noted either."""
    form = read_form(browser.get(FORMS["b3"]).text)
    body = body_of(form, wave.codes("b3")[0], take_part="0", chosen=everything(form))
    assert browser.post(FORMS["b3"], body).status == 303
    [sheet] = wave.sheets()
    assert sheet.answers["take_part"] == 0 and sheet.answers["too_fast"] == 0
    assert {value for name, value in sheet.answers.items() if name not in ("take_part", "too_fast")} == {None}


@pytest.mark.parametrize(("seconds", "flag"), [(5, 1), (600, 0)])
def test_haste_is_one_flag(site: Site, wave: OpenWave, seconds: int, flag: int) -> None:
    at = [1_800_000_000.0]
    browser = Browser(build_app(replace(site, clock=lambda: at[-1])))
    form = read_form(browser.get(FORMS["b3"]).text)
    at.append(at[0] + seconds)
    assert browser.post(FORMS["b3"], body_of(form, wave.codes("b3")[0])).status == 303
    assert wave.sheets()[0].answers["too_fast"] == flag


def test_the_same_form_again_is_one_row_and_success(browser: Browser, wave: OpenWave) -> None:
    """The reply was lost and the browser sends the form once more."""
    body = body_of(read_form(browser.get(FORMS["b1"]).text), wave.codes("b1")[0])
    first, again = browser.post(FORMS["b1"], body), browser.post(FORMS["b1"], body)
    assert (first.status, first.headers, first.content) == (again.status, again.headers, again.content)
    assert len(wave.sheets()) == 1


def test_receipt_is_the_same_for_blank_full_and_repeated(browser: Browser, wave: OpenWave) -> None:
    codes = wave.codes("b1", 2)
    replies = [fill(browser, "b1", codes[0]), fill(browser, "b1", codes[1], take_part="0")]
    assert len({(reply.status, tuple(reply.headers), reply.content) for reply in replies}) == 1
    receipt = browser.get(replies[0].header("location"))
    assert receipt.header("clear-site-data") == '"cache", "cookies", "storage"'
    assert "交好了" in receipt.text


WAYS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "printed": printed,
    "full_width_dashes": lambda code: "  " + "－".join(code),
    "full_width": lambda code: "".join(chr(ord(character) + 0xFEE0) for character in code),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_code_may_be_written_in_many_ways(browser: Browser, wave: OpenWave, way: str) -> None:
    assert fill(browser, "b1", WAYS[way](wave.codes("b1")[0])).status == 303


def refusals(browser: Browser, wave: OpenWave, body: dict[str, str]) -> dict[str, Reply]:
    """The same form with every kind of code that isn't good."""
    void = wave.codes("b1")[0]
    used, fresh = wave.codes("b1", 2)
    assert fill(browser, "b1", used).status == 303
    assert void not in (used, fresh)
    of_another_band = wave.codes("b2")[0]
    of_another_school = wave.codes("b3")[0]
    kinds = {"unknown": new_code(), "used": used, "void": void, "band": of_another_band, "school": of_another_school}
    return {kind: browser.post(FORMS["b1"], {**body, "c": code}) for kind, code in kinds.items()}


def test_refusals_are_identical_byte_for_byte(browser: Browser, wave: OpenWave) -> None:
    """Unknown, used, void and misplaced codes are told apart by nothing that is sent."""
    form = read_form(browser.get(FORMS["b1"]).text)
    replies = refusals(browser, wave, body_of(form, "", chosen=everything(form)))
    assert {reply.status for reply in replies.values()} == {409}
    assert len({(tuple(reply.headers), reply.content) for reply in replies.values()}) == 1
    assert "举手" in read_form(replies["used"].text).alert


def test_a_refusal_hands_the_answers_back(browser: Browser, wave: OpenWave) -> None:
    """Nothing that was ticked is lost: the page is as it was, and the next slip saves it."""
    form = read_form(browser.get(FORMS["b2"]).text)
    chosen = everything(form)
    reply = browser.post(FORMS["b2"], body_of(form, new_code(), chosen=chosen))
    back = read_form(reply.text)
    assert {name: values for name, values in back.checked.items() if name != "p"} == {n: [v] for n, v in chosen.items()}
    assert back.checked["p"] == ["1"] and back.inputs["c"] == "" and back.inputs["t"] == form.inputs["t"]
    body = body_of(back, wave.codes("b2")[0], chosen={name: values[0] for name, values in back.checked.items()})
    assert browser.post(FORMS["b2"], body).status == 303
    assert wave.sheets()[0].answers["phy_freq"] == 9


def test_after_handing_in_an_earlier_refusal_cannot_be_called_back(browser: Browser, wave: OpenWave) -> None:
    """Back and "send again": the next student at this computer would read every answer of the last one."""
    form = read_form(browser.get(FORMS["b2"]).text)
    chosen = everything(form)
    wrong = wave.codes("b2")[0][:-1] + "U"
    bodies = [body_of(form, code, chosen=chosen) for code in (new_code(), wrong)]
    assert all(read_form(browser.post(FORMS["b2"], body).text).groups for body in bodies), "the answers came back"
    assert browser.post(FORMS["b2"], body_of(form, wave.codes("b2")[0], chosen=chosen)).status == 303
    for body in [*bodies, body_of(form, "", chosen=chosen) | {"p": "_"}]:
        reply = browser.post(FORMS["b2"], body)
        assert reply.status in (400, 409, 422) and not read_form(reply.text).groups


def test_a_refusal_is_one_size_whatever_was_ticked(browser: Browser) -> None:
    form = read_form(browser.get(FORMS["b4"]).text)
    bodies = [body_of(form, new_code(), chosen=chosen) for chosen in ({}, everything(form), everything(form, 1))]
    replies = [browser.post(FORMS["b4"], body, accept_encoding="gzip") for body in bodies]
    assert {reply.status for reply in replies} == {409}
    assert len({len(reply.content) for reply in replies}) == 1, "and it is never compressed, or its length would tell"


def test_a_typing_error_has_its_own_words_and_is_no_guess(browser: Browser, site: Site, wave: OpenWave) -> None:
    code = wave.codes("b1")[0]
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    reply = fill(browser, "b1", wrong)
    back = read_form(reply.text)
    assert reply.status == 422 and "打错" in back.alert and back.inputs["c"] == wrong
    assert site.throttle.everybody.failures == 0 and not site.throttle.budgets


def test_what_was_typed_comes_back_as_text_never_as_markup(browser: Browser) -> None:
    reply = fill(browser, "b1", '"><script>1</script>')
    assert reply.status == 422 and "<script>1" not in reply.text
    assert read_form(reply.text).inputs["c"] == '"><script>1</script>'


def test_whether_to_take_part_is_asked_never_assumed(browser: Browser, wave: OpenWave) -> None:
    code = wave.codes("b1")[0]
    reply = fill(browser, "b1", code, take_part="_")
    assert reply.status == 400 and "请先选" in read_form(reply.text).alert and wave.sheets() == []


def test_not_saved_says_so_and_the_slip_stays_good(
    browser: Browser, wave: OpenWave, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A full or read-only disk: the answers come back with the code, and the same form is saved later."""

    async def full_disk(*_: Any) -> Outcome:
        raise NotSaved("the store can't write")

    form, code = read_form(browser.get(FORMS["b1"]).text), wave.codes("b1")[0]
    body = body_of(form, code, chosen=everything(form))
    with monkeypatch.context() as patched:
        patched.setattr(form_app, "hand_in", full_disk)
        reply = browser.post(FORMS["b1"], body)
    back = read_form(reply.text)
    assert reply.status == 503 and "请留好你的条子" in back.alert and back.inputs["c"] == code
    assert code not in caplog.text and "10.0.0.1" not in caplog.text
    assert browser.post(FORMS["b1"], body).status == 303


def test_a_failure_of_ours_is_logged_without_what_was_sent(
    browser: Browser, wave: OpenWave, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def break_down(_intake: Any, sheet: Any) -> Outcome:
        raise RuntimeError(f"{sheet.code} {sheet.answers}")

    monkeypatch.setattr(form_app, "hand_in", break_down)
    code = wave.codes("b1")[0]
    reply = fill(browser, "b1", code)
    assert reply.status == 500 and "RuntimeError" in caplog.text
    assert code not in caplog.text and "phy_freq" not in caplog.text and "10.0.0.1" not in caplog.text


def test_after_close_the_form_is_a_friendly_page(home: Path) -> None:
    held = open_test_wave(home / "closing")
    browser = Browser(build_app(held.site()))
    body = body_of(read_form(browser.get(FORMS["b1"]).text), held.codes("b1")[0])
    assert browser.post(FORMS["b1"], body).status == 303
    close_wave(held.intake, WAVE)
    late = Browser(build_app(held.site()))
    for reply in (late.get(FORMS["b1"]), late.post(FORMS["b1"], body)):
        assert reply.status == 403 and "已经结束" in reply.text
    close_intake(held.intake)


def test_before_the_day_and_after_it_nothing_is_taken(home: Path) -> None:
    for name, opens, closes, words in (("early", 2, 5, "还没有开始"), ("late", -5, -2, "已经结束")):
        held = open_test_wave(home / name, opens, closes)
        browser = Browser(build_app(held.site()))
        replies = [browser.get(FORMS["b1"]), browser.post(FORMS["b1"], {"c": held.codes("b1")[0]})]
        assert [reply.status for reply in replies] == [403, 403]
        assert all(words in reply.text for reply in replies)
        close_intake(held.intake)


def test_the_last_day_is_whole(home: Path) -> None:
    held = open_test_wave(home / "today", 0, 0)
    assert Browser(build_app(held.site())).get(FORMS["b1"]).status == 203
    site = held.site()
    assert not site.wave_state.is_open(date.today() + timedelta(days=1))
    close_intake(held.intake)


def test_fifty_five_pass_while_somebody_at_their_address_guesses(wave: OpenWave, site: Site) -> None:
    """Behind one address: guesses are held up, the class isn't, and none of its sheets is lost."""
    limits = Limits(address_failures=3, late_seconds=30, under_way=8)
    site.throttle.limits = limits
    app = build_app(site)
    browser = Browser(app)
    form, codes = read_form(browser.get(FORMS["b1"]).text), wave.codes("b1", 55)
    tokens = [read_form(browser.get(FORMS["b1"]).text).inputs["t"] for _ in codes]

    async def post(code: str, token: str) -> int:
        from asgi_browser import _talk
        from form_wave import encoded

        body = encoded({**body_of(form, code), "t": token})
        scope = browser._scope("http", FORMS["b1"], {"content_type": "application/x-www-form-urlencoded"})
        sent = await _talk(app, {**scope, "method": "POST"}, {"type": "http.request", "body": body, "more_body": False})
        return sent[0]["status"]

    async def sitting() -> tuple[list[int], int]:
        guesses = [asyncio.create_task(post(new_code(), tokens[0])) for _ in range(8)]
        await asyncio.sleep(0.2)
        class_in = await asyncio.wait_for(asyncio.gather(*map(post, codes, tokens)), 20)
        answered = sum(guess.done() for guess in guesses)
        for guess in guesses:
            guess.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)
        return class_in, answered

    statuses, answered = asyncio.run(sitting())
    assert statuses == [303] * 55 and answered == limits.address_failures
    assert len(wave.sheets()) == 55


def test_an_intake_can_be_read_without_its_pepper_but_no_code_is_known(home: Path, wave: OpenWave) -> None:
    """The control: a form over the same store with another pepper refuses every slip."""
    other = open_intake(wave.settings.intake, b"q" * 32)
    held = OpenWave(other, wave.instrument, wave.key, wave.settings)
    assert fill(Browser(build_app(held.site())), "b1", wave.codes("b1")[0]).status == 409
    close_intake(other)
