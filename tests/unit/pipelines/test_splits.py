"""What lies between linked counts: the one school in which a solver read more out of windows than the gate did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from cubes import random_cube
from integer_city import Program

from pipelines.policy import load_policy
from pipelines.release import build
from pipelines.release.audit import attack
from pipelines.release.build import build_values
from pipelines.release.cube import MADE, Cube, IndicatorFacts
from pipelines.release.splits import between, beyond, together, with_splits
from pipelines.release.tree import Level
from pipelines.release.values import Values

POLICY = load_policy()
CODES = ("frequent", "any", "words", "body", "mind")
# grade: (enrolled, handed in, r, then frequent, any, words, body, mind) of each class
SCHOOL = {
    10: """55 53 52 4 6 2 1 4 | 41 41 41 2 6 2 1 0 | 24 23 21 1 1 1 1 1 | 36 35 34 3 6 2 1 3 | 33 31 30 1 3 1 0 0
         | 35 31 31 4 8 3 2 3 | 29 26 26 1 2 1 0 1 | 20 16 16 3 3 2 0 3 | 30 27 27 2 2 1 2 2""",
    11: """46 43 41 5 10 5 2 3 | 37 34 34 0 4 0 0 0 | 27 26 24 1 4 1 0 1 | 44 43 43 2 8 2 1 2 | 36 31 29 0 1 0 0 0
         | 37 35 34 4 9 4 4 2 | 39 37 37 0 4 0 0 0 | 32 31 30 1 3 1 0 1""",
    12: """32 30 30 1 6 1 1 1 | 36 33 32 0 2 0 0 0 | 41 38 38 1 3 1 0 0 | 12 11 11 0 1 0 0 0 | 36 33 32 3 6 3 3 2
         | 39 37 36 2 5 2 1 2 | 55 48 47 3 6 3 0 3 | 46 43 42 3 7 3 2 2""",
}


def narrow_school() -> Cube:
    """A senior school whose windows of `frequent`, of what it lies within and of its parts meet most closely."""
    rows = [(grade, *map(int, part.split())) for grade, text in SCHOOL.items() for part in text.split("|")]
    plain = IndicatorFacts("", ("sr",), (), (), False, None, "higher_is_worse", 1.0)
    facts = [replace(plain, code=code, within=("frequent",)) for code in CODES[2:]]
    frequent = replace(plain, within=("any",), covered_by=CODES[2:], class_level=True, sign="carrying")
    base, r = random_cube(1), [row[3] for row in rows]
    classes = pd.DataFrame(rows, columns=["grade", "enrolled", "submitted", "r", *CODES]).drop(columns=list(CODES))
    classes = classes.assign(
        class_id=[f"c{row:02}" for row in range(len(rows))], class_name="", school_id="S", level="senior", band="sr"
    )
    for column in set(base.classes) - set(classes):
        classes[column] = base.classes[column].iloc[0]
    return replace(
        base,
        indicators=(replace(frequent, code="frequent"), replace(plain, code="any"), *facts),
        classes=classes,
        schools=base.schools.iloc[:1].assign(school_id="S", cluster_id=""),
        yes=np.array([row[4:] for row in rows], dtype=np.int64),
        place=np.zeros((len(r), 2, 0), np.int64),
        place_time=np.zeros((len(r), 0, 0), np.int64),
        place_groups=(),
        time_groups=(),
        apart=None,
        area=None,
        areas=(),
    )


def ranges(levels: list[Level], values: Values) -> dict[tuple[str, str], tuple[tuple[int, int], tuple[int, int]]]:
    """(unit, column) of grades and the school → the passes' range and the solver's."""
    known, program = attack(values, levels), Program(levels, values)
    found = {}
    for depth, level in enumerate(levels[:4]):
        if level.kind in ("grade", "school"):
            for unit, name in enumerate(level.ids):
                for column, code in enumerate(CODES):
                    solved = program.range_of(depth, unit, column)
                    passes = int(known.low[depth][unit, column]), int(known.high[depth][unit, column])
                    if solved is not None:
                        found[name, code] = passes, solved
    return found


def test_the_solver_finds_what_the_gate_found_and_five_candidates() -> None:
    """Windows are cut from bounds that hold what lies between counts: nothing is left to combine."""
    found = ranges(*build_values(narrow_school(), POLICY, frozenset()))
    assert len(found) >= 15
    assert all(passes == solved for passes, solved in found.values()), found
    assert min(high - low + 1 for _, (low, high) in found.values()) >= 5


def test_control_without_made_columns_the_solver_reads_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same school as it was said before: the passes see five candidates where four are left."""
    monkeypatch.setattr(build, "with_splits", lambda cube: cube)
    found = ranges(*build_values(narrow_school(), POLICY, frozenset()))
    thin = {cell for cell, (_, (low, high)) in found.items() if high - low + 1 < 5}
    assert ("S", "frequent") in thin
    assert all(found[cell][0][1] - found[cell][0][0] + 1 >= 5 for cell in thin)


def test_made_columns_hold_what_lies_between_counts() -> None:
    """Each is the sum it says, class by class, and comes after all others."""
    cube = narrow_school()
    made = with_splits(cube)
    count = dict(zip((fact.code for fact in made.indicators), made.yes.T, strict=True))
    assert (count[between("frequent", "any")] == count["any"] - count["frequent"]).all()
    assert (count[together("frequent")] == count["words"] + count["body"] + count["mind"]).all()
    assert (count[beyond("frequent")] == count[together("frequent")] - count["frequent"]).all()
    assert [fact.table == MADE for fact in made.indicators] == [False] * 5 + [True] * 6


def test_made_columns_are_never_shown_nor_kept() -> None:
    """They say nothing that their columns don't, so no table and no row of bounds names them."""
    levels, values = build_values(random_cube(3), POLICY, frozenset())
    made = np.array([fact.made for fact in values.columns])
    assert made.sum() > 40
    assert not any(level.shown[:, made].any() for level in levels)
    for level, table in zip(levels, values.tree, strict=True):
        assert ((table.low[:, made] == 0) & (table.high[:, made] == level.r[:, made])).all()


@pytest.mark.parametrize("seed", range(6))
def test_made_columns_add_up_in_every_unit(seed: int) -> None:
    """Sums of the tree and splits hold of the true counts, so an attack that uses them never excludes the truth."""
    levels, values = build_values(random_cube(seed, schools=3), POLICY, frozenset())
    for level in levels:
        for whole, parts in values.relations.splits:
            assert (level.count[:, whole] == level.count[:, list(parts)].sum(axis=1)).all()
        assert ((level.count >= 0) & (level.count <= level.r)).all()
