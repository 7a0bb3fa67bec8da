"""Anything at all may be sent to any address: the reply is a friendly page, never a failure of ours, never a row."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgi_browser import Browser, _talk
from form_wave import FORMS, OpenWave, body_of, encoded, everything, open_test_wave, read_form
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from survey.codes import new_code
from survey.intake import close_intake
from survey.web.app import build_app
from survey.web.pages import FormPage
from survey.web.posts import LIMIT, answers_of, read_post
from survey.web.throttle import Limits

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck))
FORM = b"application/x-www-form-urlencoded"
WORDS = ["S01", "S02", "b1", "b2", "b5", "b6", "help", "done", "promise", "healthz", "..", "", "%00", "é", "help-slip"]
PATHS = st.one_of(
    st.sampled_from(list(FORMS.values())),
    st.lists(st.sampled_from(WORDS), max_size=4).map(lambda parts: "/" + "/".join(parts)),
    st.text(max_size=30).map(lambda text: "/" + text),
)
METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "BREW"])
HEADERS = st.lists(
    st.tuples(
        st.sampled_from([b"content-type", b"accept-encoding", b"content-length", b"cookie", b"transfer-encoding"]),
        st.one_of(
            st.sampled_from([FORM, FORM + b"; charset=utf-8", b"gzip", b"text/plain", b"-1"]), st.binary(max_size=20)
        ),
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenWave]:
    wave = open_test_wave(tmp_path_factory.mktemp("fuzz"))
    yield wave
    close_intake(wave.intake)


@pytest.fixture(scope="module")
def app(held: OpenWave) -> Any:
    """Guesses are answered at once here, or the examples would wait for each other."""
    site = held.site()
    site.throttle.limits = Limits(late_seconds=0)
    return build_app(site)


@pytest.fixture(scope="module")
def page(held: OpenWave) -> FormPage:
    return held.site().form_page("S01", "g34", "zh_CN")


def send(app: Any, method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> list[Any]:
    scope = Browser(app)._scope("http", "/", {}) | {"method": method, "path": path, "query_string": query}
    return asyncio.run(
        _talk(app, scope | {"headers": headers}, {"type": "http.request", "body": body, "more_body": False})
    )


def check_kind_reply(sent: list[Any]) -> int:
    """One reply, of ours, not a failure; returns its status."""
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    status = sent[0]["status"]
    assert status < 500, status
    headers = dict(sent[0]["headers"])
    assert headers[b"cache-control"] == b"no-store" and b"content-security-policy" in headers
    return status


ANYTHING = given(
    method=METHODS, path=PATHS, query=st.binary(max_size=40), headers=HEADERS, body=st.binary(max_size=LIMIT + 10)
)


@QUICK
@example(method="GET", path="/help-slip/", query=b"\x80", headers=[], body=b"")  # failed once
@example(method="GET", path="/help-slip/S01/", query=b"", headers=[], body=b"")  # was sent on, headers and all gone
@ANYTHING
def test_any_request_gets_a_kind_reply(app: Any, **sent: Any) -> None:
    assert check_kind_reply(send(app, **sent)) != 303


@pytest.mark.long
@LONG
@ANYTHING
def test_any_of_many_requests_gets_a_kind_reply(app: Any, **sent: Any) -> None:
    assert check_kind_reply(send(app, **sent)) != 303


def spoil(data: st.DataObject, body: dict[str, str], others: list[str]) -> list[tuple[str, str]]:
    """A form with one thing wrong with it."""
    pairs = list(body.items())
    kind = data.draw(st.sampled_from(["drop", "twice", "strange", "value", "foreign", "token"]))
    place = data.draw(st.integers(0, len(pairs) - 1))
    name = pairs[place][0]
    match kind:
        case "drop":
            del pairs[place]
        case "twice":
            pairs.insert(place, pairs[place])
        case "strange":
            pairs.append(
                (data.draw(st.sampled_from(["class_id", "school_id", "wave", "too_fast", "zz", "", "c", "T"])), "1")
            )
        case "value" if name != "c":
            bad = st.text(max_size=3).filter(lambda text: text not in "abcdefghijklmnop01_")
            pairs[place] = (name, data.draw(bad))
        case "foreign":
            pairs[place] = (data.draw(st.sampled_from(others)), "a")
        case _:
            token = body["t"]
            at = data.draw(st.integers(0, len(token) - 1))
            other = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda letter: letter != token[at]))
            pairs = [(key, token[:at] + other + token[at + 1 :] if key == "t" else value) for key, value in pairs]
    return pairs


@QUICK
@given(data=st.data())
def test_a_form_with_one_thing_wrong_is_refused_and_never_tried(app: Any, data: Any) -> None:
    """Missing, doubled, unknown, another band's or another class's fields: 400, before any code is looked at."""
    from urllib.parse import urlencode

    form = read_form(Browser(app).get(FORMS["b1"]).text)
    others = sorted(set(read_form(Browser(app).get(FORMS["b5"]).text).groups) - set(form.groups))
    body = body_of(form, new_code(), chosen=everything(form))
    spoiled = urlencode(spoil(data, body, others)).encode()
    assert check_kind_reply(send(app, "POST", FORMS["b1"], b"", [(b"content-type", FORM)], spoiled)) == 400


@QUICK
@given(data=st.data())
def test_reading_is_the_inverse_of_choosing(page: FormPage, data: Any) -> None:
    """Whatever is chosen arrives as it was meant, checked against the instrument the slow way."""
    chosen = {name: data.draw(st.sampled_from(list(field.means))) for name, field in page.fields.items()}
    post = read_post(encoded({**chosen, "p": "1", "c": "x", "t": "y"}), page.fields)
    assert post is not None and post.chosen == chosen
    sheet, apart = answers_of(post, page.fields, too_fast=False)
    both = {**sheet, **apart}
    for name, value in chosen.items():
        held = page.fields[name]
        assert both[held.column] == held.means[value]
    assert len(both) == len(chosen) + 2
    shown = read_form(page.filled(post.checked, "", "", "").decode())
    assert {name: values for name, values in shown.checked.items() if name != "p"} == {
        n: [v] for n, v in chosen.items()
    }


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/plain", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/json", 415),
        ("", 415),
        ("APPLICATION/X-WWW-FORM-URLENCODED ; charset=UTF-8", 400),
    ],
)
def test_content_types(app: Any, kind: str, status: int) -> None:
    sent = send(app, "POST", FORMS["b1"], b"", [(b"content-type", kind.encode())], b"a=b")
    assert check_kind_reply(sent) == status


def test_a_body_that_is_too_long_is_not_read_to_its_end(app: Any) -> None:
    asked = 0

    async def endless() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"a" * 4_096, "more_body": True}

    sent: list[Any] = []

    async def keep(message: Any) -> None:
        sent.append(message)

    scope = Browser(app)._scope("http", FORMS["b1"], {"content_type": FORM.decode()}) | {"method": "POST"}
    asyncio.run(app(scope, endless, keep))
    assert check_kind_reply(sent) == 413 and asked == 3


def test_a_client_that_goes_away_leaves_nothing(app: Any) -> None:
    sent: list[Any] = []

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def keep(message: Any) -> None:
        sent.append(message)

    scope = Browser(app)._scope("http", FORMS["b1"], {"content_type": FORM.decode()}) | {"method": "POST"}
    asyncio.run(app(scope, gone, keep))
    assert sent == []


def test_nothing_of_all_this_was_stored(held: OpenWave, tmp_path: Path) -> None:
    assert held.sheets() == []
