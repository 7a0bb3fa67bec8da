"""What every kind of report works with: who asks, in which words, before which wave, counted up to which day."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from dashboard import published
from dashboard.desk import Desk
from dashboard.exports import NotForYou
from dashboard.reading.units import build_units, wave_name
from dashboard.reports.blocks import Block, Gap, Heading, Report, Signature
from dashboard.viewer import Viewer
from dashboard.words import catalogue

RENDERERS_WORDS = {
    "gap": "paper.gap",
    "gaps_title": "paper.gaps_title",
    "hidden": "window.hidden",
    "maker": "app.title",
    "range": "paper.range",
    "note": "paper.note",
    "from": "paper.from",
    "to": "paper.to",
    "item": "paper.field",
    "said": "paper.said",
    "about": "paper.sheet_about",
    "first": "paper.read_first",
}
# what holds for a kind's figures, on every page of it; of all others the release's
FEET = {"card": "paper.foot_card"} | dict.fromkeys(("incident", "followup", "case"), "paper.foot_case")


@dataclass(frozen=True)
class WaveDesk(Desk):
    """A desk before one wave of the release: the one that was asked for, or else the release's own."""

    asked_wave: str = ""

    @property
    def wave(self) -> str:
        if self.asked_wave or not self.waves:
            return self.asked_wave or self.as_of_wave
        return super().wave

    @property
    def as_of_wave(self) -> str:
        return str(self.rows("pub_release")[0]["as_of_wave"])


@dataclass(frozen=True)
class Paper:
    """`as_of`: what was noted after this day stays out. `asked`: what the address or the command line asks for."""

    desk: WaveDesk
    as_of: date
    asked: Mapping[str, str]

    @property
    def viewer(self) -> Viewer:
        return self.desk.viewer

    @property
    def language(self) -> str:
        return self.desk.language

    @property
    def lang(self) -> str:
        """The language as reference data names it."""
        return "zh" if self.language == "zh_CN" else "en"

    def t(self, key: str, **values: Any) -> str:
        return self.desk.t(key, **values)

    @property
    def known(self) -> Container[str]:
        """Keys that have words."""
        return catalogue(self.language)

    def day(self, day: date) -> str:
        return self.t("paper.day", year=day.year, month=day.month, day=day.day)

    @cached_property
    def place(self) -> str:
        """Whom the report is about: the school, the district or the city by name; its id where nothing names it."""
        kind = {"counselor": "school", "district": "district"}.get(self.viewer.role, "city")
        try:
            units = build_units(self.desk, kind) or build_units(self.desk, kind, self.desk.as_of_wave)
        except published.NothingPublishedError:
            return self.viewer.scope
        if kind == "city":
            return next((unit.name for unit in units.values()), self.t("trend_page.city"))
        return units[self.viewer.scope].name if self.viewer.scope in units else self.viewer.scope


def open_paper(viewer: Viewer, language: str, asked: Mapping[str, str], as_of: date) -> Paper:
    """A report's paper; NotForYou("no_wave") for a wave that this viewer's file doesn't hold.

    Casework needs no release: without one the desk has no table, and only what asks for one fails.
    """
    try:
        release = published.current_release()
    except published.NothingPublishedError:
        release = ""
    desk = WaveDesk(viewer, language, release, asked_wave=asked.get("wave", ""))
    if desk.asked_wave and desk.waves and desk.asked_wave not in desk.waves:
        raise NotForYou("no_wave")
    return Paper(desk, as_of, asked)


def check_released(paper: Paper) -> None:
    """NothingPublishedError where this viewer has no release, before any page is drawn."""
    paper.desk.rows("pub_release")


def check_role(paper: Paper, *roles: str) -> None:
    """NotForYou unless this role makes such a report, of its own school or district."""
    own = paper.asked.get("school") or paper.asked.get("district") or paper.viewer.scope
    if paper.viewer.role not in roles or own != paper.viewer.scope:
        raise NotForYou("not_yours")


def make_report(
    paper: Paper,
    kind: str,
    title: str,
    blocks: list[Block],
    subtitle: str = "",
    facts: tuple[tuple[str, str], ...] = (),
) -> Report:
    """The report with what stands on all of them."""
    made = (paper.t("paper.as_of"), paper.day(paper.as_of))
    return Report(
        kind=kind,
        language=paper.language,
        title=title,
        subtitle=subtitle,
        facts=(*facts, made),
        blocks=tuple(blocks),
        foot=paper.t(FEET.get(kind, "paper.foot")),
        made_on=paper.as_of,
        words={word: paper.t(key) for word, key in RENDERERS_WORDS.items()},
    )


def chapters(paper: Paper, held: Mapping[str, Sequence[Block]]) -> list[Block]:
    """Each chapter's heading, by its key in the catalogue, and what stands under it."""
    return [block for key, blocks in held.items() for block in (Heading(paper.t(key)), *blocks)]


def gaps(paper: Paper, *keys: str) -> list[Block]:
    """What a person has yet to write, by keys of the catalogue."""
    return [Gap(paper.t(key)) for key in keys]


def sign_here(paper: Paper, who: str) -> Signature:
    """Who answers for the report, and when it was signed."""
    return Signature((paper.t(who), paper.t("paper.signed_on")))


def release_facts(paper: Paper) -> tuple[tuple[str, str], ...]:
    """Which release the figures come from, by which rules; not anonymous where they weren't."""
    row = paper.desk.rows("pub_release")[0]
    rules = paper.t("paper.rules", policy=row["policy_version"], rules=row["rules_version"])
    return ((paper.t("paper.release"), str(row["release_id"])), (paper.t("paper.by_rules"), rules))


def term_name(paper: Paper) -> str:
    return wave_name(paper.desk, paper.desk.wave)
