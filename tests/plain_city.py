"""The attacker's program written cell by cell: slow and obvious, to hold the one written table by table against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from models.thresholds import window_edges
from pipelines.audit.city import SEVERE, answers_behind, calm_classes, window_tables
from pipelines.audit.links import Links
from pipelines.audit.pooled import add_pools
from pipelines.audit.program import UNBOUNDED, Program, Sheet
from pipelines.audit.said import Said
from pipelines.audit.unknown import BETWEEN, BEYOND, STEPS, TOGETHER, Cell, Unknown
from pipelines.contracts import TableContract

Pair = tuple[Cell, Cell]  # part, whole
Union = tuple[Cell, tuple[Cell, ...]]  # whole, its parts


def plain_city(wordings: Sequence[Said], links: Mapping[str, Links]) -> Sheet:
    """The program over all wordings; `links` by wave."""
    sheet = Sheet()
    for said in wordings:
        add_values(sheet, said)
        add_sheets(sheet, said)
        add_sums(sheet, said)
        add_links(sheet, said, links[said.wave])
        add_places(sheet, said)
        add_calm(sheet, said)
        add_rates(sheet, said)
        add_combined(sheet, said, *nested_cells(sheet, said, links[said.wave]))
    add_late_answers(sheet, wordings)
    add_pools(sheet, wordings)
    return sheet


def cell_of(contract: TableContract, row: Mapping[str, Any]) -> Cell:
    """Family of the table and the parts of its key that are neither unit nor wave."""
    parts = [str(row[name]) for name in contract.key[1:] if name != "wave"]
    return (contract.table.rsplit("_wave_", 1)[-1], *parts)


def add_values(sheet: Sheet, said: Said) -> None:
    """An unknown per published row: its window or band, or 0 to all answers where it is hidden."""
    for contract in window_tables():
        kind = contract.key[0].removesuffix("_id")
        for row in said.tables.get(contract.table, pd.DataFrame()).to_dict("records"):
            name = Unknown(said.wave, said.version, kind, row[contract.key[0]], cell_of(contract, row))
            most = most_of(said, name)
            shown = pd.notna(row["lo"])
            sheet.unknown(name, int(row["lo"]) if shown else 0, min(most, int(row["hi"])) if shown else most)
    for row in said.tables["pub_class_wave_indicator"].to_dict("records"):
        name = Unknown(said.wave, said.version, "class", row["class_id"], ("indicator", row["indicator"]))
        sheet.unknown(name, *band_ends(row, most_of(said, name), said.about.get(row["class_id"], 0)))


def most_of(said: Said, name: Unknown) -> int:
    """Most answers that the cell can rest on."""
    return answers_behind(said, name)[1]


def add_sheets(sheet: Sheet, said: Said) -> None:
    """A safeguarding sheet says on which side of its cut a school's severe reports lie."""
    for row in said.tables.get("pub_school_wave_sheet", pd.DataFrame()).to_dict("records"):
        name = Unknown(said.wave, said.version, "school", row["school_id"], ("indicator", SEVERE))
        if SEVERE in said.asked:
            cut, most = row["raised_from"], most_of(said, name)
            raised = row["statement"] == "raised"
            sheet.unknown(name, int(cut) if raised else 0, most if raised or pd.isna(cut) else min(most, int(cut) - 1))


def band_ends(row: Mapping[str, Any], most: int, about: int) -> tuple[int, int]:
    """Counts that a class's row leaves: its band, and its fixed window where one is said; about: rounded answers."""
    if pd.isna(row["band"]):
        return 0, most
    cuts = [0, int(row["e1"]), *([int(row["e2"])] if row["bands"] == 3 else []), most + 1]
    band = int(row["band"])
    low, high = cuts[band], cuts[band + 1] - 1
    if pd.isna(row.get("window")):
        return low, high
    edges = [0, *window_edges(about).tolist(), most + 1]
    return max(low, edges[int(row["window"])]), min(high, edges[int(row["window"]) + 1] - 1)


def add_sums(sheet: Sheet, said: Said) -> None:
    """Each unit is the sum of its children, for every cell that both are published for."""
    mine = [name for name in sheet.place if (name.wave, name.version) == (said.wave, said.version)]
    known = {(name.kind, name.cell) for name in mine}
    for parent in mine:
        for below, above in STEPS:
            if above == parent.kind and (below, parent.cell) in known:
                children = said.children[above, parent.unit][below]
                names = [parent._replace(kind=below, unit=child) for child in children]
                sheet.bind(present(sheet, said, names), [parent], 0, 0)


def present(sheet: Sheet, said: Said, names: list[Unknown]) -> list[Unknown]:
    """The unknowns of these names; one that has no row anywhere is 0 to all its answers."""
    kept = []
    for name in names:
        if name not in sheet.place:
            most = most_of(said, name)
            if most == 0:
                continue
            sheet.unknown(name, 0, most)
        kept.append(name)
    return kept


