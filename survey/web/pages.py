"""Every page of the form as ready bytes: rendered once, in which only marked holes stay open.

A mark stands wherever a radio may be checked, and for the alert, the code and the token. So the page that hands
somebody's answers back after a refusal is joined from the same pieces as everybody's page, and has its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from html import escape
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from survey import codes
from survey.instrument import Instrument
from survey.intake.labels import SchoolLabel
from survey.web.catalogue import Catalogue, load_catalogues
from survey.web.fields import NOT_CHOSEN, TAKE_PART, Choice, Field, Question, Screen, build_screens, fields_of
from survey.web.help import help_lines
from survey.web.packing import Packed, pack_page

HERE = Path(__file__).resolve().parent
MARK = "\x01"
CHECKED = b" checked"
BAND_PATHS = ("b1", "b2", "b3", "b4", "b5")
FRAME = 3  # screens around the blocks: welcome, code, hand in


@dataclass(frozen=True)
class FormPage:
    """One form: fixed pieces with a hole after each but the last, and what may be posted from it."""

    pieces: tuple[bytes, ...]
    holes: tuple[str, ...]
    fields: Mapping[str, Field]
    items: int

    @cached_property
    def packed(self) -> Packed:
        """Everybody's page, compressed, with the token's place left open."""
        before, after = self.filled({}, "", "", MARK).split(MARK.encode())
        return pack_page(before, after)

    def filled(self, chosen: Mapping[str, str], alert: str, code: str, token: str) -> bytes:
        """The page with these answers checked; its length depends on alert and code alone."""
        texts = {"alert": escape(alert).encode(), "code": escape(code).encode(), "token": token.encode()}
        checked = {name + chosen.get(name, NOT_CHOSEN) for name in (*self.fields, TAKE_PART)}
        fillings = (texts.get(hole, CHECKED if hole in checked else b"") for hole in self.holes)
        return b"".join(part for pair in zip(self.pieces, (*fillings, b""), strict=True) for part in pair)


def path_of_band(instrument: Instrument, band: str) -> str:
    return BAND_PATHS[instrument.bands.index(band)]


def build_form_page(
    instrument: Instrument, band: str, school: SchoolLabel, words: Catalogue, optional: frozenset[str], slips: bool
) -> FormPage:
    """Render, cut at the marks, compress: some 20 ms, once per school, band and language."""
    screens = build_screens(instrument, band, optional)
    text = render("form.html", words, **form_context(instrument, band, school, words, screens, slips))
    parts = text.split(MARK)
    pieces, holes = tuple(part.encode() for part in parts[::2]), tuple(parts[1::2])
    items = sum(question.number is not None for screen in screens for question in screen.questions)
    return FormPage(pieces, holes, fields_of(screens), items)


def form_context(
    instrument: Instrument,
    band: str,
    school: SchoolLabel,
    words: Catalogue,
    screens: tuple[Screen, ...],
    slips: bool,
) -> dict[str, Any]:
    path = f"/{school.school_id}/{path_of_band(instrument, band)}"
    texts = instrument.form
    assert texts is not None
    is_youngest = band == instrument.bands[0]
    others = [held for held in load_catalogues().values() if held.code != words.code]
    return {
        "title": words.say("page.title"),
        "classes": " ".join([path_of_band(instrument, band)] + ["v"] * words.is_vertical),
        "js": asset("form.js"),
        "form": texts,
        "messages": texts.messages,
        "promise": words.text(texts.promise.words(band)).strip().splitlines(),
        "screens": screens,
        "pages": len(screens) + FRAME,
        "school": school.name,
        "action": path + words.query,
        "done": f"/{school.school_id}/done{words.query}",
        "promise_href": f"/promise{words.query}",
        "alphabet": codes.ALPHABET,
        "languages": [link(held, path) for held in others],
        "label": lambda question, choice: label_of(question, choice, band, school, words),
        "icon": icon_of if is_youngest else lambda choice: Markup(),
        "shapes": icons()["shapes"] if is_youngest else {},
        "slot": lambda field, value: f"{MARK}{field}{value}{MARK}",
        "hole": lambda name: f"{MARK}{name}{MARK}",
        **help_context(instrument, school, words, slips),
    }


def help_context(instrument: Instrument, school: SchoolLabel, words: Catalogue, slips: bool) -> dict[str, Any]:
    return {
        "help": help_lines(instrument, school, words),
        "slip_href": f"/help-slip/{school.school_id}{words.query}" if slips else "",
    }


def link(words: Catalogue, path: str) -> dict[str, str]:
    """How another language is offered, in its own words. The first language needs no query."""
    return {"href": path + words.query, "lang": words.say("language.html_lang"), "name": words.say("language.name")}


def label_of(question: Question, choice: Choice, band: str, school: SchoolLabel, words: Catalogue) -> str:
    """An option's words; a place carries the school's own name for it in brackets."""
    text = words.text(choice.option.words(band))
    local = school.places.get(str(choice.option.code), "") if question.item.list_name == "places" else ""
    if not local:
        return text
    return f"{text}（{local}）" if words.code.startswith("zh") else f"{text} ({local})"


@cache
def icons() -> dict[str, dict[str, str]]:
    """Path data of the drawings by shape, and the shape of each option that has one."""
    held: dict[str, dict[str, str]] = yaml.safe_load((HERE / "assets" / "icons.yml").read_text(encoding="utf-8"))
    return held


def icon_of(choice: Choice) -> Markup:
    """A small drawing beside the words, or nothing."""
    shape = icons()["options"].get(str(choice.option.code))
    return Markup("<svg class=ico aria-hidden=true><use href=#i-{} /></svg>").format(shape) if shape else Markup()


def render(template: str, words: Catalogue, **context: Any) -> str:
    """A page in one language, without indentation."""
    page = (
        environment()
        .get_template(template)
        .render(
            say=words.say,
            text=words.text,
            lang=words.say("language.html_lang"),
            css=asset("form.css"),
            **{"classes": "v" if words.is_vertical else "", "js": Markup(), **context},
        )
    )
    return re.sub(r"\n\s*", "\n", page)


@cache
def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def asset(name: str) -> Markup:
    """A style or script as it stands in the page: without comments, indentation and empty lines."""
    text = (HERE / "assets" / name).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", text, flags=re.DOTALL | re.MULTILINE)
    return Markup("\n".join(line.strip() for line in text.splitlines() if line.strip()))
