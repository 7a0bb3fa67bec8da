"""Two waves of one school year, added up: what schools under 100 answers get to know beside their own windows.

A pool is a small tree: classes of a wave, schools of a wave, schools. Its lower two levels are bounded by what each
wave's own release says; the windows of its schools are cut from there, wide enough for four friends, who hold eight
answers over two waves. Each wave lies in one pool: autumn is told with the spring after it, and never again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.cuts import signal_cut
from pipelines.policy import Policy
from pipelines.release.columns import SURVEY_BANDS, with_areas
from pipelines.release.cube import Cube, IndicatorFacts
from pipelines.release.past import arrays_of, points_of
from pipelines.release.relations import build_relations, tighten
from pipelines.release.slack import FRIENDS
from pipelines.release.splits import with_splits
from pipelines.release.tree import Level, sum_children
from pipelines.release.values import Values, Windows, class_rates, cut_level, no_bands, no_base_rates
from pipelines.release.windows import Counts, Widths

KINDS = ("pool_class", "pool_wave", "pool")
OWN_KINDS = ("class", "school")  # what a wave's own release calls the lower two
TABLES = ("indicator", "area")  # in the order in which they are said
Rates = NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """One wave of a pool: its counts, with areas as columns, and what its own release tells anybody.

    bounds: as made by build_bounds; rates: (bands, indicators) published points, -1 where none.
    """

    cube: Cube
    bounds: pd.DataFrame
    rates: Counts


@dataclass(frozen=True)
class Pool:
    """Both waves, autumn first, as one tree. `values.tree` holds what is known before and said of the pool."""

    terms: tuple[Term, Term]
    levels: list[Level]
    values: Values

    @property
    def columns(self) -> tuple[IndicatorFacts, ...]:
        return self.values.columns


def autumn_before(wave: str) -> str | None:
    """The other wave of the school year, if this is its spring."""
    year, term = wave.split("-")
    return f"{int(year) - 1}-2" if term == "1" else None


def build_term(cube: Cube, bounds: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> Term:
    """A released wave as part of a pool."""
    rates = points_of(tables["pub_band_wave_base"], [fact.code for fact in cube.indicators])
    return Term(with_splits(with_areas(cube)), bounds, rates)


def pooled_schools(terms: tuple[Term, Term], policy: Policy) -> list[str]:
    """Schools too small for places of one wave, large enough for windows, in both; as their releases counted them."""
    least, under = policy.count("show.school_r"), policy.count("show.place_r")
    mass = []
    for term in terms:
        classes = term.cube.classes
        told = term.bounds[term.bounds["kind"] == "class"].groupby("unit_id", observed=True)["r"].max()
        same = classes["class_id"].map(told).astype("float64").fillna(0) == classes["r"]
        by_school = classes.assign(same=same).groupby("school_id").agg(r=("r", "sum"), same=("same", "all"))
        mass.append(by_school.loc[by_school["same"] & by_school["r"].between(least, under - 1), "r"])
    both = mass[0].add(mass[1]).dropna()
    return sorted(both.index[both >= policy.count("pool.r")])


def build_pool(terms: tuple[Term, Term], schools: list[str], policy: Policy, withheld: frozenset[str]) -> Pool:
    """The pool of these schools with its windows cut. Raises ArithmeticError where the counts contradict each other."""
    levels = pool_levels(terms, schools, policy, withheld)
    cube = terms[1].cube
    relations = build_relations(cube)
    low, high = own_bounds(terms, levels)
    least, most = (sum_children(bound[1], levels[1].parent, len(levels[2].ids)) for bound in (low, high))
    said = Windows(np.zeros_like(least), levels[2].r.copy(), levels[2].r, levels[2].shown)
    widths = Widths(policy.count("pool.first"), policy.count("pool.middle"), policy.count("pool.last"))
    cut_level(said, [*low, least], [*high, most], levels, relations, widths, friends=2 * FRIENDS)
    own = [Windows(low[depth], high[depth], level.r, level.shown) for depth, level in enumerate(levels[:2])]
    return Pool(terms, levels, pool_values(levels, (*own, said), cube))


def pool_values(levels: list[Level], tree: tuple[Windows, ...], cube: Cube) -> Values:
    """What is known of the pool, without bands, rates and sheets."""
    calm = np.zeros(len(levels[0].ids), dtype=bool)
    r = levels[0].r
    return Values(no_base_rates(levels), no_bands(r), tree, None, calm, cube.indicators, build_relations(cube))


def pool_levels(terms: tuple[Term, Term], schools: list[str], policy: Policy, withheld: frozenset[str]) -> list[Level]:
    """Classes of a wave, schools of a wave, schools; ids read wave/class and wave/school."""
    parts = [_classes(term.cube, schools) for term in terms]
    classes = pd.concat([part[0] for part in parts], ignore_index=True)
    r, count = (np.vstack([part[index] for part in parts]) for index in (1, 2))
    wave, waves = pd.factorize(classes["wave"] + "/" + classes["school_id"])
    home = np.array([schools.index(name.split("/", 1)[1]) for name in waves], dtype=np.int64)
    wave_r, wave_count = (sum_children(part, wave, len(waves)) for part in (r, count))
    top_r, top_count = (sum_children(part, home, len(schools)) for part in (wave_r, wave_count))
    said = np.array([table_of(fact) in set(TABLES) - withheld for fact in terms[1].cube.indicators], dtype=bool)
    ids, names = tuple(classes["wave"] + "/" + classes["class_id"]), tuple(waves)
    return [
        Level(KINDS[0], ids, ids, wave.astype(np.int64), r, count, np.zeros_like(r, dtype=bool)),
        Level(KINDS[1], names, names, home, wave_r, wave_count, np.zeros_like(wave_r, dtype=bool)),
        Level(
            KINDS[2], tuple(schools), tuple(schools), np.zeros(len(schools), np.int64), top_r, top_count,
            (top_r >= policy.count("pool.r")) & said,
        ),
    ]  # fmt: skip


def table_of(fact: IndicatorFacts) -> str:
    """The pooled table that a column is said in; none for indicators that aren't said of classes."""
    return "area" if fact.table == "area" else "indicator" if fact.class_level else ""


