"""HTML from templates with escaping on: names come from class lists, and a class list may hold anything."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.look import MARKS
from dashboard.settings import HERE
from dashboard.words import say, say_list


def render(template: str, language: str, **values: Any) -> str:
    """Fill a template of dashboard/templates; `t` and `lines` speak the given language."""
    words = {"t": partial(say, language), "lines": partial(say_list, language), "language": language, "marks": MARKS}
    return _environment().get_template(template).render(**words, **values)


def load_templates() -> None:
    """Compile all templates before the first page asks for one."""
    for name in _environment().list_templates():
        _environment().get_template(name)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
