"""Refusals take the same time: from one answer nobody can tell an unknown code from one that somebody else used."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from asgi_browser import Browser, _talk
from form_wave import CLASSES, FORMS, OpenWave, body_of, encoded, open_test_wave, read_form

from survey.codes import new_code
from survey.intake import HandIn, Intake, Outcome, close_intake, issue_codes
from survey.web import app as form_app
from survey.web.app import build_app
from survey.web.throttle import Limits

TYPE = {"content_type": "application/x-www-form-urlencoded"}
OTHER_WAVE = "2025-2"
TOLERANCE = 0.17  # of the chance to name the slower of two right; four standard deviations at 100 posts of each


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def wave(request: pytest.FixtureRequest, home: Any) -> Iterator[OpenWave]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    held = open_test_wave(home, url=url)
    close_intake(open_test_wave(home, url=url, wave=OTHER_WAVE).intake)
    yield held
    close_intake(held.intake)


def refused_codes(wave: OpenWave, browser: Browser) -> dict[str, str]:
    """One code of each kind that is refused at the form of b1."""
    void = wave.codes("b1")[0]
    used = wave.codes("b1")[0]
    form = read_form(browser.get(FORMS["b1"]).text)
    assert browser.post(FORMS["b1"], body_of(form, used)).status == 303
    [elsewhere] = issue_codes(wave.intake, OTHER_WAVE, CLASSES["b1"][1], 1)
    return {
        "unknown": new_code(),
        "used": used,
        "void": void,
        "other_school": wave.codes("b5")[0],
        "other_wave": elsewhere,
    }


def times_of(app: Any, codes: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """Seconds per refusal by kind, one of each in turn."""
    browser = Browser(app)
    form = read_form(browser.get(FORMS["b1"]).text)
    scope = browser._scope("http", FORMS["b1"], TYPE) | {"method": "POST"}
    times: dict[str, list[float]] = {kind: [] for kind in codes}

    async def post(code: str) -> float:
        body = encoded(body_of(form, code))
        started = time.perf_counter()
        sent = await _talk(app, scope, {"type": "http.request", "body": body, "more_body": False})
        assert sent[0]["status"] == 409
        return time.perf_counter() - started

    async def rounds_of_all() -> None:
        for turn in range(rounds):
            for kind in random.Random(turn).sample(sorted(codes), len(codes)):
                times[kind].append(await post(codes[kind]))

    asyncio.run(rounds_of_all())
    return times


def advantage(one: list[float], other: list[float]) -> float:
    """How far from a coin's toss the chance is to say which of two refusals took longer: 0 to .5."""
    wins = sum((a > b) + 0.5 * (a == b) for a in one for b in other)
    return abs(wins / (len(one) * len(other)) - 0.5)


def patient_app(wave: OpenWave) -> Any:
    """Nobody is held up for guessing here."""
    site = wave.site()
    site.throttle.limits = Limits(late_seconds=0)
    return build_app(site)


def test_no_kind_of_refusal_is_faster_than_another(wave: OpenWave) -> None:
    app = patient_app(wave)
    times = times_of(app, refused_codes(wave, Browser(app)), 100)
    found = {(a, b): advantage(times[a], times[b]) for a, b in combinations(times, 2)}
    assert max(found.values()) < TOLERANCE, found


def test_an_early_return_is_seen(wave: OpenWave, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a form that asks no store about a code that nobody has."""
    app = patient_app(wave)
    codes = refused_codes(wave, Browser(app))
    real = form_app.hand_in

    async def early(intake: Intake, sheet: HandIn) -> Outcome:
        return Outcome.REFUSED if sheet.code == codes["unknown"] else await real(intake, sheet)

    monkeypatch.setattr(form_app, "hand_in", early)
    times = times_of(app, codes, 30)
    assert advantage(times["unknown"], times["used"]) > 2 * TOLERANCE
