"""Six implementations and seven fields of the check: what is at hand for each, and what is still to be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import yaml

from dashboard.casework.counts import counts_by_school
from dashboard.casework.roster import list_members, missing_seats
from dashboard.casework.values import ACTIVITY_KINDS
from dashboard.reading.coverage import build_school_coverage
from dashboard.reading.places import build_grid, build_places
from dashboard.reading.units import wave_name
from dashboard.reports.blocks import Block, Gap, Table
from dashboard.reports.done import CLOCKS, activities_in, is_done, measures_in, school_level, turn_of
from dashboard.reports.paper import Paper
from dashboard.reports.reached import count_states
from dashboard.reports.terms import year_days
from dashboard.settings import REFERENCE

LISTS = ("six", "seven")


@cache
def read_fields() -> dict[str, Any]:
    """data/reference/annual.yml as it stands."""
    held: dict[str, Any] = yaml.safe_load((REFERENCE / "annual.yml").read_text(encoding="utf-8"))
    return held


def field_blocks(paper: Paper, year: int) -> list[Block]:
    """Both lists as tables; a field without evidence is a gap."""
    held = read_fields()
    found = collect(paper, year)
    blocks: list[Block] = []
    for name in LISTS:
        lines = [
            (entry, [found[code] for code in entry["evidence"] if found.get(code)]) for entry in held[name].values()
        ]
        head = (paper.t("paper.field"), paper.t("paper.evidence"))
        rows = tuple((entry[paper.lang], "\n".join(words) or paper.t("paper.gap")) for entry, words in lines)
        blocks.append(Table(paper.t(f"paper.{name}"), head, rows, held["source"][paper.lang]))
        blocks += [_gap(paper, name, entry) for entry, words in lines if not words]
    return blocks


def _gap(paper: Paper, name: str, entry: Mapping[str, Any]) -> Gap:
    """A field without evidence, and where it will be found if not in this system."""
    text = paper.t("paper_gap.field", list=paper.t(f"paper.{name}"), name=entry[paper.lang])
    where = paper.t("paper_gap.where", where=entry["where"][paper.lang]) if "where" in entry else ""
    return Gap(f"{text}{where}", is_in_table=True)


def collect(paper: Paper, year: int) -> Mapping[str, str]:
    """Evidence by its code, in words; absent where there is none."""
    counted = _counted(paper)
    reached = {"coverage": _coverage(paper, year)}
    if paper.viewer.role != "counselor":
        return reached | counted
    return reached | counted | _kinds(paper, year) | _own(paper, year)


def _coverage(paper: Paper, year: int) -> str:
    waves = [wave for wave in paper.desk.waves if wave.startswith(f"{year}-")]
    return "\n".join(_reached(paper, wave) for wave in waves)


def _reached(paper: Paper, wave: str) -> str:
    tally = count_states(build_school_coverage(replace(paper.desk, asked_wave=wave)))
    if paper.viewer.role == "counselor":
        states = paper.t("signs.comma").join(paper.t(f"state.{state}") for state in tally)
    else:
        states = paper.t("signs.comma").join(
            paper.t("paper.n_schools", name=paper.t(f"state.{s}"), n=n) for s, n in tally.items()
        )
    return paper.t("paper.in_term", term=wave_name(paper.desk, wave), what=states)


def _counted(paper: Paper) -> dict[str, str]:
    """Clocks and cases over the schools that this viewer may count."""
    held = counts_by_school(paper.viewer, None, paper.as_of)
    numbers: dict[str, Counter[str]] = {name: Counter() for name in CLOCKS}
    for clock in (clock for one in held for clock in one.clocks):
        numbers[clock.clock] += Counter(met=clock.met, late=clock.missed + clock.overdue)
    words = {
        name: paper.t("paper.clock_kept", clock=paper.t(f"paper_clock.{name}"), met=kept["met"], late=kept["late"])
        for name, kept in numbers.items()
        if kept.total()
    }
    cases, incidents = (sum(one.number(subject) for one in held) for subject in ("case", "incident"))
    return words | ({"cases": paper.t("paper.cases_line", case=cases, incident=incidents)} if cases + incidents else {})


def _kinds(paper: Paper, year: int) -> dict[str, str]:
    held = Counter(one.kind for one in activities_in(paper, year_days(year)))
    return {
        kind: paper.t("paper.n_times", name=paper.t(f"activity_kind.{kind}"), n=held[kind])
        for kind in ACTIVITY_KINDS
        if held[kind]
    }


def _own(paper: Paper, year: int) -> dict[str, str]:
    """Committee, measures, places and times of a school; a place or time counts as looked at once it is released."""
    places = build_places(paper.desk, paper.viewer.scope, "happens").values()
    cells = build_grid(paper.desk, paper.viewer.scope).values()
    words = {
        "committee": _committee(paper),
        "measures": _measures(paper, year),
        "places": paper.t("paper.looked_places") if any(one.is_shown for one in places) else "",
        "times": paper.t("paper.looked_times") if any(one.is_shown for one in cells) else "",
    }
    return {code: said for code, said in words.items() if said}


def _committee(paper: Paper) -> str:
    members = list_members(paper.viewer, paper.as_of)
    if not members:
        return ""
    missing = missing_seats(members, school_level(paper))
    seats = paper.t("signs.comma").join(seat.name[paper.lang] for seat in missing)
    rest = paper.t("roster.missing", seats=seats) if missing else paper.t("roster.complete")
    return f"{paper.t('paper.seats', n=len(members))}{rest}"


def _measures(paper: Paper, year: int) -> str:
    held = measures_in(paper, year_days(year))
    if not held:
        return ""
    turns = Counter(turn_of(paper, one).direction for one in held)
    done = sum(is_done(paper, one) for one in held)
    return paper.t(
        "paper.measures_line", n=len(held), done=done, fell=turns["fell"], stayed=turns["stayed"], rose=turns["rose"]
    )