def add_links(sheet: Sheet, said: Said, links: Links) -> None:
    """Nesting, unions and exclusive answers, in every unit."""
    units = {(name.kind, name.unit) for name in sheet.place if (name.wave, name.version) == (said.wave, said.version)}
    for kind, unit in sorted(units):

        def at(code: str, kind: str = kind, unit: str = unit) -> Unknown:
            return Unknown(said.wave, said.version, kind, unit, ("indicator", code))

        for part, whole in links.within:
            if at(part) in sheet.place and at(whole) in sheet.place:
                sheet.bind([at(part)], [at(whole)], -UNBOUNDED, 0)
        for whole, parts in links.unions:
            if all(at(code) in sheet.place for code in (whole, *parts)):
                sheet.bind([at(whole)], [at(code) for code in parts], -UNBOUNDED, 0)
        for family in links.exclusive:
            there = [at(code) for code in family if at(code) in sheet.place]
            if len(there) > 1:
                sheet.bind(there, [], -UNBOUNDED, said.answers(kind, unit)[1])


def add_places(sheet: Sheet, said: Said) -> None:
    """One place a student; a place's times within it; avoided places within `avoids`, which they cover."""
    mine = [name for name in sheet.place if (name.wave, name.version) == (said.wave, said.version)]
    groups: dict[tuple[str, str, str], list[Unknown]] = {}
    for name in mine:
        if name.cell[0] == "place":
            groups.setdefault((name.kind, name.unit, name.cell[1]), []).append(name)
        elif name.cell[0] == "place_time":
            place = name._replace(cell=("place", "happens", name.cell[1]))
            if place in sheet.place:
                sheet.bind([name], [place], -UNBOUNDED, 0)
    for (kind, unit, measure), names in groups.items():
        if measure == "happens":
            sheet.bind(names, [], -UNBOUNDED, said.answers(kind, unit)[1])
        whole = names[0]._replace(cell=("indicator", "avoids"))
        if measure == "avoided" and whole in sheet.place:
            sheet.bind([whole], names, -UNBOUNDED, 0)
            for name in names:
                sheet.bind([name], [whole], -UNBOUNDED, 0)


def nested_cells(sheet: Sheet, said: Said, links: Links) -> tuple[list[Pair], list[Union]]:
    """Cells within others, and cells that are made up of others: indicators, avoided places, a place's times."""
    cells = dict.fromkeys(name.cell for name in sheet.place if (name.wave, name.version) == (said.wave, said.version))
    avoids: Cell = ("indicator", "avoids")
    avoided = tuple(cell for cell in cells if cell[:2] == ("place", "avoided"))
    pairs: list[Pair] = [(("indicator", part), ("indicator", whole)) for part, whole in links.within]
    pairs += [(cell, avoids) for cell in avoided]
    pairs += [(cell, ("place", "happens", cell[1])) for cell in cells if cell[0] == "place_time"]
    unions: list[Union] = [
        (("indicator", whole), tuple(("indicator", part) for part in parts)) for whole, parts in links.unions
    ]
    return pairs, [*unions, (avoids, avoided)] if avoided else unions


def add_calm(sheet: Sheet, said: Said) -> None:
    """Persistent students of a grade's calm classes, and of its others: parts of a whole, each within `frequent`."""
    for calm in [name for name in sheet.place if name[:2] == (said.wave, said.version) and name.cell[0] == "calm"]:
        whole = calm._replace(cell=("indicator", "persistent"))
        if whole not in sheet.place:
            continue
        inside, outside = calm_classes(said, calm.unit)
        rest = sum(said.class_answers[unit][1] for unit in outside)
        sheet.bind([whole], [calm], 0, rest)
        for part, units in (([calm], inside), ([whole], outside)):
            frequent = [calm._replace(kind="class", unit=unit, cell=("indicator", "frequent")) for unit in units]
            if all(name in sheet.place for name in frequent):
                sheet.bind(part, [*frequent, *([calm] if part == [whole] else [])], -UNBOUNDED, 0)


