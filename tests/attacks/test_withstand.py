"""What the release of a city must withstand, on the published files themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from attacks.cities import POLICY, attacker_of, audit, publish_cubes
from cubes import random_cube

from pipelines.audit import solver
from pipelines.audit.propagation import propagate
from pipelines.bench.naive import blank_and_recovered, hide_small_cells
from pipelines.problems import CannotDo
from pipelines.release.cube import Cube
from pipelines.release.gate import Release, release
from pipelines.release.signs import load_rules
from pipelines.release.tree import build_levels

RULES = load_rules()


def hidden_small_city(cube: Cube) -> tuple[int, int]:
    """(blank class cells, those given back) where exact parents are published and cells of 1 to 4 are blank."""
    levels = build_levels(cube, POLICY)
    counts, answers = [level.count[:, 0] for level in levels], [level.r[:, 0] for level in levels]
    return blank_and_recovered(hide_small_cells(counts, answers, [level.parent for level in levels[:-1]]))


def test_small_cells_alone_on_a_city(tmp_path: Path) -> None:
    """Control: blanks of a whole city are given back, three in a hundred and more. Ours, same city: none."""
    found = [hidden_small_city(random_cube(seed, schools=8)) for seed in range(6)]
    assert sum(back for _, back in found) / sum(blank for blank, _ in found) >= 0.03
    cube = random_cube(0, schools=4)
    program, _ = attacker_of(publish_cubes(tmp_path, [cube]), cube)
    low, high = propagate(program)
    assert not ((low == high) & (program.high > 0)).any()


@pytest.mark.parametrize("rate", [pytest.param(0.0, marks=pytest.mark.long), 0.99])
def test_none_and_nearly_all(tmp_path: Path, rate: float) -> None:
    """Control: a whole-number share of a class is its count. Ours: neither 0 nor all is forced in any file."""
    assert all(len({round(100 * count / r) for count in range(r + 1)}) == r + 1 for r in range(20, 56))
    cube = random_cube(5, schools=2, rate=rate)
    report = audit(publish_cubes(tmp_path, [cube])[0], cube)
    assert report.passed, [str(fault) for fault in report.faults][:3]
    assert all(table.recovered == 0 for table in report.tables)


def one_more(cube: Cube, wave: str, says_yes: bool) -> Cube:
    """The next term: one student joined the first class, all others answer as before."""
    classes, yes = cube.classes.copy(), cube.yes.copy()
    classes.loc[0, ["enrolled", "submitted", "r"]] += 1
    yes[0] += int(says_yes) * cube.asked()[0]
    return replace(cube, wave=wave, classes=classes, yes=yes)


def exact_difference(first: Cube, second: Cube) -> int:
    return int(second.yes[0, 0] - first.yes[0, 0])


@pytest.mark.long
def test_one_student_more_in_the_next_term() -> None:
    """Control: two exact counts differ by the newcomer's answer. Ours read the same unless an edge is crossed."""
    cube = random_cube(3, schools=4)
    with_yes, with_no = (one_more(cube, "2026-2", answer) for answer in (True, False))
    assert exact_difference(cube, with_yes) != exact_difference(cube, with_no)
    differing = compared = 0
    for seed in range(3):
        cube = random_cube(seed, schools=2)
        first = release(cube, [], POLICY, RULES)
        yes, no = (
            release(one_more(cube, "2026-2", answer), [first], POLICY, RULES).tables["pub_class_wave_indicator"]
            for answer in (True, False)
        )
        row = yes["class_id"] == cube.classes.loc[0, "class_id"]
        compared += int(row.sum())
        differing += int((yes.loc[row, "band"].fillna(-1) != no.loc[row, "band"].fillna(-1)).sum())
    assert compared > 10
    assert differing / compared < 0.25


def test_a_late_answer_is_not_released_again() -> None:
    """One to nine late answers would be read off the difference: refused, whatever they say."""
    cube = random_cube(3, schools=4)
    first = release(cube, [], POLICY, RULES)
    for answer in (True, False):
        with pytest.raises(CannotDo):
            release(one_more(cube, cube.wave, answer), [first], POLICY, RULES)


PLACE_COUNTS = ("place", "place_time", "area")


def with_tiny_school(seed: int) -> Cube:
    """A city in which the first school has but two classes of eight."""
    cube = random_cube(seed, schools=5)
    rows = cube.classes.index[cube.classes["school_id"] == "S0"]
    kept = cube.classes.drop(rows[2:]).index
    classes, yes = cube.classes.loc[kept].reset_index(drop=True), cube.yes[kept].copy()
    classes.loc[:1, ["enrolled", "submitted", "r"]] = 8
    yes[:2] = np.minimum(yes[:2], 1) * cube.asked()[:2]
    places = {name: getattr(cube, name)[kept].copy() for name in PLACE_COUNTS}
    for counts in places.values():
        counts[:2] = 0
    return replace(cube, classes=classes, yes=yes, apart=None, **places)


