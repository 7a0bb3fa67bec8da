"""Every figure of a report beside its own name: read back from the released tables by plain rows, and from a page."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from report_school import AS_OF, BUREAU, DISTRICT, LIN, Work, bars_of
from streamlit.testing.v1 import AppTest

from dashboard import published
from dashboard.casework import signs, store
from dashboard.reports.blocks import Bars, Lines, Report, Table, Text
from dashboard.reports.build import build_report
from dashboard.viewer import Viewer
from dashboard.words import say

Row = published.Row
NOW = "2026-1"  # the wave of the made-up city's release
HIDDEN = "·"


@pytest.fixture
def city(show_city: Callable[[str], None], made_store: Path, home: Path) -> Iterator[None]:
    """The demo city and a store of casework without any: enough where only the release is looked up."""
    show_city("demo")
    shutil.copytree(made_store, home / "casework")
    store.forget()
    yield
    store.forget()


def make(kind: str, viewer: Viewer, **asked: str) -> Report:
    return build_report(kind, viewer, "zh_CN", asked, AS_OF)


def rows(viewer: Viewer, table: str, **where: object) -> list[Row]:
    held = published.read_rows(viewer, published.current_release(), table)
    return [row for row in held if all(row[key] == value for key, value in where.items())]


def name(viewer: Viewer, kind: str, code: str) -> str:
    held = rows(viewer, "pub_label", kind=kind, code=code, lang="zh_CN")
    return next(str(row["text"]) for row in held if not row["school_id"])


def share(row: Row | None) -> str:
    return HIDDEN if row is None or row["share_lo"] is None else f"{row['share_lo']:.0f}–{row['share_hi']:.0f}%"


def table_of(report: Report, title: str) -> Table:
    return next(one for one in report.blocks if isinstance(one, Table) and one.title == say("zh_CN", title))


def lines_of(table: Table) -> dict[str, tuple[str, ...]]:
    assert len({row[0] for row in table.rows}) == len(table.rows)
    return {row[0]: row[1:] for row in table.rows}


def test_a_schools_bars_are_its_rows_of_that_wave(city: None) -> None:
    """Each indicator's and each place's interval, by its label; another wave's or another measure's would differ."""
    for wave in (NOW, "2025-2"):
        report = make("term", LIN, wave=wave)
        held = rows(LIN, "pub_school_wave_indicator", school_id="S03", wave=wave)
        expected = {name(LIN, "indicator", row["indicator"]): share(row) for row in held}
        for measure in ("happens", "avoided"):
            for row in rows(LIN, "pub_school_wave_place", school_id="S03", wave=wave, measure=measure):
                expected[f"{measure} {name(LIN, 'place_group', row['place_group'])}"] = share(row)
        found = dict(shown_bars(report))
        assert len(found) > 12 and found.items() <= expected.items(), wave


def shown_bars(report: Report) -> Iterator[tuple[str, str]]:
    """(label, interval) of each bar that is shown; a place without the school's own words, after its measure."""
    measures = {say("zh_CN", f"places.{measure}"): f"{measure} " for measure in ("happens", "avoided")}
    for chart in (block for block in report.blocks if isinstance(block, Bars)):
        for bar in chart.bars:
            if bar.lo is not None:
                first = measures.get(chart.title, "")
                label = re.sub(r"（.*）$", "", bar.label) if first else bar.label
                yield f"{first}{label}", f"{bar.lo}–{bar.hi}%"


def test_place_and_time_stand_where_the_release_has_them(city: None) -> None:
    cells = {
        (name(LIN, "place_group", row["place_group"]), name(LIN, "time_group", row["time_group"])): share(row)
        for row in rows(LIN, "pub_school_wave_place_time", school_id="S03", wave=NOW)
    }
    table = table_of(make("term", LIN), "places.map")
    found = {(row[0], time): cell for row in table.rows for time, cell in zip(table.head[1:], row[1:], strict=True)}
    assert found and found == {key: cells.get(key, HIDDEN) for key in found}
    assert any(cell != HIDDEN for cell in found.values())


@pytest.mark.parametrize("viewer", [BUREAU, DISTRICT])
def test_a_board_is_the_rows_of_each_school(city: None, viewer: Viewer) -> None:
    """Coverage and credibility of each school, what is usual for it, and its district's and the city's shares."""
    report = make("term", viewer)
    names = {row["unit_id"]: str(row["name"]) for row in rows(viewer, "pub_unit", wave=NOW)}
    letters = {row["school_id"]: row["letter"] for row in rows(viewer, "pub_school_wave_credibility", wave=NOW)}
    reached = {
        names[row["school_id"]]: (
            f"{row['enrolled']}",
            f"{row['submitted_about']}",
            say("zh_CN", f"state.{row['state']}"),
            f"{row['classes_missing']}",
            letters.get(row["school_id"], HIDDEN),
        )
        for row in rows(viewer, "pub_school_wave_coverage", wave=NOW)
    }
    assert lines_of(table_of(report, "paper.board")) == reached and reached
    own = {
        names[row["school_id"]]: share(row)
        for row in rows(viewer, "pub_school_wave_indicator", wave=NOW, indicator="frequent")
    }
    compared = lines_of(table_of(report, "paper.like_with_like"))
    assert compared and {school: line[0] for school, line in compared.items()} == own
    check_districts(report, viewer, names)


