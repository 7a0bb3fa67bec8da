"""The cut from released numbers: it sees windows only, holds its false signs, and its windows force nobody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from models import thresholds
from models.change import change_cut, log_choose
from models.fit import Fit, fit_city
from models.latent import GRID, Spread, scale, window_evidence
from models.signals import usual_deviation
from models.thresholds import (
    Released,
    edge_above,
    fixed_window,
    history_evidence,
    last_window,
    published,
    released_cut,
    released_first_signs,
    round_answers,
    window_edges,
    window_of,
)
from tests.unit.models.test_signals import drawn_city


def known_city(classes: int = 60, waves: int = 2) -> Released:
    city = drawn_city(classes, waves)
    r = [round_answers(wave["own"].r) for wave in city.waves]
    number = [{code: window_of(c.yes, asked) for code, c in w.items()} for w, asked in zip(city.waves, r, strict=True)]
    history = [{code: fixed_window(n, r[0]) for code, n in number[0].items()}] if waves > 1 else []
    others = {"seen": number[-1]["seen"]}
    return Released(city.band, city.school, "own", r, history, others, published(fit_city(city)))


@pytest.mark.parametrize("r", range(61))
def test_windows_hold_five_counts_and_the_outer_ones_six(r: int) -> None:
    """With fewer, four who know each other would learn what a fifth said."""
    rounded = int(round_answers(np.array([r]))[0])
    ends = [0, *window_edges(rounded), r + 1]
    widths = np.diff(ends)
    if len(widths) > 1:
        assert widths[0] >= 6 and widths[-1] >= 6 and widths.min() >= 5
    numbers = window_of(np.arange(r + 1), np.full(r + 1, rounded))
    assert [int((numbers == n).sum()) for n in range(len(widths))] == widths.tolist()


def test_answers_are_rounded_to_the_nearest_five() -> None:
    assert round_answers(np.array([0, 2, 3, 7, 8, 37, 38])).tolist() == [0, 0, 5, 5, 10, 35, 40]


def test_an_ordinary_class_reaches_its_cut_once_in_a_hundred_times() -> None:
    """All classes alike, nothing known of them: the cut against the exact binomial-normal tail."""
    from models.cuts import null_tail

    classes, fit = 400, Fit(Spread(), {"own": 1.0}, [{"own": np.full(400, -2.3)}], [np.zeros((400, 0))], np.zeros(0))
    known = Released(np.zeros(classes, int), np.arange(classes), "own", [np.full(classes, 35)], [], {}, fit)
    cut = released_cut(known)
    mean = special.expit(-2.3 + Spread().total * np.linspace(-8, 8, 4001)) @ (
        np.exp(-(np.linspace(-8, 8, 4001) ** 2) / 2) / np.exp(-(np.linspace(-8, 8, 4001) ** 2) / 2).sum()
    )
    tail = null_tail(35, float(mean), Spread().total)
    assert len(set(cut.tolist())) == 1
    assert tail[cut[0]] <= 0.012 and tail[cut[0] - 1] > 0.01


def test_more_witnesses_lower_the_cut_and_a_higher_past_raises_it() -> None:
    known = known_city()
    few, many = (replace(known, others={"seen": np.full(60, n)}) for n in (0, 2))
    assert (released_cut(many) <= released_cut(few)).all() and (released_cut(many) < released_cut(few)).any()
    calm, high = (replace(known, history=[{"own": fixed_window(np.full(60, n), known.r[0])}]) for n in (0, 2))
    assert released_cut(high).mean() > released_cut(calm).mean()


def test_the_same_release_gives_the_same_cut() -> None:
    assert np.array_equal(released_cut(known_city()), released_cut(known_city()))


def test_how_many_classes_are_scored_at_once_moves_no_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit on a smaller machine would else name classes whose cuts are right."""
    known = known_city()
    together = released_cut(known), released_first_signs(known, np.full(60, 8))
    monkeypatch.setattr(thresholds, "SIDE_BY_SIDE", 1)
    one_by_one = released_cut(known), released_first_signs(known, np.full(60, 8))
    assert all(np.array_equal(*pair) for pair in zip(together, one_by_one, strict=True))


def test_the_published_model_is_round() -> None:
    fit = fit_city(drawn_city(60, 2))
    shown = published(fit)
    for value in (*shown.slope.values(), shown.spread.school, shown.spread.klass, shown.spread.term):
        assert value / 0.05 == pytest.approx(round(value / 0.05))