def add_rates(sheet: Sheet, said: Said) -> None:
    """A band's published rate bounds the sum of the units that cover the band."""
    for row in said.tables["pub_band_wave_base"].dropna(subset=["rate"]).to_dict("records"):
        rate, cell = int(row["rate"]), ("indicator", row["indicator"])
        least, most = said.answers("city", "city", frozenset([row["band"]]))
        low = 0 if rate == 1 else -(-least * (2 * rate - 1) // 200)
        high = most if rate == 99 else -(-most * (2 * rate + 1) // 200) - 1
        cover, missing = cover_band(sheet, said, row["band"], cell)
        sheet.bind(cover, [], low - missing, high)


def cover_band(sheet: Sheet, said: Said, band: str, cell: Cell) -> tuple[list[Unknown], int]:
    """The highest units of this band alone, and most answers of its classes that no unknown stands for."""
    cover, missing = [], 0
    for school in sorted({unit for kind, unit in said.parent if kind == "school"}):
        for part in band_parts(said, "school", school, band):
            name = Unknown(said.wave, said.version, *part, cell)
            if name in sheet.place:
                cover.append(name)
            else:
                missing += said.answers(*part)[1]
    return cover, missing


def band_parts(said: Said, kind: str, unit: str, band: str) -> list[tuple[str, str]]:
    """(kind, unit) of the highest units within this one that hold the band and no other."""
    bands = [name for name, (_, most) in said.answers_by_band[kind, unit].items() if name and most]
    if band not in bands:
        return []
    if bands == [band]:
        return [(kind, unit)]
    below = {"school": "grade", "grade": "class"}[kind]
    return [part for child in said.children[kind, unit][below] for part in band_parts(said, below, child, band)]


def add_late_answers(sheet: Sheet, wordings: Sequence[Said]) -> None:
    """Between two wordings of a wave answers were only added: old ≤ new ≤ old + what came in."""
    by_name = {(said.wave, said.version): said for said in wordings}
    for name in list(sheet.place):
        older = name._replace(version=name.version - 1)
        if name.is_count and older in sheet.place:
            now, before = by_name[name.wave, name.version], by_name[name.wave, name.version - 1]
            came = now.answers(name.kind, name.unit)[1] - before.answers(name.kind, name.unit)[0]
            least, most = 0, max(0, came)
            if name.cell == ("calm",):  # of other classes it is another count
                calm, was_calm = (set(calm_classes(said, name.unit)[0]) for said in (now, before))
                least = least if was_calm <= calm else -UNBOUNDED
                most = most if calm <= was_calm else UNBOUNDED
            sheet.bind([name], [older], least, most)


def add_combined(sheet: Sheet, said: Said, pairs: Iterable[Pair], unions: Iterable[Union]) -> None:
    """The made-up unknowns of one wording, each tied to its counts, then added up over units."""
    mine = [name for name in sheet.place if (name.wave, name.version) == (said.wave, said.version)]
    units = dict.fromkeys(name.at(()) for name in mine)
    made = [name for unit in units for name in (*add_between(sheet, unit, pairs), *add_beyond(sheet, unit, unions))]
    for parent in made:
        add_up(sheet, said, parent)


def add_between(sheet: Sheet, unit: Unknown, pairs: Iterable[Pair]) -> list[Unknown]:
    """What lies between a part and its whole."""
    made = []
    for part, whole in pairs:
        if unit.at(part) in sheet.place and unit.at(whole) in sheet.place:
            made.append(unit.at((BETWEEN, "/".join(part), "/".join(whole))))
            sheet.unknown(made[-1], 0, UNBOUNDED)
            sheet.bind([unit.at(whole)], [unit.at(part), made[-1]], 0, 0)
    return made


def add_beyond(sheet: Sheet, unit: Unknown, unions: Iterable[Union]) -> list[Unknown]:
    """The parts of a union together, and what that is beyond the whole."""
    made = []
    for whole, parts in unions:
        if all(unit.at(cell) in sheet.place for cell in (whole, *parts)):
            together, beyond = (unit.at((kind, "/".join(whole))) for kind in (TOGETHER, BEYOND))
            sheet.unknown(together, 0, UNBOUNDED)
            sheet.unknown(beyond, 0, UNBOUNDED)
            sheet.bind([unit.at(part) for part in parts], [together], 0, 0)
            sheet.bind([together], [unit.at(whole), beyond], 0, 0)
            made += [together, beyond]
    return made


def add_up(sheet: Sheet, said: Said, parent: Unknown) -> None:
    """A made-up unknown is the sum of its children's, where all of these are there."""
    for below, above in STEPS:
        if above == parent.kind:
            units = answering(said, below, said.children[above, parent.unit][below])
            children = [parent._replace(kind=below, unit=unit) for unit in units]
            if children and all(child in sheet.place for child in children):
                sheet.bind(children, [parent], 0, 0)


def answering(said: Said, kind: str, units: Sequence[str]) -> list[str]:
    """The units that can hold an answer."""
    return [unit for unit in units if said.answers(kind, unit)[1] > 0]


def spelled(program: Program) -> tuple[dict[Any, tuple[int, int]], Counter[Any]]:
    """The program in no order: bounds by name; rows as signed names with their bounds, as often as each is there."""
    names = list(program.names)
    entries: list[list[tuple[Any, int]]] = [[] for _ in program.least]
    for row, column, sign in zip(program.row, program.column, program.sign, strict=True):
        entries[row].append((names[column], int(sign)))
    ends = zip(program.least.tolist(), program.most.tolist(), strict=True)
    rows = Counter((frozenset(row), *end) for row, end in zip(entries, ends, strict=True))
    bounds = zip(program.low.tolist(), program.high.tolist(), strict=True)
    return dict(zip(names, bounds, strict=True)), rows
