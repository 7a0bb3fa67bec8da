"""Any bytes may be sent to the form's port: real HTTP, every address and method, bodies whole, cut and invented."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from form_server import Served, serve_form
from form_wave import FORMS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
STATUS = re.compile(rb"^HTTP/1\.[01] (\d\d\d) ")
ADDRESSES = [
    *(path.encode() for path in FORMS.values()),
    *(b"/", b"/promise", b"/healthz", b"/S01/help", b"/S01/done", b"/S01/b5", b"/S99/b1", b"*", b"//", b"/S01/b1/"),
    *(b"/help-slip/S01", b"/help-slip/S01/answer", b"/help-slip/help.css", b"/help-slip/", b"/help-slip/S01/"),
    *(b"http://x/S01/b1", b"x:80", b"/%ff", b"/S01%2Fb1", b"/S01/../S02/b3", b"/\xff", b"/S01/b1;x"),
]
QUERIES = st.one_of(st.just(b""), st.sampled_from([b"?lang=en", b"?lang=%ff", b"?lang", b"?\x80", b"?" + b"a&" * 900]))
METHODS = st.sampled_from(b"GET POST HEAD PUT DELETE OPTIONS TRACE CONNECT PATCH PROPFIND BREW get".split())
NAMES = [b"Content-Type", b"Cookie", b"Expect", b"Upgrade", b"Connection", b"Transfer-Encoding", b"Host", b"X-\xff"]
VALUES = [
    *(b"application/x-www-form-urlencoded", b"text/plain", b"multipart/form-data", b"application/json", b""),
    *(b"100-continue", b"websocket", b"h2c", b"Upgrade", b"chunked", b"gzip, chunked", b"\xff\xfe", b"a" * 3_000),
]
FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=4)
PARTS = [b"c=1", b"t=" + b"a" * 44, b"p=1", b"aa=a", b"ab=_", b"&", b"=", b"%", b"%ff", b"\xff", b";", b"\0"]
BODIES = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=12).map(b"".join),
    st.binary(max_size=300),
    st.sampled_from([b"c=1&t=2&p=1", b"c=%", b"c=%ff&t=" + b"a" * 44, b"a" * 9_000, b"&" * 4_000, b"0\r\n\r\n"]),
)


def request_of(
    method: bytes, address: bytes, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes, lie: int = 0
) -> bytes:
    """A whole request, but for the `lie` about its length."""
    lines = [
        method + b" " + address + query + b" HTTP/1.1",
        *(name + b": " + value for name, value in [(b"Host", b"x"), (b"Connection", b"close"), *headers]),
        b"Content-Length: %d" % (len(body) + lie),
    ]
    return b"\r\n".join([*lines, b"", body])


LIES = st.sampled_from([0, 0, 0, -1, 3])
REQUESTS = st.builds(request_of, METHODS, st.sampled_from(ADDRESSES), QUERIES, HEADERS, BODIES, LIES)
PLACES = [path.encode() for path in FORMS.values()] + [b"/help-slip/S01", b"/help-slip/S01/answer"]
POSTS = st.builds(request_of, st.just(b"POST"), st.sampled_from(PLACES), QUERIES, st.just([FORM]), BODIES)
GARBAGE = st.binary(min_size=1, max_size=200).map(lambda body: body + b"\r\n\r\n")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_form(tmp_path_factory.mktemp("http"), headers_within=0.5) as held:
        yield held
        assert held.wave.sheets() == [], "something of all this was stored"


def talk(port: int, request: bytes) -> bytes:
    """What came back within a moment: a request that isn't whole may be left unanswered."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line, suppress(ConnectionError, TimeoutError):
        line.sendall(request)
        while got := line.recv(65_536):
            said += got
            line.settimeout(0.2)
    return said


def check_kind(served: Served, request: bytes) -> None:
    said = talk(served.port, request)
    status = STATUS.match(said)
    assert not said or status, said[:100]
    assert status is None or int(status[1]) < 500, said[:300]
    assert served.process.poll() is None
    assert b"Traceback" not in served.log.read_bytes()
    assert b" failed: " not in served.log.read_bytes()


@QUICK
@given(request=st.one_of(POSTS, REQUESTS, GARBAGE))
def test_any_bytes_get_a_kind_reply_or_none(served: Served, request: bytes) -> None:
    check_kind(served, request)


@pytest.mark.long
@pytest.mark.timeout(900)
@LONG
@given(request=st.one_of(POSTS, REQUESTS, GARBAGE))
def test_any_of_many_bytes_get_a_kind_reply_or_none(served: Served, request: bytes) -> None:
    check_kind(served, request)


def test_after_all_of_it_the_form_is_there(served: Served) -> None:
    """The control: the same client reads a form."""
    said = talk(served.port, b"GET /S01/b1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 203 ") and said.rstrip().endswith(b"</html>")
