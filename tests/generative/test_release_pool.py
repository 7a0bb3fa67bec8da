"""Two pooled waves against an attacker with both releases, four friends with eight answers, and controls that fall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pooled_terms import POLICY, RULES, released_terms, terms_of

from pipelines.policy import Policy
from pipelines.release.audit import attack
from pipelines.release.build import build_values
from pipelines.release.columns import SURVEY_BANDS
from pipelines.release.cube import Cube
from pipelines.release.gate import release
from pipelines.release.history import with_history
from pipelines.release.pool import build_pool, pooled_schools
from pipelines.release.pool_attack import attack_jointly, attack_pool, pool_bounds
from pipelines.release.verdict import failed_tables

FEW = (0, 3, 16)
SEEDS = [*FEW, *(pytest.param(seed, marks=pytest.mark.long) for seed in (4, 5))]


def narrow(first: int, middle: int, last: int) -> Policy:
    widths = {"pool.first": first, "pool.middle": middle, "pool.last": last}
    return replace(POLICY, numbers=POLICY.numbers | widths)


@pytest.mark.parametrize("seed", SEEDS)
def test_pool_and_both_releases_leave_five_and_two(seed: int) -> None:
    """Everything at once, whether or not the shortcut says it is needed: no wave's cell and no pooled one is thin."""
    autumn, spring, first, _ = released_terms(seed)
    alone = release(spring, [first], POLICY, RULES)
    terms = terms_of(seed)
    pool = build_pool(terms, pooled_schools(terms, POLICY), POLICY, frozenset())
    later = build_values(with_history(spring, [first], POLICY), POLICY, frozenset())
    earlier = build_values(autumn, POLICY, frozenset())
    told = attack_jointly(pool, later, alone.bounds, earlier)
    assert failed_tables(told.everything(), POLICY, {}) == frozenset()
    rows = told.pool.set_index(["kind", "unit_id", "cell"])
    for level in pool.levels:
        count = level.count[:, [not fact.made for fact in pool.columns]]
        low, high = (rows.loc[level.kind, name].to_numpy().reshape(count.shape) for name in ("low", "high"))
        assert ((low <= count) & (count <= high)).all(), "the attack excludes the truth"


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_of_a_pool_is_true(seed: int) -> None:
    """Windows hold both waves' answers added up; a pool of a school under 30 or over 99 says nothing."""
    autumn, spring, _, made = released_terms(seed)
    said = made.tables["pub_school_pool_place"].dropna(subset=["lo"])
    assert len(said)
    for row in said.itertuples():
        counted = answers = 0
        for cube in (autumn, spring):
            assert cube.area is not None
            mine = (cube.classes["school_id"] == row.school_id).to_numpy()
            assert 30 <= cube.classes.loc[mine, "r"].sum() < 100
            answers += cube.classes.loc[mine, "r"].sum()
            counted += cube.area[mine, cube.measures.index(row.measure), cube.areas.index(row.area)].sum()
        assert row.lo <= counted <= row.hi
        assert row.share_lo <= 100 * counted / answers <= row.share_hi


def test_control_narrow_windows_of_a_pool_are_withheld() -> None:
    """The audit doesn't trust the widths: windows of two counts go for the whole wave, and the rest stands."""
    autumn, spring, first, _ = released_terms(3)
    made = release(spring, [first], narrow(2, 2, 2), RULES, autumn)
    assert "area" in made.record["pool"]["withheld"]
    hidden = made.tables["pub_school_pool_place"]
    assert hidden["lo"].isna().all()
    assert set(hidden["suppression_reason"]) == {"withheld"}
    assert made.tables["pub_school_wave_indicator"]["lo"].notna().any()


def test_control_eight_answers_use_up_windows_of_one_wave() -> None:
    """Widths that do for four answers don't for eight: friends of both waves learn the others' answers."""
    forced = 0
    for seed in FEW:
        terms = terms_of(seed)
        pool = build_pool(terms, pooled_schools(terms, POLICY), narrow(6, 5, 6), frozenset())
        rows = pool_bounds(pool, attack(pool.values, pool.levels))
        forced += int(((rows["insider"] < 2) & (rows["r"] > 4)).sum())
        told, _ = attack_pool(build_pool(terms, pooled_schools(terms, POLICY), POLICY, frozenset()))
        assert not ((told.pool["insider"] < 2) & (told.pool["r"] > 4)).any()
    assert forced > 3


def test_one_student_more_or_less_is_not_read_from_two_pools() -> None:
    """Spring with a student more who says yes everywhere: the two candidates' pools say the same, or windows apart."""
    autumn, spring, first, made = released_terms(16)
    row = spring.classes.index[spring.classes["school_id"].isin(made.tables["pub_school_pool_place"]["school_id"])][0]
    classes, yes = spring.classes.copy(), spring.yes.copy()
    classes.loc[row, ["enrolled", "submitted", "r"]] += 1
    yes[row] += spring.asked()[row]
    other = release(replace(spring, classes=classes, yes=yes), [first], POLICY, RULES, autumn)
    assert other.record["audit"]["min_candidates"] >= 5
    assert other.record["audit"]["forced"] == 0
    widths = other.tables["pub_school_pool_place"].eval("hi - lo + 1").dropna()
    assert widths.min() >= 5
    assert np.isin([10], widths).all()


def test_rates_that_the_autumn_published_join_the_attack() -> None:
    """What a pool tells of a school may tell more of another one through a rate: without it the attack sees less."""
    autumn, spring, first, _ = released_terms(3)
    terms = terms_of(3)
    later = build_values(with_history(spring, [first], POLICY), POLICY, frozenset())
    earlier = build_values(autumn, POLICY, frozenset())
    alone = release(spring, [first], POLICY, RULES)
    widths = []
    for rates in (terms[0].rates, rates_in_points(autumn, terms[0].rates)):
        mine = (replace(terms[0], rates=rates), terms[1])
        pool = build_pool(mine, pooled_schools(mine, POLICY), POLICY, frozenset())
        told = attack_jointly(pool, later, alone.bounds, earlier).earlier
        assert told is not None
        widths.append(int((told["high"] - told["low"]).sum()))
    assert widths[1] < widths[0]


def rates_in_points(cube: Cube, none: np.ndarray) -> np.ndarray:
    """The true rate of every band and indicator, as if all were published."""
    found = none.copy()
    for row, band in enumerate(SURVEY_BANDS):
        mine = (cube.classes["band"] == band).to_numpy()
        count, r = (part[mine].sum(axis=0) for part in (cube.yes * cube.asked(), cube.answers()))
        found[row] = np.where(r > 0, np.clip((200 * count + r) // np.maximum(2 * r, 1), 1, 99), -1)
    return found
