"""The promise page: what each adversary can and can't do, and what remains possible, in words of the catalogue."""

from __future__ import annotations

from survey.web.catalogue import Catalogue
from survey.web.pages import render

PARTS = ("title", "lede", "parts", "recorded", "who", "remains", "one_machine")


def promise_page(words: Catalogue, one_machine: bool) -> bytes:
    """`one_machine`: form and analysis run on the same host; the page then says what is weaker."""
    held = {name: words.promise[name] for name in PARTS}
    page = render("promise.html", words, classes="wider" + " v" * words.is_vertical, **{**held, "weaker": one_machine})
    return page.encode()
