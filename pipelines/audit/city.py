"""The attacker's program: every hidden count of every wave as an unknown, everything published as a row.

Built from contracts: a table with `lo` and `hi` is one of windows, its key names unit and cell, and sums run along
pub_unit. So a new table of windows is attacked as soon as it has a contract. Whole tables are written down at once;
tests hold it against the same program written cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from models.thresholds import window_edges
from pipelines.audit.combined import add_combined, nested_cells
from pipelines.audit.grid import Grid
from pipelines.audit.ground import Ground, build_ground, name_units
from pipelines.audit.links import Links
from pipelines.audit.pooled import add_pools
from pipelines.audit.program import UNBOUNDED, Numbers
from pipelines.audit.said import Said
from pipelines.audit.unknown import STEPS, Cell, Unknown, is_count
from pipelines.contracts import TableContract, load_contracts

SEVERE = "severe"
CALM: Cell = ("calm",)
PERSISTENT: Cell = ("indicator", "persistent")
FREQUENT: Cell = ("indicator", "frequent")
AVOIDS: Cell = ("indicator", "avoids")
BANDS = "pub_class_wave_indicator"
SHEETS = "pub_school_wave_sheet"
Parts = Iterator[tuple[Cell, pd.DataFrame]]


def build_city(wordings: Sequence[Said], links: Mapping[str, Links]) -> Grid:
    """The program over all wordings, still to be read off the grid; `links` by wave."""
    units = name_units(wordings, named_units(wordings))
    grid = Grid([build_ground(said, units) for said in wordings], units)
    for wording, said in enumerate(wordings):
        add_values(grid, wording)
        add_bands(grid, wording)
        add_sheets(grid, wording)
        add_sums(grid, wording)
        add_links(grid, wording, links[said.wave])
        add_places(grid, wording)
        add_calm(grid, wording)
        add_rates(grid, wording)
        add_combined(grid, wording, *nested_cells(grid, wording, links[said.wave]))
    add_late_answers(grid)
    add_pools(grid, wordings)
    return grid


def window_tables() -> Iterator[TableContract]:
    """Contracts of tables that hold windows of one wave."""
    windows = (contract for contract in load_contracts("pub_").values() if {"lo", "hi"} <= set(contract.columns))
    return (contract for contract in windows if "pooled_with" not in contract.columns)


def named_units(wordings: Sequence[Said]) -> Iterator[tuple[str, str]]:
    """The units that unknowns are written down for, whatever pub_unit says of them."""
    keys = {contract.table: contract.key[0] for contract in window_tables()} | {BANDS: "class_id", SHEETS: "school_id"}
    for said in wordings:
        for table, column in keys.items():
            units = said.tables[table][column].unique() if len(said.tables.get(table, ())) else ()
            yield from ((column.removesuffix("_id"), str(unit)) for unit in units)


def cells_of(contract: TableContract, rows: pd.DataFrame) -> Parts:
    """The rows of each cell: family of the table and the parts of its key that are neither unit nor wave."""
    parts, family = [name for name in contract.key[1:] if name != "wave"], contract.table.rsplit("_wave_", 1)[-1]
    if not parts:
        yield (family,), rows
        return
    for key, group in rows.groupby(parts, sort=False):
        yield (family, *map(str, key)), group


def add_values(grid: Grid, wording: int) -> None:
    """An unknown per published row: its window, or 0 to all answers where it is hidden."""
    ground = grid.grounds[wording]
    for contract in window_tables():
        rows = ground.said.tables.get(contract.table, pd.DataFrame())
        for cell, group in () if rows.empty else cells_of(contract, rows):
            units = grid.units.codes(contract.key[0].removesuffix("_id"), group[contract.key[0]])
            most = ground.behind(cell)[1][units]
            low, high = (group[name].astype("float64").to_numpy() for name in ("lo", "hi"))
            hidden = np.isnan(low)
            low, high = np.where(hidden, 0, low).astype(np.int64), np.where(hidden, most, high).astype(np.int64)
            grid.say(wording, cell, units, low, np.minimum(high, most))


def add_bands(grid: Grid, wording: int) -> None:
    """An unknown per class and indicator: its band, and its fixed window where one is said."""
    ground = grid.grounds[wording]
    for code, rows in ground.said.tables[BANDS].groupby("indicator", sort=False):
        cell: Cell = ("indicator", str(code))
        units = grid.units.codes("class", rows["class_id"])
        about = rows["class_id"].map(ground.said.about).fillna(0).to_numpy(np.int64)
        grid.say(wording, cell, units, *band_ends(rows, ground.behind(cell)[1][units], about))


def band_ends(rows: pd.DataFrame, most: Numbers, about: Numbers) -> tuple[Numbers, Numbers]:
    """Least and most (rows,) that a band leaves of 0 to `most`, with its fixed window; about: rounded answers."""
    band, bands, first, second, window = (
        rows[name].astype("float64").to_numpy() if name in rows else np.full(len(rows), np.nan)
        for name in ("band", "bands", "e1", "e2", "window")
    )
    second = np.where(bands == 3, second, most + 1)
    low = np.select([band == 0, band == 1, band == 2], [0, first, second], 0).astype(np.int64)
    high = np.select([band == 0, band == 1], [first - 1, second - 1], most).astype(np.int64)
    edge_low, edge_high = window_ends(np.where(np.isnan(band), np.nan, window), most, about)
    return np.maximum(low, edge_low), np.minimum(high, edge_high)


def window_ends(window: np.ndarray, most: Numbers, about: Numbers) -> tuple[Numbers, Numbers]:
    """Least and most (rows,) that the number of a fixed window leaves; all there is where none is said."""
    low, high = np.zeros_like(most), most.copy()
    for size, number in {(size, number) for size, number in zip(about, window, strict=True) if not np.isnan(number)}:
        edges = [0, *window_edges(int(size)).tolist(), None]
        start, end = list(pairwise(edges))[int(number)]
        here = (about == size) & (window == number)
        low[here] = start
        high[here] = most[here] if end is None else end - 1
    return low, high


def answers_behind(said: Said, name: Unknown) -> tuple[int, int]:
    """Least and most answers that the cell can rest on: the bands asked, the calm classes, or all there are.

    Of a pool's cell those of its later wave, which are 30 and more.
    """
    if name.cell[0] == "calm":
        parts = [said.class_answers[unit] for unit in calm_classes(said, name.unit)[0]]
        return sum(low for low, _ in parts), sum(high for _, high in parts)
    return said.answers(name.kind, name.unit, said.asked[name.cell[1]] if name.cell[0] == "indicator" else None)


def calm_classes(said: Said, grade: str) -> tuple[list[str], list[str]]:
    """The grade's classes without a group signal, and its other ones."""
    units = said.children["grade", grade]["class"]
    return [unit for unit in units if unit in said.calm], [unit for unit in units if unit not in said.calm]