def test_a_class_without_answers_has_no_cut_it_could_reach() -> None:
    known = known_city()
    r = [known.r[0], np.where(np.arange(60) == 0, 0, known.r[1])]
    known = replace(known, r=r, others={"seen": np.where(np.arange(60) == 0, 0, known.others["seen"])})
    assert released_cut(known)[0] == 1  # r + 1


def test_what_others_saw_raises_one_ordinary_class_in_four_hundred() -> None:
    """400 classes of the model itself, again and again: the count stays below a cut of 8, the windows are drawn."""
    rng, classes = np.random.default_rng(5), 400
    centre = {"own": np.full(classes, -2.3), "seen": np.full(classes, -1.3)}
    fit = Fit(Spread(), {"own": 1.0, "seen": 1.0}, [centre], [np.zeros((classes, 0))], np.zeros(0))
    r, raised = np.full(classes, 35), 0
    for _ in range(15):
        drawn = Spread().total * rng.standard_normal(classes)
        own, seen = (rng.binomial(35, special.expit(at[0] + drawn)) for at in centre.values())
        known = Released(np.zeros(classes, int), np.arange(classes), "own", [r], [], {"seen": window_of(seen, r)}, fit)
        raised += int((released_first_signs(known, np.full(classes, 8)) & (own < 8)).sum())
    assert raised / (15 * classes) < 0.0045


def test_many_witnesses_raise_a_sign_where_nobody_tells_and_none_do_not() -> None:
    known = known_city()
    few, many = (replace(known, others={"seen": np.full(60, n)}) for n in (0, 5))
    cut = np.full(60, 6)
    assert released_first_signs(many, cut).any() and not released_first_signs(few, cut).any()
    assert np.array_equal(released_first_signs(many, cut), released_first_signs(many, cut))


def test_evidence_of_a_window_is_the_binomials_own() -> None:
    """Row by row through scipy.stats; rows that share a window, a size and a centre stand in their places."""
    rng = np.random.default_rng(3)
    r = rng.integers(0, 40, 200)
    low = rng.integers(0, 41, 200) % (r + 1)
    high, centre = np.minimum(low + rng.integers(0, 9, 200), r), rng.choice([-3.0, -1.0], 200)
    found = np.exp(window_evidence(low, high, r, centre, 0.7))
    for row in range(200):
        share = special.expit(centre[row] + 0.7 * GRID)
        wanted = stats.binom.cdf(high[row], r[row], share) - stats.binom.cdf(low[row] - 1, r[row], share)
        assert found[row] == pytest.approx(np.maximum(wanted, 1e-300), abs=1e-12)


def test_a_rise_is_cut_where_the_binomial_tail_says() -> None:
    """Count by count through scipy.stats, the slow obvious way."""
    known = known_city(classes=20)
    earlier = [scale(history_evidence(known, 0))]
    centre = known.model.carrier_centres("own")
    chances = usual_deviation(earlier, centre, known.school, known.model)
    chances = chances / chances.sum(axis=1, keepdims=True)
    cuts = change_cut(known)
    for row, r in enumerate(known.r[-1].tolist()):
        share = special.expit(centre[-1][row] + GRID)
        tails = [float(chances[row] @ stats.binom.sf(count - 1, r, share)) for count in range(1, r + 1)]
        assert cuts[row] == next((count for count, tail in enumerate(tails, start=1) if tail <= 0.01), r + 1)


def test_windows_are_numbered_as_their_edges_are() -> None:
    sizes = np.arange(0, 65, 5)
    assert last_window(sizes).tolist() == [len(window_edges(size)) for size in sizes.tolist()]
    assert np.exp(log_choose(9))[7, 3] == pytest.approx(35) and log_choose(9)[3, 7] == -np.inf


def test_a_cut_stands_on_an_edge_that_leaves_six_counts_above() -> None:
    """A common thing in a small class: the cut stops at the last edge instead of leaving the class unsaid."""
    assert edge_above(np.array([1, 6, 7, 12, 24]), np.full(5, 30)).tolist() == [6, 6, 11, 16, 21]
    for about in range(15, 65, 5):
        edge = int(edge_above(np.array([about]), np.array([about]))[0])
        assert edge in window_edges(about) and about - 2 - edge + 1 >= 6
