"""Pages on which nothing is asked: receipt, help, not open, closed, and every refusal that isn't about a code."""

from __future__ import annotations

from survey.instrument import Instrument
from survey.intake.labels import SchoolLabel
from survey.web.catalogue import Catalogue
from survey.web.pages import help_context, render


def receipt_page(instrument: Instrument, school: SchoolLabel, words: Catalogue, slips: bool) -> bytes:
    """The same for everyone of a school: whether blank or full, stored now or before."""
    assert instrument.form is not None
    lines = [words.text(instrument.form.receipt), words.say("receipt.close")]
    helping = help_context(instrument, school, words, slips)
    title, help_title = words.say("receipt.title"), words.say("receipt.help_title")
    return notice(words, title, lines, scene=True, help_title=help_title, **helping)


def help_page(instrument: Instrument, school: SchoolLabel, words: Catalogue, slips: bool) -> bytes:
    """Whom to turn to; static, and for everyone the same."""
    helping = help_context(instrument, school, words, slips)
    return notice(words, words.say("help.page_title"), [words.say("help.nearby")], **helping)


def state_page(state: str, words: Catalogue, *, scene: bool = True) -> bytes:
    """`state`: not_open, closed, lost, refused or home."""
    links = [(f"/promise{words.query}", words.say("state.promise_link"))]
    return notice(words, words.say(f"state.{state}_title"), [words.say(f"state.{state}")], scene=scene, links=links)


def notice(words: Catalogue, title: str, lines: list[str], **context: object) -> bytes:
    held = {"scene": False, "help": [], "help_title": "", "slip_href": "", "links": [], **context}
    return render("notice.html", words, title=title, lines=lines, **held).encode()
