"""Released windows as blocks: bars, cells, and why a value isn't shown. Nothing here knows more than the release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dashboard.look import MARKS
from dashboard.reading.places import build_grid, build_places, groups_of, local_names
from dashboard.reading.pool import build_pool
from dashboard.reading.series import Indicator, build_indicators, build_series
from dashboard.reading.units import wave_name
from dashboard.reading.windows import HIDDEN, Window
from dashboard.reports.blocks import Bar, Bars, Block, Heading, Table, Text
from dashboard.reports.paper import Paper

DIRECTIONS = {"higher_is_worse": "worse", "higher_is_better": "better", "neutral": "neutral"}


def cell(paper: Paper, window: Window) -> str:
    """A window in a table: its share, or the neutral mark."""
    if not window.is_shown:
        return MARKS["hidden"]
    return paper.t("window.share", lo=window.share_lo, hi=window.share_hi)


def reasons(paper: Paper, windows: Iterable[Window]) -> str:
    """What the neutral mark stands for in one table; "" where nothing is hidden."""
    held = dict.fromkeys(window.reason for window in windows if not window.is_shown)
    words = paper.t("signs.comma").join(paper.t(f"reason.{reason}") for reason in held)
    return f"{MARKS['hidden']} {words}" if held else ""


def joined(paper: Paper, *sentences: str) -> str:
    """Sentences one after the other, those that say something; no space between Chinese ones."""
    return paper.t("signs.space").join(filter(None, sentences))


def noted(paper: Paper, sentence: str, windows: Iterable[Window]) -> str:
    """A table's note: a sentence, then what its neutral mark stands for."""
    return joined(paper, sentence, reasons(paper, windows))


def build_bar(paper: Paper, name: str, window: Window, note: str = "") -> Bar:
    """A bar with its trend in words, or why it is hidden."""
    if not window.is_shown:
        return Bar(name, None, None, paper.t(f"reason.{window.reason}"))
    trend = f"{MARKS[window.trend]} {paper.t(f'trend.{window.trend}')}" if window.trend in MARKS else ""
    return Bar(name, window.share_lo, window.share_hi, " ".join(word for word in (trend, note) if word))


def build_bars(paper: Paper, title: str, bars: list[Bar]) -> Bars:
    """A chart with its picture in words."""
    alt = paper.t("table.chart_alt", title=title)
    return Bars(title, tuple(bars), alt, paper.t("paper.percent"))


def own_area(paper: Paper) -> tuple[str, str]:
    """Kind and id of what the viewer's report is about: a school, a district, or the city."""
    kind = {"counselor": "school", "district": "district"}.get(paper.viewer.role, "city")
    city = paper.desk.rows("pub_city_wave_indicator")
    return kind, paper.viewer.scope or (str(city[0]["city_id"]) if city else "")


def none_shown(paper: Paper) -> Text:
    """Why there is no number at all: no survey yet, or every cell too small."""
    return Text(paper.t("hidden_all.text" if paper.desk.waves else "empty.no_wave"))


def is_asked(window: Window) -> bool:
    return window.is_shown or window.reason != "not_asked"


def indicator_blocks(paper: Paper, kind: str, unit: str) -> list[Block]:
    """Every indicator that this unit was asked, apart by direction: what is worse when higher, what is better."""
    asked: dict[str, list[tuple[Indicator, Window]]] = {}
    for indicator in build_indicators(paper.desk, kind):
        window = build_series(paper.desk, kind, indicator.code).get(unit, {}).get(paper.desk.wave, HIDDEN)
        if is_asked(window):
            asked.setdefault(DIRECTIONS[indicator.direction], []).append((indicator, window))
    shown = {way: held for way, held in asked.items() if any(window.is_shown for _, window in held)}
    if not shown:
        return [none_shown(paper)]
    return [
        build_bars(paper, paper.t(f"trend_page.{way}"), [build_bar(paper, one.name, window) for one, window in held])
        for way, held in shown.items()
    ]


def place_blocks(paper: Paper, school: str) -> list[Block]:
    """Places where it happens and places avoided, and the map of places and times as a table."""
    blocks: list[Block] = []
    for measure in ("happens", "avoided"):
        windows = build_places(paper.desk, school, measure)
        if any(window.is_shown for window in windows.values()):
            bars = [build_bar(paper, place_name(paper, school, code), held) for code, held in windows.items()]
            blocks.append(build_bars(paper, paper.t(f"places.{measure}"), bars))
    grid = build_grid(paper.desk, school)
    if any(window.is_shown for window in grid.values()):
        blocks.append(_grid_table(paper, grid))
    return blocks or [Text(paper.t("places.wave_hidden"))]


def place_name(paper: Paper, school: str, code: str) -> str:
    """The place group with what the school itself calls it."""
    local = local_names(paper.desk, school).get(code, ())
    name = paper.desk.label("place_group", code)
    return paper.t("paper.local", name=name, local=paper.t("signs.comma").join(local)) if local else name


def _grid_table(paper: Paper, grid: Mapping[tuple[str, str], Window]) -> Table:
    times = groups_of("times")
    head = (paper.t("places.place"), *(paper.desk.label("time_group", time) for time in times))
    rows = tuple(
        (paper.desk.label("place_group", place), *(cell(paper, grid[place, time]) for time in times))
        for place in groups_of("places")
    )
    return Table(paper.t("places.map"), head, rows, reasons(paper, grid.values()))


def found_blocks(paper: Paper, school: str) -> list[Block]:
    """Indicators, places and times of a school; a small one's two waves together take the place of what is too few."""
    blocks: list[Block] = [Text(paper.t("window.help"), "note")]
    if len(paper.desk.waves) == 1:
        blocks.append(Text(paper.t("paper.first_wave")))
    blocks += indicator_blocks(paper, "school", school)
    blocks.append(Heading(paper.t("places.title"), 2))
    return [*blocks, *(pool_blocks(paper, school) or place_blocks(paper, school))]


def pool_blocks(paper: Paper, school: str) -> list[Block]:
    """A small school's areas over its two waves together; nothing where there is no such pool yet."""
    pool = build_pool(paper.desk, school)
    if pool is None or pool.waves[1] > paper.desk.wave:
        return []
    waves = paper.t("signs.comma").join(wave_name(paper.desk, wave) for wave in pool.waves)
    charts = [
        build_bars(
            paper,
            paper.t(f"places.{measure}"),
            [build_bar(paper, paper.desk.label("place_area", area), window) for area, window in areas.items()],
        )
        for measure, areas in pool.places.items()
        if any(window.is_shown for window in areas.values())
    ]
    return [Text(paper.t("small.pooled_help", waves=waves)), *charts] if charts else []
