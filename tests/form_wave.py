"""A wave that is on, with slips to spend, and a form read as a browser without scripts would read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

from survey.instrument import Instrument, load_instrument
from survey.intake import (
    ClassLabel,
    Contact,
    Intake,
    SchoolLabel,
    close_wave,
    issue_codes,
    open_intake,
    open_wave,
    read_sealed,
    read_wave,
)
from survey.sealing import KeyPair, new_key, unseal
from survey.settings import SurveySettings
from survey.sheets import Sheet, decode_sheet
from survey.web.site import Site, build_site

WAVE = "2026-2"
PEPPER = b"p" * 32
CONTACTS = (
    Contact("德育处", "李老师", "0471-1234567", "二楼 205", "每天中午"),
    Contact("心理老师", "王老师", "0471-1234568"),
    Contact("区教育局", "学生安全科", "0471-7654321", "", "工作日", outside=True),
)
# band path → school, class, band, grade
CLASSES = {
    "b1": ("S01", "S01_301", "g34", 3),
    "b2": ("S01", "S01_501", "g56", 5),
    "b3": ("S02", "S02_701", "jr", 7),
    "b4": ("S02", "S02_1001", "sr", 10),
    "b5": ("S02", "S02_V1", "voc", 10),
}
FORMS = {path: f"/{school}/{path}" for path, (school, *_) in CLASSES.items()}


@dataclass(frozen=True)
class OpenWave:
    """A wave on a store of its own. `key` opens its envelopes."""

    intake: Intake
    instrument: Instrument
    key: KeyPair
    settings: SurveySettings

    def codes(self, path: str, number: int = 1) -> list[str]:
        """Codes of the one class that fills in this form; those given before and not spent become void."""
        return issue_codes(self.intake, WAVE, CLASSES[path][1], number)

    def site(self) -> Site:
        return build_site(self.intake, self.instrument, WAVE, self.settings)

    def sheets(self) -> list[Sheet]:
        """Close the wave, and open what was handed in."""
        if read_wave(self.intake, WAVE).state == "open":
            close_wave(self.intake, WAVE)
        envelopes = read_sealed(self.intake, WAVE)
        return [decode_sheet(unseal(self.key.private, envelope), self.instrument) for envelope in envelopes]


def open_test_wave(
    home: Path, opens: int = -1, closes: int = 5, wave: str = WAVE, optional: bool = False, url: str = ""
) -> OpenWave:
    """Open a wave of two schools and five classes; `opens` and `closes` in days from today. `url`: another store."""
    settings = SurveySettings(home=home, optional_blocks=frozenset({"about"} if optional else ()))
    intake, key, instrument = open_intake(url or settings.intake, PEPPER), new_key(), term()
    today = date.today()
    first, last = today + timedelta(days=opens), today + timedelta(days=closes)
    open_wave(intake, wave, key.public, first, last, instrument, schools(), classes())
    return OpenWave(intake, instrument, key, settings)


@cache
def term() -> Instrument:
    return load_instrument()


def schools() -> list[SchoolLabel]:
    return [
        SchoolLabel("S01", "第一小学", "D1", ("g34", "g56"), CONTACTS, {"corner": "车棚后面"}),
        SchoolLabel("S02", "第二中学", "D1", ("jr", "sr", "voc"), CONTACTS, {}),
    ]


def classes() -> list[ClassLabel]:
    return [
        ClassLabel(class_id, school, class_id, band, grade, 45) for school, class_id, band, grade in CLASSES.values()
    ]


@dataclass
class ReadForm(HTMLParser):
    """The controls of a page: radios by group in order, and every other input's value."""

    groups: dict[str, list[str]] = field(default_factory=dict)
    checked: dict[str, list[str]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    alert: str = ""
    inside: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.inside = held.get("id") or ""
        if tag != "input" or not held.get("name"):
            return
        name, value = str(held["name"]), held.get("value") or ""
        if held.get("type") != "radio":
            self.inputs[name] = value
            return
        self.groups.setdefault(name, []).append(value)
        if "checked" in held:
            self.checked.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "alert":
            self.alert += data


def read_form(page: str) -> ReadForm:
    form = ReadForm()
    form.feed(page)
    return form


def body_of(form: ReadForm, code: str, take_part: str = "1", chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a browser sends: exactly one value of each group, and the other inputs."""
    radios = {name: values[0] for name, values in form.checked.items()}
    return {**radios, "p": take_part, **(chosen or {}), **form.inputs, "c": code}


def encoded(body: Mapping[str, str]) -> bytes:
    return urlencode(body).encode()


def everything(form: ReadForm, place: int = -1) -> dict[str, str]:
    """Every group set to its option at `place`: of a multiple choice everything is picked."""
    return {
        name: values[place] if len(values) > 2 else values[0] for name, values in form.groups.items() if name != "p"
    }
