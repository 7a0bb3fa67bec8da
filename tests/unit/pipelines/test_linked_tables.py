"""Tables that no single table shows to be linked: rates across schools, answers to one question, two releases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from cubes import random_cube

from pipelines.policy import Policy, load_policy
from pipelines.problems import CannotDo
from pipelines.release.audit import attack, narrow
from pipelines.release.bounds import build_bounds
from pipelines.release.cube import Cube
from pipelines.release.gate import build_values, release
from pipelines.release.past import build_past
from pipelines.release.signs import load_rules
from pipelines.release.trend import with_trend
from pipelines.release.values import SURVEY_BANDS, BaseRates

POLICY, RULES = load_policy(), load_rules()
LOOSE = replace(POLICY, numbers=POLICY.numbers | {"show.rate_schools": 1, "show.district_dominance": 1.0})


def big_town(seed: int) -> Cube:
    """Two junior schools of about 700 and a few primary ones: a band that rests on two schools."""
    rng = np.random.default_rng(seed)
    rows = []
    for school, grades, per_grade in (
        ("J1", (7, 8, 9), 6),
        ("J2", (7, 8, 9), 6),
        *((f"P{i}", (3, 4), 3) for i in range(5)),
    ):
        for grade in grades:
            for number in range(per_grade):
                r = int(rng.integers(36, 44))
                rows.append((f"{school}-{grade}-{number}", school, "junior" if grade > 6 else "primary", grade, r))
    classes = pd.DataFrame(rows, columns=["class_id", "school_id", "level", "grade", "r"])
    classes = classes.assign(
        class_name=classes["class_id"], band=np.where(classes["grade"] > 6, "jr", "g34"),
        enrolled=classes["r"] + 2, submitted=classes["r"],
    ).sort_values(["school_id", "grade", "class_id"], ignore_index=True)  # fmt: skip
    base = random_cube(1)
    schools = pd.DataFrame({"school_id": sorted(set(classes["school_id"]))}).assign(
        school_name="", level="junior", boarding=False, rural=False, cluster_id="", district_id="D", district_name="D",
        boys_share=pd.array([pd.NA] * 7, dtype="Int64"), boarders_share=pd.array([pd.NA] * 7, dtype="Int64"),
    )  # fmt: skip
    yes = rng.binomial(classes["r"].to_numpy()[:, None], 0.1, (len(classes), len(base.indicators)))
    yes = np.minimum(yes, yes[:, [0]])
    yes[:, base.position()["any"]] = yes[:, 0] + 1
    yes[:, base.position()["words"]] = yes[:, 0]
    places = np.zeros((len(classes), 2, 7), np.int64)
    times = np.zeros((len(classes), 7, 4), np.int64)
    return _without_avoids(
        replace(base, classes=classes, schools=schools, yes=yes, place=places, place_time=times, apart=None)
    )


def _without_avoids(cube: Cube) -> Cube:
    keep = [column for column, fact in enumerate(cube.indicators) if fact.code != "avoids"]
    return replace(cube, indicators=tuple(cube.indicators[column] for column in keep), yes=cube.yes[:, keep])


def worst(cube: Cube, policy: Policy, rates: bool) -> int:
    """Fewest candidates of any protected cell when nothing is withheld; the attacker reads the rates, or doesn't."""
    levels, values = build_values(cube, policy, frozenset())
    if not rates:
        blind = replace(values.base, low=np.zeros_like(values.base.low), high=np.full_like(values.base.high, 10**6))
        values = replace(values, base=blind)
    known = attack(values, levels)
    cells = [fact.code for fact in values.columns]
    bounds = build_bounds(known, levels, values.relations, cells)
    protected = bounds[bounds["r"] >= 4]
    return int((protected["high"] - protected["low"] + 1).min())


