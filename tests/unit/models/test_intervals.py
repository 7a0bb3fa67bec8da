"""Intervals of a share: against published tables, statsmodels, the quadratic they solve, and exact coverage."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from models.intervals import census_interval, clopper_pearson, jeffreys, missing_chances, non_response_bounds, wilson

PUBLISHED = Path(__file__).parents[2] / "reference" / "newcombe_1998.csv"
Z = stats.norm.ppf(0.975)
EVERY_COUNT = [(yes, n) for n in (1, 2, 3, 17, 38, 55, 1000) for yes in {0, 1, n // 3, n - 1, n}]


def test_published_table() -> None:
    """The four intervals of Newcombe's Table I, to the four digits printed."""
    table = pd.read_csv(PUBLISHED, comment="#")
    found = np.column_stack([*wilson(table["yes"], table["n"]), *clopper_pearson(table["yes"], table["n"])])
    assert_allclose(found, table.iloc[:, 2:], atol=5.1e-5)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(
    ("ours", "method"),
    [(wilson, "wilson"), (clopper_pearson, "beta"), (jeffreys, "jeffreys")],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_same_as_statsmodels(ours, method: str, level: float) -> None:
    """Another implementation gives the same ends (jeffreys apart from yes = 0 and yes = n, where ours are stated)."""
    from statsmodels.stats.proportion import proportion_confint

    pairs = [(yes, n) for yes, n in EVERY_COUNT if method != "jeffreys" or 0 < yes < n]
    yes, n = np.array(pairs).T
    lo, hi = ours(yes, n, level)
    theirs = np.array([proportion_confint(y, m, 1 - level, method=method) for y, m in pairs])
    assert_allclose(lo, theirs[:, 0], atol=1e-12)
    assert_allclose(hi, theirs[:, 1], atol=1e-12)


def test_wilson_ends_solve_the_score_equation() -> None:
    """At each end p: (share − p)² = z² p(1 − p)/n · (N − n)/(N − 1), the definition with a finite population."""
    yes, n, people = np.array([[3, 35, 38], [1, 12, 13], [20, 30, 55], [7, 15, 5000]]).T
    for end in wilson(yes, n, population=people):
        variance = end * (1 - end) / n * (people - n) / (people - 1)
        assert_allclose((yes / n - end) ** 2, Z**2 * variance, rtol=1e-9)


def test_jeffreys_ends_cut_the_tails_of_the_posterior() -> None:
    lo, hi = jeffreys([3, 20], [35, 22])
    assert_allclose(stats.beta.cdf(lo, [3.5, 20.5], [32.5, 2.5]), 0.025)
    assert_allclose(stats.beta.sf(hi, [3.5, 20.5], [32.5, 2.5]), 0.025)


def test_clopper_pearson_ends_cut_the_binomial_tails() -> None:
    lo, hi = clopper_pearson([3, 20], [35, 22])
    assert_allclose(stats.binom.sf([2, 19], [35, 22], lo), 0.025)
    assert_allclose(stats.binom.cdf([3, 20], [35, 22], hi), 0.025)


@pytest.mark.parametrize("method", [wilson, jeffreys, clopper_pearson])
def test_stated_results_at_the_edges(method) -> None:
    """No answers: [0, 1]. No yes: from exactly 0. Only yes: to exactly 1. Never NaN, always lo ≤ share ≤ hi."""
    assert [float(end) for end in method(0, 0)] == [0.0, 1.0]
    assert method(0, 30)[0] == 0.0 < method(0, 30)[1] < 0.2
    assert 0.8 < method(30, 30)[0] < method(30, 30)[1] == 1.0
    yes, n = np.array(EVERY_COUNT).T
    lo, hi = method(yes, n)
    assert np.all((lo >= 0) & (lo <= yes / n) & (yes / n <= hi) & (hi <= 1))


def test_everybody_answered_leaves_nothing_to_infer() -> None:
    lo, hi = wilson([0, 3, 38, 1], [38, 38, 38, 1], population=[38, 38, 38, 1])
    assert lo.tolist() == hi.tolist() == [0, 3 / 38, 1, 1]


def test_nobody_answered_says_nothing_whatever_the_population() -> None:
    lo, hi = wilson([0, 0], [0, 0], population=[0, 38])
    assert (lo.tolist(), hi.tolist()) == ([0, 0], [1, 1])


def test_population_narrows_and_a_huge_one_does_not() -> None:
    plain, class_of_38, city = wilson(4, 30), wilson(4, 30, population=38), wilson(4, 30, population=1e12)
    assert plain[0] < class_of_38[0] < 4 / 30 < class_of_38[1] < plain[1]
    assert_allclose(city, plain, rtol=1e-9)


def test_covers_the_class_share_when_a_few_are_absent() -> None:
    """Exact coverage over all classes of 20–55 of whom 60–95 % answered: .95 on average, never under .88."""
    covered = [
        exact_coverage(people, round(people * response), base)
        for people in (20, 38, 45, 55)
        for response in (0.6, 0.7, 0.8, 0.9, 0.95)
        for base in (0.05, 0.13, 0.3)
    ]
    assert 0.94 <= np.mean(covered) <= 0.965
    assert min(covered) > 0.88


def exact_coverage(people: int, n: int, base: float) -> float:
    """Chance that the interval holds the class's own share: Binomial(people, base) yes, n of them seen."""
    counts = np.arange(n + 1)
    lo, hi = wilson(counts, n, population=people)
    total = 0.0
    for true in range(people + 1):
        holds = (lo <= true / people + 1e-12) & (true / people - 1e-12 <= hi)
        total += stats.binom.pmf(true, people, base) * stats.hypergeom.pmf(counts, people, true, n)[holds].sum()
    return total


def test_non_response_bounds_count_the_missing_as_no_then_as_yes() -> None:
    lo, hi = non_response_bounds([3, 0, 5, 0], [30, 0, 5, 0], [40, 40, 5, 0])
    assert lo.tolist() == [3 / 40, 0, 1, 0]
    assert hi.tolist() == [13 / 40, 1, 1, 1]


@pytest.mark.parametrize(("yes", "n", "people"), [(5, 4, 10), (-1, 4, 10), (np.nan, 4, 10), (1, 4, 3), (1, 4, np.nan)])
def test_counts_that_cannot_be_are_refused(yes, n, people) -> None:
    for call in (lambda: wilson(yes, n, population=people), lambda: non_response_bounds(yes, n, people)):
        with pytest.raises(ValueError, match=r"counts must|a population must"):
            call()


def test_level_must_be_a_probability() -> None:
    with pytest.raises(ValueError, match="level"):
        wilson(1, 2, level=95)


def test_shapes_broadcast() -> None:
    lo, hi = wilson(np.zeros((3, 1)), np.array([10, 20]), population=50)
    assert lo.shape == hi.shape == (3, 2)


def test_chances_of_the_missing_are_the_beta_binomial() -> None:
    yes, n, missing = np.array([0.0, 4.0, 30.0]), np.array([1.0, 34.0, 30.0]), np.array([3.0, 4.0, 2.0])
    slow = stats.betabinom.pmf(np.arange(5)[:, None], missing.astype(int), yes + 0.5, n - yes + 0.5)
    assert_allclose(missing_chances(yes, n, missing), slow, atol=1e-12)


def test_a_census_interval_never_leaves_what_is_possible_and_is_exact_without_absence() -> None:
    yes, n, people = np.array([0, 4, 4, 10]), np.array([0, 34, 38, 10]), np.array([5, 38, 38, 30])
    low, high = census_interval(yes, n, people)
    outer_low, outer_high = non_response_bounds(yes, n, people)
    assert ((low >= outer_low) & (high <= outer_high)).all()
    assert (low[0], high[0]) == (0, 1)
    assert low[2] == high[2] == pytest.approx(4 / 38)


def test_a_census_interval_covers_where_the_score_interval_falls_short() -> None:
    """Classes of 38 with 8 % yes, of whom each answers with 90 %."""
    rng = np.random.default_rng(11)
    everyone = rng.binomial(38, rng.beta(4, 46, 20_000))
    n = rng.binomial(38, 0.9, 20_000)
    yes = rng.hypergeometric(everyone, 38 - everyone, n)
    shares = everyone / 38
    ours, score = census_interval(yes, n, np.full(20_000, 38)), wilson(yes, n, population=np.full(20_000, 38))
    covered, before = (float(((low <= shares + 1e-9) & (shares <= high + 1e-9)).mean()) for low, high in (ours, score))
    assert 0.94 < covered < 0.97 and covered > before
    assert (ours[1] - ours[0]).mean() < (score[1] - score[0]).mean()