def _classes(cube: Cube, schools: list[str]) -> tuple[pd.DataFrame, Counts, Counts]:
    """The classes of these schools, their r and their counts by column."""
    mine = cube.classes["school_id"].isin(schools).to_numpy()
    return cube.classes[mine].assign(wave=cube.wave), cube.answers()[mine], (cube.yes * cube.asked())[mine]


def own_bounds(terms: tuple[Term, Term], levels: list[Level]) -> tuple[list[Counts], list[Counts]]:
    """What the two releases tell of the lower levels, (low, high) each; an area is 0 to r before it is said."""
    codes = [fact.code for fact in terms[1].cube.indicators]
    lows, highs = [], []
    for level, kind in zip(levels[:2], OWN_KINDS, strict=True):
        parts = []
        for term in terms:
            ids = tuple(name.split("/", 1)[1] for name in level.ids if name.startswith(f"{term.cube.wave}/"))
            mine = term.bounds[(term.bounds["kind"] == kind) & term.bounds["unit_id"].isin(ids)]
            parts.append(
                arrays_of(mine, replace(level, kind=kind, ids=ids, r=np.zeros((len(ids), len(codes)), np.int64)), codes)
            )
        r, low, high = (np.vstack([part[index] for part in parts]) for index in range(3))
        told = r == level.r
        bounds = tighten(np.where(told, low, 0), np.where(told, high, level.r), level.r, build_relations(terms[1].cube))
        lows.append(bounds[0])
        highs.append(bounds[1])
    return lows, highs


def sign_cuts(pool: Pool, policy: Policy) -> Counts:
    """(schools, columns): the smallest count that an ordinary school of this size and mix rarely reaches.

    As a class's e1, the school being the unit: the spread is that between schools, the rate the mix of its bands.
    """
    about, cuts = about_r(pool, policy), np.zeros_like(pool.levels[2].r)
    for column, fact in enumerate(pool.columns):
        if fact.class_level:
            alarm = policy[f"class_signal.false_alarm.{fact.sign or 'banded'}"]
            share = expected_share(pool, column, policy)
            cuts[:, column] = signal_cut(about[:, column], share, policy["compare.school_sd"], alarm)
    # Two lowest windows add up to [0, 10]: a lower cut would lie inside, and an ordinary school would stay open.
    return np.maximum(cuts, 2 * policy.count("window.first") - 1)


def expected_share(pool: Pool, column: int, policy: Policy) -> Rates:
    """(schools,): share of yes in an ordinary school with these bands in these waves, to a tenth of a point."""
    rates, weights = [], []
    for term in pool.terms:
        mine = term.cube.classes["school_id"].isin(pool.levels[2].ids).to_numpy()
        classes = term.cube.classes[mine]
        by_band = class_rates(pool.columns[column].reference_ratio, term.rates[:, column], policy)
        rates.append(classes["band"].map(dict(zip(SURVEY_BANDS, by_band, strict=True))).to_numpy(float))
        weights.append(classes["enrolled"].to_numpy(float) * term.cube.asked()[mine, column])
    home, schools = pool.levels[1].parent[pool.levels[0].parent], len(pool.levels[2].ids)
    rate, weight = np.concatenate(rates), np.concatenate(weights)
    total = np.bincount(home, weight, schools)
    share = np.bincount(home, weight * rate, schools) / np.maximum(total, 1)
    return np.clip(np.round(share, 3), 0.001, 0.9)


def about_r(pool: Pool, policy: Policy) -> Counts:
    """(schools, columns): answers of both waves, each rounded as coverage is, so that no r is given away."""
    step, waves = policy.count("show.coverage_step"), pool.levels[1]
    return sum_children((waves.r + step // 2) // step * step, waves.parent, len(pool.levels[2].ids))
