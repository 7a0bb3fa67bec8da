"""The letters attacked by trying every count: what classes and schools say together of speed, copies and honesty."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.credibility import PartRule
from pipelines.policy import load_policy
from pipelines.release.credibility import cut_tree, part_rule

POLICY = load_policy()
FRIENDS = 4


@st.composite
def schools(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """(r, count) of up to three classes of one school."""
    r = draw(st.lists(st.integers(1, 34), min_size=1, max_size=3))
    share = draw(st.sampled_from([0, 20, 50, 100]))
    return np.array(r), np.array([draw(st.integers(0, size * share // 100)) for size in r])


def all_schools(r: np.ndarray) -> np.ndarray:
    """Every vector of counts that classes of these sizes can have."""
    return np.array(list(itertools.product(*[range(size + 1) for size in r])))


def said(counts: np.ndarray, r: np.ndarray, rule: PartRule) -> list[tuple[str, ...]]:
    """Codes of the classes and of their school, for each vector of counts: each a school of its own."""
    many, classes = counts.shape
    home = np.repeat(np.arange(many), classes)
    of_class, of_school = cut_tree(counts.ravel(), np.tile(r, many), home, many, rule, 5)
    return [(*row, school) for row, school in zip(of_class.reshape(many, classes).tolist(), of_school, strict=True)]


@pytest.mark.parametrize("name", ["speed", "copies"])
@settings(max_examples=30, deadline=None)
@given(schools())
def test_every_count_keeps_its_candidates(name: str, school: tuple[np.ndarray, np.ndarray]) -> None:
    """Whoever knows the rule and every r, and tries all counts, keeps five for each class and the school; four friends
    of one class, who know their own sheets, keep two for everybody else: no sheet's mark is forced.
    """
    r, count = school
    rule, every = part_rule(name, POLICY), all_schools(r)
    told = said(count[None, :], r, rule)[0]
    fits = every[np.array([one == told for one in said(every, r, rule)])]
    for at, size in enumerate(r):
        assert len(set(fits[:, at])) >= min(5, size + 1)
    assert len(set(fits.sum(axis=1))) >= min(5, r.sum() + 1)
    check_friends(fits, r, count)


def check_friends(fits: np.ndarray, r: np.ndarray, count: np.ndarray) -> None:
    for at, size in enumerate(r):
        if size <= FRIENDS:
            continue
        for own in range(max(0, FRIENDS - (size - count[at])), min(FRIENDS, count[at]) + 1):
            others = fits.copy()
            others[:, at] -= own
            seen = others[(others[:, at] >= 0) & (others[:, at] <= size - FRIENDS)]
            for column, most in enumerate(r - FRIENDS * (np.arange(len(r)) == at)):
                assert len(set(seen[:, column])) >= min(2, most + 1)


@pytest.mark.parametrize("name", ["speed", "copies", "honesty"])
def test_answers_that_round_alike_read_alike(name: str) -> None:
    """Of so many sheets the same is said whatever the exact number of answers, of the class and of its school: else a
    letter beside the rounded number tells it, and with the sheets counted in class how many were blank."""
    rule, home = part_rule(name, POLICY), np.zeros(2, np.int64)
    for about in range(5, 65, 5):
        for count in range(about - 1):
            found = [
                cut_tree(np.array([count, 3]), np.array([r, 30]), home, 1, rule, 5) for r in range(about - 2, about + 3)
            ]
            assert len({(*classes, *schools) for classes, schools in found}) == 1, (about, count)


def test_the_attack_finds_what_a_plain_cut_gives_away() -> None:
    """Control: cut at 15 % and 35 % sharp, and four friends of a class of 25 learn that nobody else was too fast."""
    plain = PartRule(0.15, 0.35, 1, 1, 1)
    told = said(np.array([[4]]), np.array([25]), plain)[0]
    fits = [one for one in range(26) if said(np.array([[one]]), np.array([25]), plain)[0] == told]
    assert len(set(fits)) < 6