@pytest.mark.long
def test_a_rate_over_two_schools_and_their_windows_pin_the_schools_down() -> None:
    """The control: each table is safe alone, and an attacker who adds them up finds thin cells."""
    thin = [seed for seed in range(12) if worst(big_town(seed), LOOSE, rates=True) < 5]
    assert len(thin) >= 3
    assert all(worst(big_town(seed), LOOSE, rates=False) >= 5 for seed in thin)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_no_rate_is_published_over_few_schools(seed: int) -> None:
    """Two schools make no base rate, however large they are; five do."""
    made = release(big_town(seed), [], POLICY, RULES)
    rates = made.tables["pub_band_wave_base"]
    assert rates.loc[rates["band"] == "jr", "rate"].isna().all()
    assert rates.loc[rates["band"] == "g34", "rate"].notna().any()
    assert made.record["audit"]["min_candidates"] >= 5


def test_with_a_looser_rule_the_audit_withholds_the_rate() -> None:
    """The audit doesn't trust the rule: where a rate and windows meet, the rate goes first."""
    seed = next(seed for seed in range(12) if worst(big_town(seed), LOOSE, rates=True) < 5)
    made = release(big_town(seed), [], LOOSE, RULES)
    assert any(name.startswith("base/") for name in made.record["withheld"])
    assert made.record["audit"]["min_candidates"] >= 5


def test_a_band_is_covered_once_by_its_units() -> None:
    """The units of a band's cover hold each of its students exactly once."""
    for seed in range(6):
        cube = random_cube(seed)
        levels, values = build_values(cube, POLICY, frozenset())
        base: BaseRates = values.base
        for index in range(len(SURVEY_BANDS)):
            covered = sum(
                int(level.r[cover == index, 0].sum()) for level, cover in zip(levels, base.covers, strict=True)
            )
            assert covered == int(levels[0].r[base.band_of_class == index, 0].sum())


def told_cube(counts: tuple[int, int, int, int]) -> Cube:
    """One grade of 236 whose students all gave one of four answers to one question."""
    cube = random_cube(1)
    facts = tuple(
        replace(cube.indicators[4], code=f"told_{name}", bands=("g34",), class_level=False, sign=None, question="told")
        for name in ("none", "better", "same", "worse")
    )
    classes = cube.classes.iloc[:1].assign(
        class_id="C", school_id="S", level="primary", grade=4, band="g34", r=sum(counts), submitted=sum(counts),
        enrolled=sum(counts),
    )  # fmt: skip
    schools = cube.schools.iloc[:1].assign(school_id="S", cluster_id="")
    return replace(
        cube, indicators=facts, classes=classes, schools=schools, yes=np.array([counts]),
        place=np.zeros((1, 2, 7), np.int64), place_time=np.zeros((1, 7, 4), np.int64), apart=None,
    )  # fmt: skip


@pytest.mark.parametrize("counts", [(106, 66, 64, 0), (59, 59, 59, 59), (230, 6, 0, 0), (0, 0, 0, 236)])
def test_answers_to_one_question_share_their_students(counts: tuple[int, int, int, int]) -> None:
    """Four windows whose sum is bounded by r: even where everybody answered, each keeps five candidates."""
    made = release(told_cube(counts), [], POLICY, RULES)
    protected = made.bounds[made.bounds["r"] >= 4]
    assert (protected["high"] - protected["low"] + 1).min() >= 5
    assert made.record["withheld"] == []


def late(cube: Cube, rng: np.random.Generator) -> Cube:
    """Late answers for some classes, ten to thirteen each, some of them yes."""
    classes, yes = cube.classes.copy(), cube.yes.copy()
    for row in rng.choice(len(classes), 6, replace=False):
        more = int(rng.integers(10, 14))
        for name in ("enrolled", "submitted", "r"):
            classes.loc[row, name] += more
        added = int(rng.integers(0, 3))
        yes[row] += np.where(cube.asked()[row], added, 0)
    return replace(cube, classes=classes, yes=yes)


