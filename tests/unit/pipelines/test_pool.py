"""Pooled waves of small schools: who is in, what a level says, what is refused afterwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pooled_terms import POLICY, RULES, released_terms, terms_of

from pipelines.plain_yaml import read_yaml
from pipelines.problems import CannotDo
from pipelines.release.cube import Cube
from pipelines.release.gate import release
from pipelines.release.pool import autumn_before, build_pool, pooled_schools, sign_cuts
from pipelines.release.pool_tables import pub_school_pool_signal, read_bands
from pipelines.release.values import Windows
from pipelines.settings import REFERENCE

SEED = 3


def with_late_answers(cube: Cube, school: str, more: int = 12) -> Cube:
    """The wave with more answers in the first class of a school; nobody of them says yes."""
    classes = cube.classes.copy()
    row = classes.index[classes["school_id"] == school][0]
    classes.loc[row, ["enrolled", "submitted", "r"]] += more
    return replace(cube, classes=classes)


def pooled_and_other() -> tuple[str, str]:
    """A school in the pool, and one that isn't."""
    pooled = set(released_terms(SEED)[3].tables["pub_school_pool_place"]["school_id"])
    return min(pooled), min(set(released_terms(SEED)[1].classes["school_id"]) - pooled)


def test_each_wave_lies_in_one_pool() -> None:
    """Spring is pooled with the autumn before it, autumn with nothing: no wave can be subtracted from two pools."""
    assert autumn_before("2026-1") == "2025-2"
    assert autumn_before("2026-2") is None


def test_a_pool_has_four_areas_at_most() -> None:
    """Two waves of sixty answers over more than four areas would say nothing of any."""
    assert len(read_yaml(REFERENCE / "areas.yml")["areas"]) <= 4


def test_only_schools_between_the_limits_are_pooled() -> None:
    """Under 30 answers a school is in its cluster's table, from 100 it has its own places."""
    terms = terms_of(SEED)
    r = [term.cube.classes.groupby("school_id")["r"].sum() for term in terms]
    expected = [unit for unit in r[0].index if all(30 <= part[unit] < 100 for part in r)]
    assert pooled_schools(terms, POLICY) == expected
    assert 0 < len(expected) < len(r[0])


def test_an_autumn_that_changed_since_its_release_is_not_pooled() -> None:
    """Answers that its own release doesn't know would come out in the pool."""
    autumn, spring, first, _ = released_terms(SEED)
    school, _ = pooled_and_other()
    again = release(spring, [first], POLICY, RULES, with_late_answers(autumn, school))
    assert school not in set(again.tables["pub_school_pool_place"]["school_id"])


def test_late_answers_of_a_pooled_school_are_refused() -> None:
    """The pool said once more with twelve answers more would tell their difference."""
    autumn, spring, first, made = released_terms(SEED)
    school, _ = pooled_and_other()
    with pytest.raises(CannotDo, match="were pooled have other answers now") as refused:
        release(with_late_answers(spring, school), [first, made], POLICY, RULES, autumn)
    assert "leave out the late answers" in str(refused.value.next_step)


def test_late_answers_elsewhere_leave_the_pool_as_it_was_said() -> None:
    """Other schools may still have theirs; pool and further release are attacked together."""
    autumn, spring, first, made = released_terms(SEED)
    _, other = pooled_and_other()
    again = release(with_late_answers(spring, other), [first, made], POLICY, RULES, autumn)
    for name in ("pub_school_pool_place", "pub_school_pool_indicator", "pub_school_pool_signal"):
        assert again.tables[name].equals(made.tables[name])
    assert again.record["audit"]["min_candidates"] >= 5
    assert (again.bounds["kind"] == "pool").any()


def test_a_further_release_of_a_pooled_autumn_is_refused() -> None:
    """Spring's pool rests on autumn as it was released."""
    autumn, _, first, made = released_terms(SEED)
    with pytest.raises(CannotDo, match="was pooled with 2026-1"):
        release(autumn, [first, made], POLICY, RULES)


def test_another_instrument_is_not_pooled() -> None:
    """Answers to other questions don't add up."""
    autumn, spring, first, _ = released_terms(SEED)
    made = release(spring, [first], POLICY, RULES, replace(autumn, instrument_hash="1" * 64))
    assert made.tables["pub_school_pool_place"].empty
    assert made.record["pool"] == {"with": None, "schools": 0, "withheld": []}


def test_a_band_is_read_off_the_window() -> None:
    """It says no more than the window: where e1 lies inside, it says nothing."""
    low, high = np.array([[0, 12, 15, 20, 25]]), np.array([[14, 21, 24, 29, 30]])
    windows = Windows(low, high, high, np.ones(low.shape, dtype=bool))
    assert read_bands(windows, np.full(low.shape, 15), np.full(low.shape, 20)).tolist() == [[0, -1, 1, 2, 2]]


def test_a_school_s_cut_grows_with_its_answers_and_rate() -> None:
    """An ordinary school must not be called high because it is larger, or because its band's rate is."""
    terms = terms_of(SEED)
    pool = build_pool(terms, pooled_schools(terms, POLICY), POLICY, frozenset())
    column = next(index for index, fact in enumerate(pool.columns) if fact.code == "frequent")
    told = replace(pool, terms=(terms[0], replace(terms[1], rates=np.full_like(terms[1].rates, 30))))
    assert (sign_cuts(told, POLICY)[:, column] > sign_cuts(pool, POLICY)[:, column]).all()


def test_an_ordinary_small_school_gets_an_answer() -> None:
    """Two lowest windows together say 'below': no cut may lie inside them, or calm schools would stay open for ever."""
    terms = terms_of(SEED)
    rare = tuple(replace(term, rates=np.full_like(term.rates, 1)) for term in terms)
    pool = build_pool(terms, pooled_schools(terms, POLICY), POLICY, frozenset())
    cuts = sign_cuts(replace(pool, terms=(rare[0], rare[1])), POLICY)
    assert cuts.min() == 11
    lowest = Windows(np.zeros_like(cuts), np.full_like(cuts, 10), cuts, np.ones(cuts.shape, dtype=bool))
    assert (read_bands(lowest, cuts, cuts + 5) == 0).all()


BANDS = """
frequent still_now | level           reason
0        0         | no_group_signal -
1        0         | watch           -
2        0         | warning         -
1        1         | urgent          -
-        1         | no_conclusion   open
"""


@pytest.mark.parametrize("line", BANDS.strip().splitlines()[1:])
def test_a_school_s_level_follows_the_rules_of_classes(line: str) -> None:
    """As for a class, with the school as one unit; a carrying indicator that is open leaves all open."""
    terms = terms_of(SEED)
    pool = build_pool(terms, pooled_schools(terms, POLICY)[:1], POLICY, frozenset())
    values, expected = (part.split() for part in line.split("|"))
    bands = pd.array([None if value == "-" else int(value) for value in values], dtype="Int64")
    rows = pd.DataFrame({"school_id": "S", "indicator": ["frequent", "still_now"], "band": bands})
    told = pub_school_pool_signal(pool, rows.assign(suppression_reason=None), RULES)
    assert [told["level"][0], told["reason"][0] or "-"] == expected
