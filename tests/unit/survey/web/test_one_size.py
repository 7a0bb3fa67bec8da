"""Every form posted has one size: blank or full, any answers, without a script. A network observer learns nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from asgi_browser import Browser
from form_wave import FORMS, body_of, encoded, everything, read_form
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CODE = "0123456789ABC"


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_every_group_has_one_box_checked_and_values_of_one_letter(reader: Browser, path: str, query: str) -> None:
    """A group without a checked box would be missing from some posts; a longer value would make them longer."""
    form = read_form(reader.get(FORMS[path] + query).text)
    assert len(form.groups) > 40
    for name, values in form.groups.items():
        assert form.checked[name] == ["_"], name
        assert len(set(values)) == len(values) >= 2
        assert {len(value) for value in values} == {1}
    assert {len(name) for name in form.groups} == {1, 2}


@pytest.mark.parametrize("path", FORMS)
def test_no_control_can_be_left_out_of_a_post(reader: Browser, path: str) -> None:
    """A checkbox, a button with a name, a disabled or second control of a name would change what is sent."""
    page = reader.get(FORMS[path]).text
    form = page[page.index("<form") : page.index("</form")]
    kinds = Counter(
        part.split(">")[0].split("type=")[1].split()[0] for part in form.split("<input ")[1:] if "type=" in part
    )
    assert set(kinds) == {"radio", "hidden"} and kinds["hidden"] == 1
    assert not any(mark in form for mark in ("disabled", "<select", "<textarea", "type=checkbox", "<button name"))


@pytest.mark.parametrize("path", FORMS)
def test_blank_full_and_empty_are_one_size(reader: Browser, path: str) -> None:
    form = read_form(reader.get(FORMS[path]).text)
    sizes = {
        len(encoded(body_of(form, CODE, take_part, chosen)))
        for take_part in "01_"
        for chosen in ({}, everything(form), everything(form, 1))
    }
    assert len(sizes) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("path", ["b1", "b5"])
def test_any_answers_are_one_size(reader: Browser, path: str, data: Any) -> None:
    form = read_form(reader.get(FORMS[path]).text)
    chosen = {name: data.draw(st.sampled_from(values)) for name, values in form.groups.items()}
    assert len(encoded(body_of(form, CODE, chosen=chosen))) == len(encoded(body_of(form, CODE)))


def test_pages_of_one_form_are_one_size_too(reader: Browser) -> None:
    """The nonce is spliced in at full length; the compressed page doesn't change its size with it."""
    assert len({len(reader.get(FORMS["b3"], accept_encoding="gzip").content) for _ in range(20)}) == 1
