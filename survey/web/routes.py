"""Addresses: school and band stand in the path, the language in the query, a code in neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from survey.web.catalogue import DEFAULT, Catalogue, load_catalogues
from survey.web.pages import BAND_PATHS

if TYPE_CHECKING:
    from survey.web.site import Site

ALONE = {"/": "home", "/promise": "promise", "/healthz": "healthz"}
OF_SCHOOL = {"help", "done"}


@dataclass(frozen=True)
class Route:
    """`kind`: form, help, done, home, promise, healthz or lost."""

    kind: str
    words: Catalogue
    school: str = ""
    band: str = ""


def find_route(site: Site, path: str, query: bytes) -> Route:
    """Where an address leads; an address that leads nowhere is `lost`."""
    words = language_of(query)
    if path in ALONE:
        return Route(ALONE[path], words)
    school_id, _, rest = path[1:].partition("/")
    school = site.schools.get(school_id)
    if school is None:
        return Route("lost", words)
    if rest in OF_SCHOOL:
        return Route(rest, words, school_id)
    bands = site.instrument.bands
    band = bands[BAND_PATHS.index(rest)] if rest in BAND_PATHS[: len(bands)] else ""
    return Route("form", words, school_id, band) if band in school.bands else Route("lost", words)


def language_of(query: bytes) -> Catalogue:
    """The language asked for by ?lang=, if there is one of this name; Chinese otherwise."""
    catalogues = load_catalogues()
    if not query:
        return catalogues[DEFAULT]
    asked = parse_qs(query.decode("latin-1")).get("lang", [""])[-1]
    return catalogues.get(asked, catalogues[DEFAULT])
