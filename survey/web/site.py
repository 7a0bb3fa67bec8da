"""What one process of the form works with: the wave, its schools, its pages, and who has guessed too often."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from survey.form import FormTexts
from survey.instrument import Instrument
from survey.intake import Intake, SchoolLabel, read_schools, read_wave
from survey.problems import WaveFault
from survey.settings import SurveySettings
from survey.web.catalogue import DEFAULT, Catalogue, load_catalogues
from survey.web.finished import Finished
from survey.web.notices import help_page, receipt_page, state_page
from survey.web.pages import FormPage, build_form_page
from survey.web.promise import promise_page
from survey.web.throttle import Throttle
from survey.web.token import derive_key

PAGES_HELD = 160  # forms kept ready at a time, about .1 MB each
ANALYSIS = ("keys", "confidential/answers", "confidential/quality", "confidential/runs")
STATE_HOLDS = 2  # seconds until the wave's state is looked up again


@dataclass
class WaveWatch:
    """The wave's state as last read: a closed wave takes nothing more, a moment later at the latest."""

    intake: Intake
    wave: str
    state: str = ""
    opens: date = date.max
    closes: date = date.max
    looked: float = -STATE_HOLDS

    def look(self) -> None:
        if not self.wave or time.monotonic() - self.looked < STATE_HOLDS:
            return
        try:
            held = read_wave(self.intake, self.wave)
            self.state, self.opens, self.closes = held.state, held.opens, held.closes
        except WaveFault:
            self.state = ""
        self.looked = time.monotonic()

    def is_open(self, today: date) -> bool:
        self.look()
        return self.state == "open" and self.opens <= today <= self.closes

    def is_over(self, today: date) -> bool:
        return self.state not in ("", "open") or (self.state == "open" and today > self.closes)


@dataclass(frozen=True)
class Site:
    """`form_page`: the ready form of a school, band and language. `slips`: the help slip's app, where there is one."""

    intake: Intake
    instrument: Instrument
    texts: FormTexts
    wave: str
    key: bytes = field(repr=False)
    schools: Mapping[str, SchoolLabel]
    form_page: Callable[[str, str, str], FormPage]
    static_page: Callable[[str, str, str], bytes]
    wave_state: WaveWatch
    throttle: Throttle
    slips: Any
    finished: Finished = field(default_factory=Finished)
    today: Callable[[], date] = date.today
    clock: Callable[[], float] = time.time


def build_site(intake: Intake, instrument: Instrument, wave: str, settings: SurveySettings) -> Site:
    if instrument.form is None:
        raise ValueError("the instrument has no words around its items, so it can't be a form")
    schools = {school.school_id: school for school in (read_schools(intake, wave) if wave else ())}
    slips = build_slips(settings)
    catalogues = load_catalogues()

    def form_page(school: str, band: str, language: str) -> FormPage:
        words = catalogues[language]
        return build_form_page(instrument, band, schools[school], words, settings.optional_blocks, slips is not None)

    def static_page(kind: str, school: str, language: str) -> bytes:
        words = catalogues[language]
        if kind in ("help", "done"):
            build = help_page if kind == "help" else receipt_page
            return build(instrument, schools[school], words, slips is not None)
        if kind == "promise":
            return promise_page(words, is_one_machine(settings))
        return b"ok" if kind == "healthz" else state_page(kind, words)

    return Site(
        intake=intake,
        instrument=instrument,
        texts=instrument.form,
        wave=wave,
        key=derive_key(intake.pepper, wave),
        schools=schools,
        form_page=lru_cache(maxsize=PAGES_HELD)(form_page),
        static_page=lru_cache(maxsize=PAGES_HELD)(static_page),
        wave_state=WaveWatch(intake, wave),
        throttle=Throttle(),
        slips=slips,
    )


def build_slips(settings: SurveySettings) -> Any:
    from survey.help.app import build_help_app

    return build_help_app(settings)


def is_one_machine(settings: SurveySettings) -> bool:
    """Whether the analysis stands on this machine too: then the promise is weaker, and its page says so.

    Nobody can see from here that it stands elsewhere, so the operator has to say it, and traces of it outweigh that.
    `confidential` alone is no trace: a survey host keeps the class list there.
    """
    return not settings.analysis_elsewhere or any((settings.home / place).exists() for place in ANALYSIS)


def is_open(site: Site) -> bool:
    return site.wave_state.is_open(site.today())


def ready_page(site: Site, kind: str, words: Catalogue | None = None, school: str = "") -> bytes:
    return site.static_page(kind, school, words.code if words else DEFAULT)