def add_sheets(grid: Grid, wording: int) -> None:
    """A safeguarding sheet says on which side of its cut a school's severe reports lie."""
    ground, cell = grid.grounds[wording], ("indicator", SEVERE)
    rows = ground.said.tables.get(SHEETS, pd.DataFrame())
    if rows.empty or SEVERE not in ground.said.asked:
        return
    units = grid.units.codes("school", rows["school_id"])
    most, cut = ground.behind(cell)[1][units], rows["raised_from"].astype("float64").to_numpy()
    raised = rows["statement"].eq("raised").to_numpy()
    low, high = np.where(raised, cut, 0), np.where(raised | np.isnan(cut), most, np.minimum(most, cut - 1))
    grid.say(wording, cell, units, low.astype(np.int64), high.astype(np.int64))


def add_sums(grid: Grid, wording: int) -> None:
    """Each unit is the sum of its children, for every cell that both are published for.

    A child that has no row anywhere is 0 to all its answers.
    """
    ground, kind = grid.grounds[wording], grid.units.kind
    published = {cell: grid.has(wording, cell) for cell in grid.said_cells(wording)}
    for cell, there in published.items():
        most = ground.behind(cell)[1]
        for below, above in STEPS:
            parents = np.flatnonzero(there & (kind == above))
            if not len(parents) or not (there & (kind == below)).any():
                continue
            home = ground.home(below, above)
            inside = np.isin(home, parents)
            silent = np.flatnonzero(inside & ~grid.has(wording, cell) & (most > 0))
            grid.say(wording, cell, silent, 0, most[silent])
            children = np.flatnonzero(inside & grid.has(wording, cell))
            grid.bind_children(wording, cell, parents, children, home[children])


def add_links(grid: Grid, wording: int, links: Links) -> None:
    """Nesting, unions and exclusive answers, in every unit."""
    most = grid.grounds[wording].answers()[1]
    for part, whole in links.within:
        bind_nested(grid, wording, ("indicator", part), ("indicator", whole))
    for whole, parts in links.unions:
        covered: list[Cell] = [("indicator", code) for code in parts]
        units = np.flatnonzero(grid.has(wording, ("indicator", whole), *covered))
        spoken = [(wording, cell) for cell in covered]
        grid.bind_each(units, [(wording, ("indicator", whole))], spoken, -UNBOUNDED, 0)
    for family in links.exclusive:
        cells: list[Cell] = [("indicator", code) for code in family]
        several = np.sum([grid.has(wording, cell) for cell in cells], axis=0) > 1
        units = np.flatnonzero(several)
        grid.bind_each(units, [(wording, cell) for cell in cells], [], -UNBOUNDED, most[units])


def bind_nested(grid: Grid, wording: int, part: Cell, whole: Cell) -> None:
    """A part is no more than its whole, wherever both are there."""
    units = np.flatnonzero(grid.has(wording, part, whole))
    grid.bind_each(units, [(wording, part)], [(wording, whole)], -UNBOUNDED, 0)