def test_a_tiny_school_is_not_shown_and_not_subtracted() -> None:
    """Control: exact totals less other schools are its counts. Ours: its windows are hidden, and those above it less
    the other schools leave five candidates and more."""
    for seed in (1, 4):
        cube = with_tiny_school(seed)
        tiny = (cube.classes["school_id"] == "S0").to_numpy()
        assert (cube.yes.sum(axis=0) - cube.yes[~tiny].sum(axis=0) == cube.yes[tiny].sum(axis=0)).all()
        school = cube.schools["school_id"][0]
        made = release(cube, [], POLICY, RULES)
        rows = made.tables["pub_school_wave_indicator"].query("school_id == @school")
        assert rows["lo"].isna().all()
        mine = made.bounds[
            (made.bounds["kind"] == "school") & (made.bounds["unit_id"] == school) & (made.bounds["r"] > 4)
        ]
        assert (mine["high"] - mine["low"] + 1).min() >= 5


def merged(cube: Cube) -> Cube:
    """The first two classes of a grade sit together under a new name."""
    pair = cube.classes[cube.classes.duplicated(["school_id", "grade"], keep=False)].index[:2]
    classes, yes = cube.classes.copy(), cube.yes.copy()
    for name in ("enrolled", "submitted", "r"):
        classes.loc[pair[0], name] += classes.loc[pair[1], name]
    places = {name: getattr(cube, name).copy() for name in PLACE_COUNTS}
    for counts in (yes, *places.values()):
        counts[pair[0]] += counts[pair[1]]
    classes.loc[pair[0], "class_id"] += "M"
    keep = [row for row in classes.index if row != pair[1]]
    places = {name: counts[keep] for name, counts in places.items()}
    return replace(cube, classes=classes.loc[keep].reset_index(drop=True), yes=yes[keep], **places)


def test_merged_and_renamed_classes_are_no_second_cut() -> None:
    """Within a wave the same answers aren't cut along other units; control: the merge less one class is the other."""
    cube = random_cube(3, schools=4)
    again = merged(cube)
    pair = cube.classes[cube.classes.duplicated(["school_id", "grade"], keep=False)].index[:2]
    assert again.yes[pair[0]][0] - cube.yes[pair[0]][0] == cube.yes[pair[1]][0]
    first = release(cube, [], POLICY, RULES)
    with pytest.raises(CannotDo):
        release(again, [first], POLICY, RULES)


def same_tables(one: Release, other: Release) -> bool:
    return all(table.equals(other.tables[name]) for name, table in one.tables.items())


def test_order_and_labels_of_hidden_cells_say_nothing() -> None:
    """Hidden counts may be any: every row, its place and its mark stay. Control: rows sorted by count move."""
    cube = random_cube(2, schools=5)
    made = release(cube, [], POLICY, RULES)
    hidden = made.tables["pub_class_wave_indicator"].query("indicator == 'witness' and band.isna()")["class_id"]
    rows = cube.classes.index[cube.classes["class_id"].isin(hidden) & (cube.classes["r"] > 2)]
    column, yes = cube.position()["witness"], cube.yes.copy()
    assert len(rows) >= 2
    yes[rows[0], column], yes[rows[1], column] = yes[rows[1], column], yes[rows[0], column]
    yes[rows, column] = np.minimum(yes[rows, column], cube.classes.loc[rows, "r"])
    moved = replace(cube, yes=yes)
    again = release(moved, [], POLICY, RULES).tables
    for name in ("pub_class_wave_indicator", "pub_class_wave_signal", "pub_class_wave_coverage"):
        assert made.tables[name].equals(again[name]), name
    order = [np.argsort(-counts[rows, column], kind="stable").tolist() for counts in (cube.yes, yes + 0)]
    assert cube.yes[rows[0], column] == cube.yes[rows[1], column] or order[0] != order[1]


def test_one_rare_report_in_one_class_moves_nothing() -> None:
    """A single severe report: nothing in the tree changes, in no file. Control: an exact city count would."""
    cube = random_cube(6, schools=5)
    column = cube.position()["severe"]
    none = replace(cube, yes=np.where(np.arange(cube.yes.shape[1]) == column, 0, cube.yes))
    one = replace(none, yes=none.yes.copy())
    one.yes[np.flatnonzero(cube.classes["r"] > 5)[0], column] = 1
    assert one.yes[:, column].sum() == none.yes[:, column].sum() + 1
    assert same_tables(release(none, [], POLICY, RULES), release(one, [], POLICY, RULES))


def test_a_solver_that_fails_fails_the_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No range, no pass: fail closed. Control: with a solver the same city passes (test_tampering)."""
    cube = random_cube(2, schools=2)
    folder = publish_cubes(tmp_path, [cube])[0]

    class Failed:
        status, message = 4, "numerical difficulties"

    monkeypatch.setattr(solver, "linprog", lambda *_, **__: Failed())
    report = audit(folder, cube)
    assert not report.passed
    assert "the attack could not be finished" in str(report.faults[0])