@pytest.mark.parametrize("seed", [0, 3, *(pytest.param(seed, marks=pytest.mark.long) for seed in (5, 7))])
def test_two_releases_of_a_wave_are_attacked_together(seed: int) -> None:
    """What the second says narrows the first through its own sums, and the other way round."""
    cube = random_cube(seed, schools=4)
    first = release(cube, [], POLICY, RULES)
    try:
        second = release(late(cube, np.random.default_rng(seed)), [first], POLICY, RULES)
    except CannotDo as refusal:
        assert "units or indicators" in str(refusal) or "audit" in str(refusal)
        return
    assert second.record["audit"]["min_candidates"] >= 5
    assert second.record["audit"]["min_candidates_insider"] >= 2
    protected = second.bounds[second.bounds["r"] >= 4]
    assert (protected["high"] - protected["low"] + 1).min() >= 5


def test_the_rates_of_the_first_release_still_bind_its_classes() -> None:
    """Whoever learns all classes of a band but one from the second release has the last one from the first's rate."""
    cube = big_town(0)
    first = release(cube, [], POLICY, RULES)
    levels, values = build_values(late(cube, np.random.default_rng(0)), POLICY, frozenset())
    past = build_past(first, levels, values, POLICY)
    one, *others = np.flatnonzero(values.base.band_of_class == SURVEY_BANDS.index("g34"))
    truth = (cube.yes * cube.asked())[others, 0]
    for known in (past.known.low, past.known.high):
        known[0][others, 0] = truth
        known[0][one, 0] = 0 if known is past.known.low else cube.classes["r"][one]
    for depth in range(1, len(levels)):  # of all above the classes the first release says its rates alone
        past.known.low[depth][:, 0], past.known.high[depth][:, 0] = 0, levels[depth].r[:, 0]
    rate = first.tables["pub_band_wave_base"].set_index(["band", "indicator"]).loc[("g34", "frequent"), "rate"]
    r, total = int(cube.classes.loc[[one, *others], "r"].sum()), int(truth.sum())
    for _ in range(2):  # schools first, which cover the band; then their classes
        narrow(past.known, past.levels, past.relations, past.base)
    assert past.known.low[0][one, 0] == max(0, -(-r * (2 * rate - 1) // 200) - total)
    assert past.known.high[0][one, 0] == min(cube.classes["r"][one], -(-r * (2 * rate + 1) // 200) - 1 - total)


def test_a_further_release_over_other_units_is_refused() -> None:
    """A grade that merges otherwise has no partner; forgetting what was said of it would be a hole."""
    cube = random_cube(2)
    first = release(cube, [], POLICY, RULES)
    renamed = cube.classes.assign(class_id=cube.classes["class_id"].replace({cube.classes["class_id"][0]: "NEW"}))
    with pytest.raises(CannotDo, match="missing or have another id"):
        release(replace(cube, classes=renamed), [first], POLICY, RULES)


def test_trend_is_taken_against_the_release_that_readers_see() -> None:
    """Of two releases of the wave before, the later one counts."""
    older = release(random_cube(9, schools=4, wave="2025-2"), [], POLICY, RULES)
    bands = older.tables["pub_class_wave_indicator"]
    newer = replace(older, tables=older.tables | {"pub_class_wave_indicator": highest(bands)})
    made = release(random_cube(9, schools=4), [older, newer], POLICY, RULES)
    found = made.tables["pub_class_wave_indicator"].set_index(["class_id", "indicator"])["trend"]
    against = [with_trend(made.tables, one.tables)["pub_class_wave_indicator"] for one in (older, newer)]
    seen, unseen = (table.set_index(["class_id", "indicator"])["trend"] for table in reversed(against))
    assert found.equals(seen) and not found.equals(unseen)
    assert "down" in set(found) and "up" not in set(found)


def highest(rows: pd.DataFrame) -> pd.DataFrame:
    """Every shown class in a top band of its own cuts."""
    top = rows["e1"].astype("Int64") + 5
    shown = rows["band"].notna()
    return rows.assign(band=rows["band"].where(~shown, 2), e2=top.where(shown))


def test_friends_tell_one_answer_to_one_question() -> None:
    """A story in which four friends gave every answer of one question is nobody's, and must not stop a release."""
    made = release(told_cube((6, 4, 3, 3)), [], POLICY, RULES)
    assert made.record["withheld"] == []
    assert made.record["audit"]["forced"] == 0
