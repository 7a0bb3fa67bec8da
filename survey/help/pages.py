"""The pages as HTML: templates with escaping on, for contacts come from a class list, which may hold anything."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from survey.help.adults import Door
from survey.help.letters import OTHER_LIMIT, TEXT_LIMIT
from survey.help.words import catalogue, say
from survey.roles import role_name

HERE = Path(__file__).parent
ROOT = "/help-slip"
PROMISED_DAYS = 2  # after one school day the second adult is told, who has the next
ASSETS = {
    "help.css": "text/css; charset=utf-8",
    "help.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}


def render_page(name: str, language: str, door: Door | None, **values: Any) -> str:
    """A page in Chinese (zh) or English (en); links keep the language."""
    query = "" if language == "zh" else f"?lang={language}"
    form_page = f"{ROOT}/{door.school_id}" if door else ROOT
    links = {"form_page": form_page + query, "answer_page": f"{form_page}/answer{query}", "root": ROOT}
    named = name_offices(door, language) if door else None
    shared = {"t": partial(say, language), "lines": catalogue(language)["lines"], "door": named}
    limits = {"text_limit": TEXT_LIMIT, "other_limit": OTHER_LIMIT, "days": PROMISED_DAYS}
    return _environment().get_template(f"{name}.html").render(**shared, **links, **limits, **values)


def name_offices(door: Door, language: str) -> Door:
    """The same door, its adults' offices as a child reads them: the class list may hold a code."""
    return replace(door, adults=tuple(replace(one, role=role_name(one.role, language)) for one in door.adults))


@cache
def read_asset(name: str) -> bytes:
    return (HERE / "assets" / name).read_bytes()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
