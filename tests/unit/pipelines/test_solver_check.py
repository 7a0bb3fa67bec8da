"""The solver's word before a release: what it looks at, what it refuses, and two waves told together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from attacks.cities import links_of_cube
from cubes import random_cube
from pooled_terms import released_terms

from pipelines.audit import before, solver
from pipelines.audit.before import check_with_solver, solve_wordings
from pipelines.audit.city import build_city
from pipelines.audit.propagation import propagate
from pipelines.policy import load_policy
from pipelines.problems import CannotDo
from pipelines.release import stage
from pipelines.release.gate import release
from pipelines.release.made import Release
from pipelines.release.pool import KINDS
from pipelines.release.signs import load_rules
from survey.instrument import Instrument, load_instrument

POLICY, POOLED_SEED = load_policy(), 16


@pytest.fixture(scope="module")
def made() -> Release:
    return release(random_cube(3, schools=3), [], POLICY, load_rules())


@pytest.fixture(autouse=True)
def instrument(monkeypatch: pytest.MonkeyPatch) -> Instrument:
    """The cubes' questionnaire is no file, so the links are read off the cube."""
    monkeypatch.setattr(before, "links_of", lambda _: links_of_cube(random_cube(3)))
    return load_instrument()


def with_row(release: Release, table: str, **values: int) -> dict[str, pd.DataFrame]:
    """The release's tables, one shown row of one of them said otherwise."""
    rows = release.tables[table].copy()
    first = rows.index[rows["lo"].notna()][0]
    for column, value in values.items():
        rows.loc[first, column] = rows.loc[first, "lo"] + value
    return {**release.tables, table: rows}


def test_a_release_that_keeps_five_passes(made: Release, instrument: Instrument) -> None:
    """The record says how many cells the solver had, and in how many the passes had its range."""
    found = check_with_solver([made.tables], instrument, POLICY, one_in=10)
    assert found["sampled"] > 10
    assert found["equal"] >= 0.98 * found["sampled"]


def test_every_fiftieth_cell_is_asked_the_same_every_time(made: Release, instrument: Instrument) -> None:
    """A sample that moved could be drawn again until it passes."""
    one, other = (solve_wordings([made.tables], instrument, POLICY) for _ in range(2))
    assert (one.sampled, one.equal, one.thin) == (other.sampled, other.equal, other.thin)


def test_a_window_that_is_too_narrow_is_refused_with_its_cell(made: Release, instrument: Instrument) -> None:
    """The refusal names table and cell, and no count."""
    with pytest.raises(CannotDo, match=r"too few candidates in .* pub_school_wave_indicator, school_id="):
        check_with_solver([with_row(made, "pub_school_wave_indicator", hi=3)], instrument, POLICY)


def test_tables_that_fit_no_city_are_refused(made: Release, instrument: Instrument) -> None:
    """What contradicts itself was not counted from answers."""
    tables = with_row(made, "pub_school_wave_indicator", hi=-1)
    with pytest.raises(CannotDo, match="could not be finished"):
        check_with_solver([tables], instrument, POLICY)


def test_a_solver_that_gives_up_is_a_refusal(
    made: Release, instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No range, no release."""

    class Failed:
        status, message = 4, "numerical difficulties"

    monkeypatch.setattr(solver, "linprog", lambda *_, **__: Failed())
    with pytest.raises(CannotDo, match="could not be finished"):
        check_with_solver([made.tables], instrument, POLICY, one_in=5)


def test_a_pool_is_attacked_with_both_its_waves(instrument: Instrument) -> None:
    """Pool windows bound sums of two waves: read as one wave's, they would fit no city or hide what they tell."""
    _, _, autumn, spring = released_terms(POOLED_SEED)
    assert spring.record["pool"]["schools"] >= 2
    found = check_with_solver([autumn.tables, spring.tables], instrument, POLICY, one_in=10)
    assert found["equal"] >= 0.98 * found["sampled"] > 0


def test_a_narrow_pool_gives_a_wave_away(instrument: Instrument) -> None:
    """Control: two counts wide, a pool leaves too few candidates in either wave."""
    _, _, autumn, spring = released_terms(POOLED_SEED)
    for table in ("pub_school_pool_indicator", "pub_school_pool_place"):
        narrow = with_row(spring, table, hi=1)
        with pytest.raises(CannotDo, match="too few candidates"):
            check_with_solver([autumn.tables, narrow], instrument, POLICY, one_in=10)


def test_a_pool_without_its_autumn_is_refused(instrument: Instrument) -> None:
    """An attack that left out half of what a pool counts would find nothing."""
    _, _, _, spring = released_terms(POOLED_SEED)
    with pytest.raises(CannotDo, match="whose tables are not at hand"):
        check_with_solver([spring.tables], instrument, POLICY)


def test_both_waves_of_a_pool_add_up(instrument: Instrument) -> None:
    """The passes narrow a wave's counts by the pool, and keep the truth."""
    autumn_cube, spring_cube, autumn, spring = released_terms(POOLED_SEED)
    said = before.worded([autumn.tables, spring.tables], [POLICY] * 2)
    links = dict.fromkeys((one.wave for one in said), links_of_cube(spring_cube))
    program = build_city(said, links).program()
    low, high = propagate(program)
    seen = 0
    for index, name in enumerate(program.names):
        if name.cell[0] == "pool_indicator":
            total = sum(
                int(cube.yes[cube.classes["school_id"] == name.unit, cube.position()[name.cell[1]]].sum())
                for cube in (autumn_cube, spring_cube)
            )
            assert low[index] <= total <= high[index]
            seen += 1
    assert seen >= 2


def test_the_autumn_is_solved_with_the_spring_where_a_school_is_pooled(
    instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool's row joins both waves; without one the autumn was solved when it was released."""
    _, _, autumn, spring = released_terms(POOLED_SEED)
    alone = replace(spring, bounds=spring.bounds[spring.bounds["kind"] != KINDS[2]])
    asked: list[int] = []

    def noted(said: list[Any], *_: Any, **__: Any) -> dict[str, Any]:
        asked.append(len(said))
        return {}

    monkeypatch.setattr(stage, "check_with_solver", noted)
    for one in (spring, alone):
        stage.solved(one, [autumn], instrument, POLICY)
    assert asked == [2, 1]