def check_districts(report: Report, viewer: Viewer, names: dict[str, str]) -> None:
    table = table_of(report, "bureau.districts_title")
    held = {
        (name(viewer, "indicator", row["indicator"]), names[row[f"{kind}_id"]]): share(row)
        for kind in ("city", "district")
        for row in rows(viewer, f"pub_{kind}_wave_indicator", wave=NOW)
        if row[f"{kind}_id"] in names
    }
    found = {(row[0], unit): cell for row in table.rows for unit, cell in zip(table.head[1:], row[1:], strict=True)}
    known = {key: cell for key, cell in found.items() if key in held}
    assert len(known) >= len(table.rows) and known == {key: held[key] for key in known}


@pytest.mark.parametrize(("viewer", "kind", "unit"), [(LIN, "school", "S03"), (DISTRICT, "district", "D1")])
def test_annual_columns_are_the_two_waves(city: None, viewer: Viewer, kind: str, unit: str) -> None:
    """Spring left, autumn right, of the year that was asked for; neither's numbers under the other's head."""
    table = table_of(make("annual", viewer, year="2025"), "paper.found_year")
    assert "春" in table.head[1] and "秋" in table.head[2]
    held = rows(viewer, f"pub_{kind}_wave_indicator", **{f"{kind}_id": unit})
    windows = {(name(viewer, "indicator", row["indicator"]), row["wave"]): share(row) for row in held}
    for label, (spring, autumn, _) in lines_of(table).items():
        assert (spring, autumn) == tuple(windows.get((label, wave), HIDDEN) for wave in ("2025-1", "2025-2"))
    coverage = lines_of(table_of(make("annual", viewer, year="2025"), "page.coverage"))
    for wave, line in zip(("2025-1", "2025-2"), coverage.values(), strict=True):
        mine = rows(viewer, "pub_school_wave_coverage", wave=wave)
        assert line[:2] == tuple(str(sum(row[column] for row in mine)) for column in ("enrolled", "submitted_about"))


def test_card_and_patrol_sheet_are_looked_up(city: None) -> None:
    """The card's tenths are the middle of the released window; the sheet's posts the rows of that plan, in order."""
    seen = rows(LIN, "pub_school_wave_indicator", school_id="S03", wave=NOW, indicator="witness")[0]
    tenths = round((seen["share_lo"] + seen["share_hi"]) / 20)
    assert Text(say("zh_CN", "paper_card.seen", n=tenths)) in make("card", LIN).blocks
    plan = rows(LIN, "pub_school_wave_patrol", school_id="S03", wave=NOW, people=2, slots=3)
    posts = next(one for one in make("patrol", LIN, people="2", slots="3").blocks if isinstance(one, Table))
    codes = ("time_group", "place_group")
    expected = {tuple(name(LIN, code, row[code]) for code in codes) for row in plan}
    assert {(row[0], re.sub(r"（.*）$", "", row[1])) for row in posts.rows} == expected and len(plan) == 6


def test_signs_are_counted_by_level(work: Work) -> None:
    table = table_of(make("term", LIN), "paper.signs")
    mine = [sign.level for sign in signs.list_signs(LIN, NOW)]
    named = {say("zh_CN", f"level.{level}"): str(mine.count(level)) for level in set(mine)}
    assert {row[0]: row[1] for row in table.rows} == named


def test_case_file_says_each_clocks_article_once(work: Work) -> None:
    """Below the table, where a long article has room; every clock that runs, and no other."""
    blocks = make("case", LIN, case=work.case.ref).blocks
    clocks = next(one for one in blocks if isinstance(one, Table) and one.head[0] == say("zh_CN", "paper.clock"))
    articles = next(one for one in blocks if isinstance(one, Lines))
    assert [row[0] for row in clocks.rows] == [line.partition("：")[0] for line in articles.lines]


def page(role: str, scope: str, address: str) -> None:
    """Runs inside Streamlit; imports stand here because the function's text is taken alone."""
    from dashboard.desk import Desk
    from dashboard.page import show_page
    from dashboard.published import current_release
    from dashboard.viewer import Viewer

    show_page(Desk(Viewer("lin", role, scope), "zh_CN", current_release(), False), address)


def test_page_and_report_say_the_same(city: None) -> None:
    """The trend page opens with what students say of themselves: its interval of this wave is the report's."""
    app = AppTest.from_function(page, kwargs={"role": "counselor", "scope": "S03", "address": "trend"}).run(timeout=60)
    drawn = re.search(r"data-figure='([^']*)'", "\n".join(element.proto.body for element in app.get("html")))
    assert drawn
    hovers = [text for trace in json.loads(html.unescape(drawn[1]))["data"] for text in trace.get("customdata", ())]
    report = make("term", LIN)
    mine = next(text for text in hovers if text.startswith(f"全校 · {report.subtitle}"))
    bar = next(bar for bar in bars_of(report) if bar.label == name(LIN, "indicator", "frequent"))
    assert f"（{bar.lo}–{bar.hi}%）" in mine