def add_places(grid: Grid, wording: int) -> None:
    """One place a student; a place's times within it; avoided places within `avoids`, which they cover."""
    most = grid.grounds[wording].answers()[1]
    cells = grid.said_cells(wording)
    happens = [cell for cell in cells if cell[:2] == ("place", "happens")]
    avoided = [cell for cell in cells if cell[:2] == ("place", "avoided")]
    for cell in cells:
        if cell[0] == "place_time":
            bind_nested(grid, wording, cell, ("place", "happens", cell[1]))
    units = np.flatnonzero(grid.has_any(wording, happens))
    grid.bind_each(units, [(wording, cell) for cell in happens], [], -UNBOUNDED, most[units])
    units = np.flatnonzero(grid.has_any(wording, avoided) & grid.has(wording, AVOIDS))
    grid.bind_each(units, [(wording, AVOIDS)], [(wording, cell) for cell in avoided], -UNBOUNDED, 0)
    for cell in avoided:
        bind_nested(grid, wording, cell, AVOIDS)


def add_calm(grid: Grid, wording: int) -> None:
    """Persistent students of a grade's calm classes, and of its others: parts of a whole, each within `frequent`."""
    ground, frequent = grid.grounds[wording], grid.has(wording, FREQUENT)
    for grade in np.flatnonzero(grid.has(wording, CALM, PERSISTENT)):
        inside, outside = (
            np.array([grid.units.place["class", unit] for unit in units], np.int64)
            for units in calm_classes(ground.said, grid.units.names[grade][1])
        )
        calm, whole = (CALM, np.array([grade])), (PERSISTENT, np.array([grade]))
        grid.bind_one(wording, [whole], [calm], 0, int(ground.most[outside].sum()))
        if frequent[inside].all():
            grid.bind_one(wording, [calm], [(FREQUENT, inside)], -UNBOUNDED, 0)
        if frequent[outside].all():
            grid.bind_one(wording, [whole], [(FREQUENT, outside), calm], -UNBOUNDED, 0)


def add_rates(grid: Grid, wording: int) -> None:
    """A band's published rate bounds the sum of the units that cover the band."""
    ground, behind = grid.grounds[wording], grid.grounds[wording].answers()[1]
    base = ground.said.tables["pub_band_wave_base"].dropna(subset=["rate"])
    for band, rows in base.groupby("band", sort=False):
        cover = cover_band(ground, str(band))
        least, most = (int(end[grid.units.place["city", "city"]]) for end in ground.answers(frozenset([str(band)])))
        for code, rate in zip(rows["indicator"], rows["rate"].astype(int), strict=True):
            cell: Cell = ("indicator", str(code))
            here = grid.has(wording, cell)[cover]
            low = 0 if rate == 1 else -(-least * (2 * rate - 1) // 200)
            high = most if rate == 99 else -(-most * (2 * rate + 1) // 200) - 1
            silent = int(behind[cover[~here]].sum())
            grid.bind_one(wording, [(cell, cover[here])] if here.any() else [], [], low - silent, high)


def cover_band(ground: Ground, band: str) -> Numbers:
    """The highest units, from class to school, whose classes all answer this band."""
    answer = ground.most[:, [bool(name) for name in ground.bands]] > 0
    mine = ground.most[:, [name == band for name in ground.bands]].any(axis=1)
    pure, kind = mine & (answer.sum(axis=1) == 1), ground.units.kind
    above = np.where(ground.above >= 0, pure[ground.above], False) & np.isin(kind, ("class", "grade"))
    above[kind == "class"] |= above[ground.above[kind == "class"]]
    inside = (ground.above >= 0) & np.isin(kind, ("class", "grade", "school"))
    return np.flatnonzero(pure & ~above & inside)


def add_late_answers(grid: Grid) -> None:
    """Between two wordings of a wave answers were only added: old ≤ new ≤ old + what came in."""
    numbers = {(ground.said.wave, ground.said.version): number for number, ground in enumerate(grid.grounds)}
    for (wave, version), now in numbers.items():
        if (wave, version - 1) in numbers:
            add_later(grid, now, numbers[wave, version - 1])


def add_later(grid: Grid, now: int, before: int) -> None:
    """The same of one wording and the one before it."""
    came = np.maximum(0, grid.grounds[now].answers()[1] - grid.grounds[before].answers()[0])
    for cell in grid.said_cells(now):
        if is_count(cell):
            units = np.flatnonzero(grid.has(now, cell) & grid.has(before, cell))
            least, most = np.zeros(len(units), np.int64), came[units]
            if cell == CALM:  # with the answers the classes change of which it speaks
                kept, joined = calm_changes(grid, now, before, units)
                least, most = np.where(kept, least, -UNBOUNDED), np.where(joined, UNBOUNDED, most)
            grid.bind_each(units, [(now, cell)], [(before, cell)], least, most)


def calm_changes(grid: Grid, now: int, before: int, grades: Numbers) -> tuple[Numbers, Numbers]:
    """Of each grade: every class that was calm still is; some class is calm that wasn't."""
    names = [grid.units.names[grade][1] for grade in grades]
    sets = [[set(calm_classes(grid.grounds[one].said, name)[0]) for name in names] for one in (now, before)]
    kept = [was <= is_now for is_now, was in zip(*sets, strict=True)]
    joined = [not is_now <= was for is_now, was in zip(*sets, strict=True)]
    return np.array(kept, dtype=bool), np.array(joined, dtype=bool)
